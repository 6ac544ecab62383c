package wasmhost

import (
	"bytes"
	"errors"
)

// sharedImport is how the module's binary form says that it imports env.memory, of
// one kind (2, a memory) and limits: 3 for a maximum, 1, and sharedFlag.
const (
	sharedImport = "\x03env\x06memory\x02\x03"
	sharedFlag   = 2
)

// unshared returns a copy of a module whose imported memory is not declared
// shared. It is the same memory: it has one size for good and its pages are
// whatever the host mapped. But a runtime must ask a shared memory for its size
// at every access, and may remember that of another.
//
// Note: browsers give a memory to two sides only when it is declared shared,
// which is why the module is built so.
func unshared(module []byte) ([]byte, error) {
	before, after, ok := bytes.Cut(module, []byte(sharedImport))
	if !ok || bytes.Contains(after, []byte(sharedImport)) {
		return nil, errors.New("the flock is not a module that imports a shared memory")
	}
	copied := bytes.Clone(module)
	copied[len(before)+len(sharedImport)-1] &^= sharedFlag
	return copied, nil
}
