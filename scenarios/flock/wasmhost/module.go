package wasmhost

import _ "embed"

//go:embed flock.wasm
var module []byte

//go:embed flock-scalar.wasm
var scalarModule []byte

// Module returns the module that the engine runs. It must not be written.
func Module() []byte { return module }

// ScalarModule returns its build without vectors, to compare with. It must not be
// written.
func ScalarModule() []byte { return scalarModule }
