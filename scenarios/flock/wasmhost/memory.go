package wasmhost

import (
	"encoding/binary"
	"slices"

	"github.com/copytax/copytax/zerocopy/hub"
)

// A linearMemory lends a reservation to the runtime, which owns it from then
// on. Its address never changes, which a shared memory requires.
type linearMemory []byte

// Reallocate implements experimental.LinearMemory. The memory has as many
// pages at the start as at most, so that this is called once.
func (m linearMemory) Reallocate(size uint64) []byte {
	if size > uint64(len(m)) {
		return nil
	}
	return m[:size]
}

// Free implements experimental.LinearMemory.
func (m linearMemory) Free() {
	_ = hub.Unmap(m) // munmap of a mapping that is ours cannot fail
}

// memoryModule returns a WebAssembly module that does nothing but export, as
// "memory", a memory of exactly so many pages.
func memoryModule(pages uint32) []byte {
	const (
		memorySection, exportSection = 5, 7
		withMaximum                  = 1
		memoryExport                 = 2
	)
	size := binary.AppendUvarint(nil, uint64(pages))
	memory := slices.Concat([]byte{1, withMaximum}, size, size)
	export := append([]byte("\x01\x06memory"), memoryExport, 0)
	return slices.Concat([]byte("\x00asm\x01\x00\x00\x00"),
		[]byte{memorySection, byte(len(memory))}, memory, []byte{exportSection, byte(len(export))}, export)
}
