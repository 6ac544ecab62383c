package wasmhost

import (
	"encoding/binary"
	"errors"
	"slices"
)

// The parts of a module's binary form that unshared reads.
const (
	moduleHeader  = 8 // magic and version
	importSection = 2
	importsMemory = 2
	sharedFlag    = 2
)

var errForm = errors.New("the flock is not a module that imports a memory first")

// unshared returns a copy of a module whose imported memory is not declared
// shared. It is the same memory: it has one size for good and its pages are
// whatever the host mapped. But a runtime must ask a shared memory for its size
// at every access, and may remember that of another.
//
// Note: browsers give a memory to two sides only when it is declared shared,
// which is why the module is built so.
func unshared(module []byte) ([]byte, error) {
	at := moduleHeader
	for at < len(module) {
		id := module[at]
		size, n := binary.Uvarint(module[at+1:])
		if at += 1 + n; n <= 0 || size > uint64(len(module)-at) {
			return nil, errForm
		}
		if id == importSection {
			flag, err := memoryFlag(module[at : at+int(size)])
			if err != nil {
				return nil, err
			}
			copied := slices.Clone(module)
			copied[at+flag] &^= sharedFlag
			return copied, nil
		}
		at += int(size)
	}
	return nil, errForm
}

// memoryFlag returns where an import section holds the limits of a memory that
// is its first import.
func memoryFlag(section []byte) (int, error) {
	_, at := binary.Uvarint(section) // how many imports
	for range 2 {                    // the names of the other module and of what it exports
		if at <= 0 || at >= len(section) {
			return 0, errForm
		}
		length, n := binary.Uvarint(section[at:])
		if n <= 0 || length > uint64(len(section)-at) {
			return 0, errForm
		}
		at += n + int(length)
	}
	if at+1 >= len(section) || section[at] != importsMemory {
		return 0, errForm
	}
	return at + 1, nil
}
