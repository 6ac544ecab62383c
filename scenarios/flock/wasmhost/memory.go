package wasmhost

import (
	"encoding/binary"

	"github.com/copytax/copytax/zerocopy"
)

// A linearMemory lends a reservation to the runtime, which owns it from then
// on. Its address never changes, which a shared memory requires.
type linearMemory struct {
	reservation *zerocopy.Reservation
}

// Reallocate implements experimental.LinearMemory. The memory has as many
// pages at the start as at most, so that this is called once.
func (m linearMemory) Reallocate(size uint64) []byte {
	all := m.reservation.Bytes()
	if size > uint64(len(all)) {
		return nil
	}
	return all[:size]
}

// Free implements experimental.LinearMemory.
func (m linearMemory) Free() {
	m.reservation.Close() // Note: munmap of a mapping that is ours cannot fail.
}

// memoryModule returns a WebAssembly module that does nothing but export, as
// "memory", a memory of exactly so many pages.
func memoryModule(pages uint32) []byte {
	const (
		memorySection, exportSection = 5, 7
		withMaximum                  = 1
		memoryExport                 = 2
	)
	memory := []byte{1, withMaximum}
	memory = binary.AppendUvarint(memory, uint64(pages))
	memory = binary.AppendUvarint(memory, uint64(pages))
	export := append([]byte{1, 6}, "memory"...)
	export = append(export, memoryExport, 0)

	wasm := append([]byte("\x00asm"), 1, 0, 0, 0)
	wasm = append(wasm, memorySection, byte(len(memory)))
	wasm = append(wasm, memory...)
	wasm = append(wasm, exportSection, byte(len(export)))
	return append(wasm, export...)
}
