// Package kernel is the benchmark of the physics itself: how fast each back end
// steps a flock, where the time of a boid goes, and how far that is from what
// the machine could do at most.
//
// The work is done by worker processes that speak lines; this package starts
// them, holds all of them to one world bit for bit, times them in rounds of
// random order, and turns the timings into tables, a figure and verdicts. It
// refuses to time a back end that computed something else, and it judges no
// transport: that is package bench. Start at [Runner] to measure, at [Load] and
// [Render] for what was measured.
package kernel

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// A Kind is a sort of worker process.
type Kind string

// The kinds of workers.
const (
	Go           Kind = "go"            // this program: Go, and WebAssembly in wazero
	Native       Kind = "native"        // Rust, as the compiler makes it
	NativeScalar Kind = "native-scalar" // Rust, the compiler kept from vectorising
	Node         Kind = "node"          // JavaScript and WebAssembly in V8
)

// Kinds lists the kinds of workers in the order in which they are started.
func Kinds() []Kind { return []Kind{NativeScalar, Native, Go, Node} }

// A Backend is one way to compute the step.
type Backend struct {
	Name string // in results
	Kind Kind   // of worker that has it
	Own  string // its name there
	// Width is the number of float32 lanes of its widest operation; 0 for that
	// of the widest back end of one thread that the native worker has here.
	Width int
	// Crew is set when it uses as many threads as it is allowed.
	Crew bool
	// Inexact is set when it rounds otherwise, so that its digest is another.
	Inexact bool
	Summary string
}

// The back ends that others are compared with.
const (
	Scalar  = "scalar"
	SSE2    = "sse2"
	V8JS    = "v8-js"
	V8Wasm  = "v8-wasm"
	threads = "threads"
)

// Ladder lists all back ends in the order of tables: one thread before many,
// narrow before wide.
func Ladder() []Backend {
	return []Backend{
		{Name: "v8-js-double", Kind: Node, Own: "js-double", Width: 1, Inexact: true, Summary: "JavaScript, doubles between loads and stores"},
		{Name: V8JS, Kind: Node, Own: "js", Width: 1, Summary: "JavaScript, every operation rounded by Math.fround"},
		{Name: "go", Kind: Go, Own: "go", Width: 1, Summary: "plain Go"},
		{Name: "wazero-scalar", Kind: Go, Own: "wazero-scalar", Width: 1, Summary: "WebAssembly without SIMD in wazero"},
		{Name: "v8-wasm-scalar", Kind: Node, Own: "wasm-scalar", Width: 1, Summary: "WebAssembly without SIMD in V8"},
		{Name: Scalar, Kind: NativeScalar, Own: "scalar", Width: 1, Summary: "native Rust, one lane, the compiler kept from vectorising"},
		{Name: "scalar-autovec", Kind: Native, Own: "scalar", Width: 4, Summary: "the same source, vectorised by the compiler as it likes"},
		{Name: "wazero", Kind: Go, Own: "wazero", Width: 4, Summary: "WebAssembly SIMD in wazero"},
		{Name: V8Wasm, Kind: Node, Own: "wasm", Width: 4, Summary: "WebAssembly SIMD in V8"},
		{Name: SSE2, Kind: Native, Own: "sse2", Width: 4, Summary: "native Rust, SSE2"},
		{Name: "neon", Kind: Native, Own: "neon", Width: 4, Summary: "native Rust, NEON"},
		{Name: "avx2", Kind: Native, Own: "avx2", Width: 8, Summary: "native Rust, AVX2"},
		{Name: "wazero-threads", Kind: Go, Own: "wazero-threads", Width: 4, Crew: true, Summary: "WebAssembly SIMD in wazero, threads"},
		{Name: threads, Kind: Native, Own: "threads", Crew: true, Summary: "native Rust, the widest back end, threads"},
	}
}

// MatchBackends returns the back ends that any of the patterns names, in the
// order of the ladder; all of them when there is no pattern. It fails when a
// pattern names none.
func MatchBackends(patterns []string) ([]Backend, error) {
	return match(Ladder(), patterns, "back end", func(b Backend) string { return b.Name })
}

// match returns the elements of all whose name fits one of the patterns.
func match[T any](all []T, patterns []string, what string, name func(T) string) ([]T, error) {
	if len(patterns) == 0 {
		return all, nil
	}
	chosen := make([]bool, len(all))
	for _, pattern := range patterns {
		found := false
		for i, e := range all {
			fits, err := path.Match(pattern, name(e))
			if err != nil {
				return nil, fmt.Errorf("%s pattern %q: %w", what, pattern, err)
			}
			found, chosen[i] = found || fits, chosen[i] || fits
		}
		if !found {
			return nil, fmt.Errorf("unknown %s %q: want %s", what, pattern, names(all, name))
		}
	}
	var list []T
	for i, e := range all {
		if chosen[i] {
			list = append(list, e)
		}
	}
	return list, nil
}

// names joins the names of all elements.
func names[T any](all []T, name func(T) string) string {
	var list []string
	for _, e := range all {
		list = append(list, name(e))
	}
	return strings.Join(list, ", ")
}

// find returns the back end of a name.
func find(name string) (Backend, bool) {
	all := Ladder()
	i := slices.IndexFunc(all, func(b Backend) bool { return b.Name == name })
	if i < 0 {
		return Backend{}, false
	}
	return all[i], true
}
