// Package wasmhost runs the physics of the flock as WebAssembly in wazero, in a
// linear memory that a transport's hub can be mapped into.
//
// It holds the two builds of the module and plans their memory; rust/flock is the
// source of both. It knows no role and no link. Start at [Open] for the world of
// an engine, at [New] for any model, at [NewPool] for several threads.
package wasmhost
