package wasmhost

import _ "embed"

//go:embed flock.wasm
var module []byte

//go:embed flock-scalar.wasm
var scalarModule []byte

//go:embed flock-low.wasm
var lowModule []byte

// Module returns the module that the engine runs. It must not be written.
func Module() []byte { return module }

// ScalarModule returns its build without vectors, to compare with. It must not be
// written.
func ScalarModule() []byte { return scalarModule }

// LowModule returns its build for a memory that is also that of a module which Go has
// linked: its data lies where Go's has none, and its host has to give it a stack. It must
// not be written.
func LowModule() []byte { return lowModule }
