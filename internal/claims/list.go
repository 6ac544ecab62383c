package claims

import (
	"slices"
	"strconv"

	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
)

// The published runs that claims rest on.
const (
	reference = "reference"
	hub       = "hub"
	physics   = "physics"
	tab       = "tab"
	screen    = "screen"
)

// none is how much a cost may be above zero and still be called none.
const none = stats.Margin

// List returns all claims: those that a published run decides, then those that none does.
func List() []Claim { return slices.Concat(transports(), gauges(), browsers(), kernels(), untested()) }

// sizes are the worlds of the runs of the flock, in boids.
func sizes() []int { return []int{100, 1000, 10000, 100000} }

// flock is a number of the flock: a column of a file, in the row that arm, boids and
// what else is given name.
func flock(file, column, arm string, boids int, more ...string) Number {
	return Number{"flock", file, append([]string{"boids", strconv.Itoa(boids), "arm", arm}, more...), column}
}

// bySize returns a group with a case for each size of a world.
func bySize(name string, by func(boids int) bound) Group {
	g := Group{Name: name}
	for i, n := range sizes() {
		size := report.Fixed(float64(n), 0)
		if i == 0 {
			size += " boids"
		}
		g.Cases = append(g.Cases, Case{size, by(n)})
	}
	return g
}

// byArm returns a group for each arm.
func byArm(by func(arm string, boids int) bound, arms ...string) (groups []Group) {
	for _, arm := range arms {
		groups = append(groups, bySize(code(arm), func(n int) bound { return by(arm, n) }))
	}
	return groups
}

func code(s string) string { return "`" + s + "`" }

func additive(arm string, boids int) Number {
	return flock("taxes", "value", arm, boids, "tax", "additive")
}

func cost(name, arm string, boids int) Number {
	return flock("costs", "value", arm, boids, "cost", name)
}

func ratio(arm, over, statistic string, boids int) Number {
	return flock("ratios", "times", arm, boids, "over", over, "statistic", statistic)
}

// transports are claims on what moving costs.
func transports() []Claim {
	shared := []string{"shm:spin", "shm:park", "shm:adaptive"}
	moving := []string{"http+json", "http+msgpack", "http+protobuf", "unix+protobuf", "unix+flatbuffers", "unix+raw"}
	atLeast := func(share float64) func(string, int) bound {
		return func(arm string, n int) bound { return bound{of: additive(arm, n), at: share, in: percent} }
	}
	nothing := func(name string, in unit) func(string, int) bound {
		return func(arm string, n int) bound { return bound{of: cost(name, arm, n), most: true, in: in} }
	}
	quicker := func(statistic string) func(int) bound {
		return func(n int) bound { return bound{of: ratio("http+json", "shm:park", statistic, n), at: 43.2, in: times} }
	}
	twin := func(statistic string) func(int) bound {
		return func(n int) bound {
			return bound{of: ratio("twin", "shm:park", statistic, n), most: true, at: 1 + none, in: times}
		}
	}
	var frame Group
	for _, arm := range []string{"direct", "shm:park", "unix+raw", "unix+protobuf", "http+json"} {
		frame.Cases = append(frame.Cases, Case{code(arm), bound{of: flock("latency", "us", arm, 1000, "statistic", "p50"), most: true, at: 2600, in: millis}})
	}
	return []Claim{
		{Text: "over 60% of the work of such systems is moving data", Run: reference, Metric: "additive tax", Groups: byArm(atLeast(0.6), moving...)},
		{Text: "over 40% of it is", Run: reference, Metric: "additive tax", Groups: byArm(atLeast(0.4), moving...)},
		{Text: "one shared buffer brings that to zero", Run: reference, Metric: "additive tax",
			Groups: byArm(func(arm string, n int) bound { return bound{of: additive(arm, n), most: true, at: none, in: percent} }, shared...),
			Note:   "Waking the reader remains, and a spin costs CPU."},
		{Text: "a shared buffer moves frames without a copy", Run: reference, Metric: "bytes copied a tick", Groups: byArm(nothing("copied", bytes), shared...)},
		{Text: "a private copy on each side of it costs nothing", Run: reference, Metric: "`twin` over `shm:park`, paired by block", Groups: []Group{
			bySize("CPU", twin("cpu")), bySize("latency", twin("p50")),
			bySize("bytes copied a tick", func(n int) bound { return nothing("copied", bytes)("twin", n) }),
		}},
		{Text: "a shared buffer is 43.2 times as fast as JSON over HTTP, end to end", Run: reference, Metric: "`http+json` over `shm:park`, paired by block",
			Groups: []Group{bySize("latency", quicker("p50")), bySize("CPU", quicker("cpu"))}},
		{Text: "a frame of 1,000 agents takes 2.6 ms", Run: reference, Metric: "latency, p50", Groups: []Group{frame}},
		{Text: "in a small world it is coordination that costs most, and not serialization", Run: reference,
			Metric: "additive tax of `shm:park`, which serializes nothing", Groups: byArm(atLeast(0.5), "shm:park")},
		{Text: "shared memory leaves the garbage collector nothing to do", Run: reference, Metric: "bytes allocated a tick", Groups: byArm(nothing("allocated", bytes), shared...)},
		{Text: "moving bytes gives the garbage collector work", Run: reference, Metric: "objects allocated a tick", Groups: byArm(func(arm string, n int) bound {
			return bound{of: cost("allocations", arm, n), at: 1, in: count}
		}, "unix+raw", "unix+flatbuffers", "unix+protobuf", "http+json")},
		{Text: "a codec that parses nothing wins even if every field is read", Run: reference, Metric: "CPU of the other over that of `unix+flatbuffers`, paired by block",
			Groups: []Group{
				bySize("`unix+protobuf`", func(n int) bound {
					return bound{of: ratio("unix+protobuf", "unix+flatbuffers", "cpu", n), at: 1, in: times}
				}),
				bySize("columns without a codec, `unix+raw` (here FlatBuffers over it)", func(n int) bound {
					return bound{of: ratio("unix+flatbuffers", "unix+raw", "cpu", n), most: true, at: 1, in: times}
				}),
			}},
	}
}

