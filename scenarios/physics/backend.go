package physics

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/copytax/copytax/experiment"
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

// kinds lists the kinds of workers in the order in which they are asked.
func kinds() []Kind { return []Kind{NativeScalar, Native, Go, Node} }

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
	Summary string
}

// The back ends that others are compared with, and two that are not what their
// kind suggests.
const (
	scalar  = "scalar"
	sse2    = "sse2"
	v8JS    = "v8-js"
	v8Wasm  = "v8-wasm"
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
		{Name: "wazero", Kind: Go, Own: "wazero", Width: 4, Summary: "WebAssembly SIMD in wazero"},
		{Name: v8Wasm, Kind: Node, Own: "wasm", Width: 4, Summary: "WebAssembly SIMD in V8"},
		{Name: sse2, Kind: Native, Own: "sse2", Width: 4, Summary: "native Rust, SSE2"},
		{Name: "neon", Kind: Native, Own: "neon", Width: 4, Summary: "native Rust, NEON"},
		{Name: "avx2", Kind: Native, Own: "avx2", Width: 8, Summary: "native Rust, AVX2"},
		{Name: "wazero-threads", Kind: Go, Own: "wazero-threads", Width: 4, Pooled: true, Summary: "WebAssembly SIMD in wazero, threads"},
		{Name: "threads", Kind: Native, Own: "threads", Pooled: true, Summary: "native Rust, the widest back end, threads"},
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
	facts := map[string]string{"kind": string(b.Kind), "width": strconv.Itoa(b.Width), "inexact": strconv.FormatBool(b.Inexact)}
	if b.Pooled {
		facts["threads"] = strconv.Itoa(b.Threads)
	}
	return experiment.Level{Factor: Backend, Value: b.Name, Rank: place(b.Name), Summary: b.Summary, Facts: facts}
}

// backendAt reads what level wrote.
func backendAt(l experiment.Level) (backend, error) {
	threads, pooled := l.Facts["threads"]
	if !pooled {
		threads = "1"
	}
	b := backend{Name: l.Value, Kind: Kind(l.Facts["kind"]), Inexact: l.Facts["inexact"] == "true", Pooled: pooled, Summary: l.Summary}
	var err, failed error
	b.Width, err = strconv.Atoi(l.Facts["width"])
	b.Threads, failed = strconv.Atoi(threads)
	if err != nil || failed != nil || b.Width < 1 || b.Threads < 1 {
		return b, fmt.Errorf("back end %s of width %q and %q threads", l.Value, l.Facts["width"], threads)
	}
	return b, nil
}

// lanes writes the width.
func (b backend) lanes() string {
	if b.Width == 1 {
		return "1 lane"
	}
	return fmt.Sprintf("%d lanes", b.Width)
}

// match returns the elements of all whose name fits one of the patterns, in a text
// with commas between them; all when there is none. It fails when a pattern names
// none.
func match[T any](all []T, patterns, what string, name func(T) string) ([]T, error) {
	if patterns == "" {
		return all, nil
	}
	chosen := make([]bool, len(all))
	for pattern := range strings.SplitSeq(patterns, ",") {
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

func backendName(b backend) string { return b.Name }

// place is that of a back end in the ladder, −1 for one that is not there.
func place(name string) int {
	return slices.IndexFunc(ladder(), func(b backend) bool { return b.Name == name })
}

// backendOf returns the back end of a name.
func backendOf(name string) (backend, error) {
	i := place(name)
	if i < 0 {
		return backend{}, fmt.Errorf("unknown back end %q: want %s", name, names(ladder(), backendName))
	}
	return ladder()[i], nil
}

// Levels describes the back ends of given names, on a machine that has these, with
// so many threads where they use several.
func Levels(backends []string, threads int) (levels []experiment.Level) {
	var all []backend
	for _, b := range ladder() {
		if slices.Contains(backends, b.Name) {
			all = append(all, b)
		}
	}
	for _, b := range resolve(all, threads) {
		levels = append(levels, b.level())
	}
	return levels
}
