package physics

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/scenarios/physics/worker"
)

// A Kind is a sort of worker process.
type Kind string

// The kinds of workers.
const (
	Go           Kind = "go"            // this program: Go, and WebAssembly in wazero
	Native       Kind = "native"        // Rust, as the compiler makes it
	NativeScalar Kind = "native-scalar" // Rust, the compiler kept from vectorising
	Node         Kind = "node"          // JavaScript and WebAssembly in V8
	Tab          Kind = "tab"           // WebAssembly in V8 and shaders, in a browser's tab
)

// A backend is one way to compute the step.
type backend struct {
	Name string // in results
	Kind Kind   // of worker that has it
	Own  string // its name there
	// Width is the number of float32 lanes of its widest operation; 0 in the ladder
	// for that of the widest back end of one thread that the native worker has here.
	Width int
	// Pooled is set when it uses as many threads as it is allowed: Threads, here.
	Pooled  bool
	Threads int // 0 in the ladder
	// Inexact is set when it rounds otherwise, so that its frames are others.
	Inexact bool
	// Shader is set when it is a step on a graphics processor: inexact, held to the
	// oracle instead, in space only, and with no phase that could be timed alone.
	Shader  bool
	Summary string
}

// The back ends that others are compared with, and two that are not what their
// kind suggests.
const (
	scalar  = "scalar"
	sse2    = "sse2"
	v8JS    = "v8-js"
	v8Wasm  = "v8-wasm"
	wazero  = "wazero"
	inTab   = "tab"
	webGPU  = "webgpu"
	autovec = "scalar-autovec"
)

// ladder lists all back ends in the order of tables: one thread before many,
// narrow before wide.
func ladder() []backend {
	return []backend{
		{Name: "v8-js-double", Kind: Node, Own: "js-double", Width: 1, Inexact: true, Summary: "JavaScript, doubles between loads and stores"},
		{Name: v8JS, Kind: Node, Own: "js", Width: 1, Summary: "JavaScript, every operation rounded by Math.fround"},
		{Name: "go", Kind: Go, Own: "go", Width: 1, Summary: "plain Go"},
		{Name: "wazero-scalar", Kind: Go, Own: "wazero-scalar", Width: 1, Summary: "WebAssembly without SIMD in wazero"},
		{Name: "v8-wasm-scalar", Kind: Node, Own: "wasm-scalar", Width: 1, Summary: "WebAssembly without SIMD in V8"},
		{Name: scalar, Kind: NativeScalar, Own: "scalar", Width: 1, Summary: "native Rust, one lane, the compiler kept from vectorising"},
		{Name: autovec, Kind: Native, Own: "scalar", Width: 4, Summary: "the same source, vectorised by the compiler as it likes"},
		{Name: wazero, Kind: Go, Own: "wazero", Width: 4, Summary: "WebAssembly SIMD in wazero"},
		{Name: v8Wasm, Kind: Node, Own: "wasm", Width: 4, Summary: "WebAssembly SIMD in V8"},
		{Name: inTab, Kind: Tab, Own: "wasm", Width: 4, Summary: "the same module in V8 in a worker of a browser's tab"},
		{Name: sse2, Kind: Native, Own: "sse2", Width: 4, Summary: "native Rust, SSE2"},
		{Name: "neon", Kind: Native, Own: "neon", Width: 4, Summary: "native Rust, NEON"},
		{Name: "avx2", Kind: Native, Own: "avx2", Width: 8, Summary: "native Rust, AVX2"},
		{Name: "wazero-threads", Kind: Go, Own: "wazero-threads", Width: 4, Pooled: true, Summary: "WebAssembly SIMD in wazero, threads"},
		{Name: "threads", Kind: Native, Own: "threads", Pooled: true, Summary: "native Rust, the widest back end, threads"},
		{Name: webGPU, Kind: Tab, Own: "webgpu", Width: 1, Inexact: true, Shader: true, Summary: "compute shaders by WebGPU in the same tab"},
	}
}

// resolve returns the back ends with the width and the threads that they have here.
func resolve(all []backend, threads int) []backend {
	widest := 1
	for _, b := range all {
		if b.Kind == Native && !b.Pooled {
			widest = max(widest, b.Width)
		}
	}
	all = slices.Clone(all)
	for i := range all {
		b := &all[i]
		if b.Width == 0 {
			b.Width = widest
		}
		if b.Threads = 1; b.Pooled {
			b.Threads = threads
		}
	}
	return all
}

// level describes a back end for the plan.
func (b backend) level() experiment.Level {
	facts := map[string]string{"kind": string(b.Kind), "width": fmt.Sprint(b.Width), "inexact": fmt.Sprint(b.Inexact)}
	if b.Pooled {
		facts["threads"] = fmt.Sprint(b.Threads)
	}
	if b.Shader {
		facts["shader"] = "true"
	}
	return experiment.Level{Factor: Backend, Value: b.Name, Rank: place(b.Name), Summary: b.Summary, Facts: facts}
}

// backendAt reads what level wrote.
func backendAt(l experiment.Level) (backend, error) {
	threads, pooled := l.Facts["threads"]
	b := backend{Name: l.Value, Kind: Kind(l.Facts["kind"]), Inexact: l.Facts["inexact"] == "true", Shader: l.Facts["shader"] == "true", Pooled: pooled, Summary: l.Summary}
	read, _ := fmt.Sscan(l.Facts["width"]+" "+cmp.Or(threads, "1"), &b.Width, &b.Threads)
	if read < 2 || b.Width < 1 || b.Threads < 1 {
		return b, fmt.Errorf("back end %s of width %q and %q threads", l.Value, l.Facts["width"], threads)
	}
	return b, nil
}

// phases are those that it is timed in.
func (b backend) phases() []worker.Phase {
	if b.Shader {
		return []worker.Phase{worker.Step}
	}
	return worker.Phases()
}

// can reports whether the back end takes a world.
func (b backend) can(w world) bool { return !b.Shader || w.Model.Dimensions == 3 }

// lanes writes the width.
func (b backend) lanes() string {
	if b.Shader {
		return "an invocation a boid"
	}
	if b.Width == 1 {
		return "1 lane"
	}
	return fmt.Sprintf("%d lanes", b.Width)
}

// place is that of a back end in the ladder, −1 for one that is not there.
func place(name string) int {
	return slices.IndexFunc(ladder(), func(b backend) bool { return b.Name == name })
}

// backends are what a user can ask for.
func backends() experiment.Names[backend] {
	return experiment.Names[backend]{What: "back end", All: ladder(), Of: func(b backend) string { return b.Name }}
}