// gauges are claims on the hub by itself.
func gauges() []Claim {
	signal := func(quantity string, within float64) (groups []Group) {
		for _, arm := range []string{"spin", "adaptive", "park", "bare:futex"} {
			g := Group{Name: code(arm)}
			for _, c := range []struct{ name, load, gap string }{
				{"idle cores", "idle", "lock-step"}, {"idle cores, signals 1 ms apart", "idle", "1ms"},
				{"busy cores", "busy", "lock-step"}, {"busy cores, signals 1 ms apart", "busy", "1ms"}, {"one core for both", "one core", "lock-step"},
			} {
				of := Number{"signal", "gauge-signal", []string{"arm", arm, "where", "process", "load", c.load, "gap", c.gap, "quantity", quantity}, "value"}
				g.Cases = append(g.Cases, Case{c.name, bound{of: of, most: true, at: within, in: micros}})
			}
			groups = append(groups, g)
		}
		return groups
	}
	moved := Group{}
	for _, n := range []int{1 << 20, 4 << 20, 16 << 20, 64 << 20} {
		of := Number{"handoff", "gauge-handoff", []string{"arm", "shm", "bytes", strconv.Itoa(n), "touch", "all", "wait", "spin", "pages", "small", "fill", "", "after", "",
			"quantity", "touch_p50_ns"}, "value"}
		moved.Cases = append(moved.Cases, Case{report.Bytes(n), bound{of: of, most: true, at: float64(n) / 21, in: micros}})
	}
	own := func(experiment, name, claim string) Group {
		return Group{Name: name, Cases: []Case{{By: reached{experiment, claim}}}}
	}
	return []Claim{
		{Text: "a signal reaches the other process within 10 µs", Run: hub, Metric: "median", Groups: signal("latency_p50_ns", 10e3)},
		{Text: "99 of 100 signals do so within 100 µs", Run: hub, Metric: "a block's p99", Groups: signal("latency_p99_ns", 100e3)},
		{Text: "what is handed over costs the same whatever its size", Run: hub, Metric: "elasticity and ratio of the medians", Groups: []Group{
			own("handoff", "filled before, and untouched", "handing over an untouched payload"),
			own("handoff", "just filled", "the same for one that has just been filled"),
			own("handoff", "just filled, against 64 B behind as large a fill", "one that has just been filled takes as long as"),
		}},
		{Text: "who touches all of it pays the memory's bandwidth and no more", Run: hub, Metric: "share of the rate over memory of the reader's own",
			Groups: []Group{own("handoff", "", "touching a payload costs the memory's bandwidth")}},
		{Text: "a hand-off moves 21 GB/s", Run: hub, Metric: "time of reading all of it, median", Groups: []Group{moved}},
		{Text: "two ping-pong buffers isolate completely", Run: hub, Metric: "frames that a reader found torn, or exchanged for another", Groups: []Group{own("fanout", "", "ping-pong buffers give total isolation")}},
		{Text: "leases do", Run: hub, Metric: "the same", Groups: []Group{own("fanout", "", "a leased frame is never overwritten")}},
	}
}

