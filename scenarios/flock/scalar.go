package flock

import _ "embed"

//go:embed flock-scalar.wasm
var scalarModule []byte

// ScalarModule returns the build of the engine's module without vectors, to
// compare with. It must not be written.
func ScalarModule() []byte { return scalarModule }