// browsers are claims on a browser's tab.
func browsers() []Claim {
	rate := func(hertz int, arms ...string) (all []Case) {
		for _, arm := range arms {
			of := flock("pace", "value", arm, 10000, "place", "tab-canvas", "pace", strconv.Itoa(hertz)+"hz", "timing", "frames")
			all = append(all, Case{code(arm), bound{of: of, at: float64(hertz), in: frames}})
		}
		return all
	}
	nothing := func(file, column, key, value string) func(int) bound {
		return func(n int) bound {
			return bound{of: flock(file, column, "sab:park", n, key, value), most: true, in: bytes}
		}
	}
	return []Claim{
		{Text: "a browser shows 10,000 agents at 60 frames a second", Run: screen, Metric: "completed frames of a tab that draws", Groups: []Group{{Cases: rate(60, "direct", "sab:park")}},
			Note: "Pictures are drawn in software, on two cores: with a graphics processor nothing was measured. No more frames than 60 are asked for, " +
				"so that an interval around 60 is all that there can be."},
		{Text: "and 120", Run: screen, Metric: "the same", Groups: []Group{{Cases: rate(120, "direct", "sab:park")}}},
		{Text: "and 60 with JSON between its workers", Run: screen, Metric: "the same", Groups: []Group{{Cases: rate(60, "post+json")}}},
		{Text: "a SharedArrayBuffer moves frames without a copy", Run: tab, Metric: "bytes copied a tick with `sab:park`", Groups: []Group{
			bySize("the viewer, in TypeScript", nothing("strata", "value", "stratum", "viewer copies")),
			bySize("all roles", nothing("costs", "value", "cost", "copied")),
		}, Note: "The kernel is Go, which cannot run on shared memory in a browser."},
		{Text: "it brings the tax to zero", Run: tab, Metric: "additive tax", Groups: byArm(func(arm string, n int) bound {
			return bound{of: additive(arm, n), most: true, at: none, in: percent}
		}, "sab:park", "sab:spin")},
	}
}

// kernels are claims on the physics.
func kernels() []Claim {
	worlds := []string{"3d-8-1k", "3d-8-10k", "3d-8-100k", "3d-8-1M", "3d-32-10k", "3d-32-100k", "3d-128-10k", "3d-128-100k", "flamegpu-2d", "julia-small", "julia-large", "million-33"}
	byWorld := func(name string, by func(world string) bound) Group {
		g := Group{Name: name}
		for _, w := range worlds {
			g.Cases = append(g.Cases, Case{code(w), by(w)})
		}
		return g
	}
	speedup := func(fast string) Group {
		return byWorld(code(fast), func(w string) bound {
			return bound{of: Number{physics, "speedups", []string{"world", w, "fast", fast}, "times"}, at: 10, in: times}
		})
	}
	native := func(backend string) Group {
		return byWorld(code(backend), func(w string) bound {
			return bound{of: Number{physics, physics, []string{"world", w, "backend", backend, "quantity", "times_sse2"}, "value"}, at: 1 / 1.5, in: times}
		})
	}
	var growth Group
	for _, backend := range []string{"v8-js", "scalar", "sse2", "avx2", "wazero", "v8-wasm"} {
		of := Number{physics, "growth", []string{"backend", backend, "series", "3-D, 8 neighbours"}, "exponent"}
		growth.Cases = append(growth.Cases, Case{code(backend), bound{of: of, most: true, at: 1.05, in: count}})
	}
	return []Claim{
		{Text: "SIMD is 10 to 15 times JavaScript", Run: physics, Metric: "times as fast as typed arrays in V8, the same bits, one thread", Groups: []Group{speedup("v8-wasm"), speedup("avx2")},
			Note: "More than 15 times supports it, too."},
		{Text: "WebAssembly takes at most 1.5 times as long as native code", Run: physics, Metric: "times as fast as `sse2`, which has as many lanes", Groups: []Group{native("v8-wasm"), native("wazero")}},
		{Text: "the time of a step is linear in the number of agents", Run: physics, Metric: "exponent from 1,000 to a million boids at one density", Groups: []Group{growth},
			Note: "An exponent of 1.05 makes a step 1.4 times as dear a boid over that range."},
	}
}

// untested are claims that no published run decides.
func untested() []Claim {
	return []Claim{
		{Text: "the tax falls as compute a byte rises", Untested: "the published runs have one density and one record; `--neighbours` varies the density"},
		{Text: "waiting on an epoch takes less CPU than polling or events, at equal rates", Untested: "`signal` counts CPU over whole runs, without an interval, and not at equal rates of events"},
		{Text: "an idle system takes no CPU", Untested: "no experiment measures a system without ticks"},
		{Text: "less tax is less energy", Untested: "the machine of the published runs does not let a program read energy"},
		{Text: "shared state makes more readers cheap", Untested: "`fanout` has up to 16 readers of shared memory, and none of a socket beside them"},
		{Text: "evolution works through every transport", Untested: "it is no estimate but a gate: a trial whose genome is not that of the reference is void; whether fitness rises is not measured"},
		{Text: "a ledger with several writers is exact, and takes less than a microsecond", Untested: "there is no such experiment"},
		{Text: "gossip reaches all peers in a number of rounds that grows as the logarithm of theirs", Untested: "everything here is on one machine"},
	}
}
