package kernel

import (
	"math"
	"slices"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/machine"
	"github.com/copytax/copytax/internal/stats"
	"github.com/copytax/copytax/scenarios/flock"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance {
		t.Errorf("%s: got %v, want %v ± %v", what, got, want, tolerance)
	}
}

// Worked by hand: logarithms 0, 1, 2 have mean 1, deviation 1, and t with two
// degrees of freedom is 4.302653, so that the interval is e^(1 ± 2.484138).
func TestGeometricMeanOfKnownNumbers(t *testing.T) {
	e := geometric([]float64{1, math.E, math.E * math.E})
	near(t, "value", e.Value, math.E, 1e-12)
	near(t, "low", e.Low, math.Exp(1-2.484138), 1e-6)
	near(t, "high", e.High, math.Exp(1+2.484138), 1e-4)
	if one := geometric([]float64{7, math.NaN()}); one.N != 1 || one.HasInterval() || math.Abs(one.Value-7) > 1e-12 {
		t.Errorf("one round: got %+v, want 7 without an interval", one)
	}
	if none := geometric(nil); none.N != 0 {
		t.Errorf("no round: got %+v", none)
	}
}

// A ratio is paired: what a round does to both of them cancels.
func TestRatioIsPaired(t *testing.T) {
	slow, fast := []float64{100, 300, 200, 500}, []float64{10, 30, 20, 50}
	e := ratio(slow, fast)
	near(t, "value", e.Value, 10, 1e-9)
	near(t, "width", e.High-e.Low, 0, 1e-9)
	if e := ratio(nil, fast); e.N != 0 {
		t.Errorf("with nothing: got %+v", e)
	}
	gap := ratio([]float64{100, math.NaN(), 200}, []float64{10, 10, 20})
	if gap.N != 2 || math.Abs(gap.Value-10) > 1e-9 {
		t.Errorf("with a gap: got %+v, want 10 of 2 rounds", gap)
	}
}

// Worked by hand: points on y = 2x with one decade off by a factor.
func TestPowerOfKnownNumbers(t *testing.T) {
	e := power([]float64{1, 10, 100}, []float64{5, 50, 500})
	near(t, "exponent", e.Value, 1, 1e-12)
	near(t, "width", e.High-e.Low, 0, 1e-9)
	// In units of a decade: u = −1 0 1, v = 0 0.3 0, so that k = 0, the residuals
	// are −0.1 0.2 −0.1, and the standard error √(0.06 ÷ 1 ÷ 2) = 0.173205; t with
	// one degree of freedom is 12.706205.
	e = power([]float64{0.1, 1, 10}, []float64{1, math.Pow(10, 0.3), 1})
	near(t, "exponent", e.Value, 0, 1e-12)
	near(t, "half", e.Half(), 12.706205*math.Sqrt(0.03), 1e-5)
}

// The operations of a boid, counted by hand along the formulas of the kernel.
func TestOperations(t *testing.T) {
	three, two := operationsOf(3, 54, 8), operationsOf(2, 18, 8)
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"sort in space", three.Sort, 6},
		{"force in space", three.Force, 54*9 + 8*18},
		{"integration in space", three.Integrate, 137},
		{"sort in the plane", two.Sort, 4},
		{"force in the plane", two.Force, 18*6 + 8*12},
		{"integration in the plane", two.Integrate, 99},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %g operations, want %g", c.what, c.got, c.want)
		}
	}
}

func TestTraffic(t *testing.T) {
	read, write := 0.0, 0.0
	for _, m := range trafficOf(3, 0.5) {
		read, write = read+m.Read, write+m.Write
	}
	// 12 + (24+4) + (32+12) + (4+48+32+16) and 4 + (4+32+12) + 48 + 32; with half a
	// cell a boid, 2 bytes of starts each time: read thrice, written thrice.
	if read != 184+6 || write != 132+6 {
		t.Errorf("got %g read and %g written, want 190 and 138", read, write)
	}
	if got := footprint(0.5); got != 178 {
		t.Errorf("got %g bytes a boid, want 178", got)
	}
}

func limitResults() *Results {
	return &Results{
		Threads:     4,
		Backends:    []string{Scalar, SSE2, "avx2", threads},
		Calibration: map[string]float64{"mix1": 1, "mix4": 4, "mix8": 8, "read_gbs": 10, "write_gbs": 5, "l2_read_gbs": 50},
		Machine:     machine.Info{Caches: []machine.Cache{{Level: 1, SizeBytes: 32 << 10}, {Level: 3, SizeBytes: 1 << 20}}},
	}
}

func TestLimits(t *testing.T) {
	r := limitResults()
	w := Measured{Boids: 1000, Dimensions: 3, Cells: [3]uint32{5, 10, 10}, Rounds: []Census{{Neighbours: 8000, Candidates: 54}}}
	big := w
	big.Boids, big.Cells, big.Rounds = 100_000, [3]uint32{50, 100, 10}, []Census{{Neighbours: 800_000, Candidates: 54}}
	ops := 6.0 + 54*9 + 8*18 + 137
	for _, c := range []struct {
		backend string
		world   Measured
		want    Limit
	}{
		{Scalar, w, Limit{ops, 328.0 / 50, "L2"}},
		{SSE2, big, Limit{ops / 4, 190.0/10 + 138.0/5, "memory"}},
		{threads, big, Limit{ops / 8 / 4, (190.0/10 + 138.0/5) / 4, "memory"}},
	} {
		b, _ := find(c.backend)
		got, ok := r.limitOf(b, c.world)
		if !ok || got.Source != c.want.Source {
			t.Errorf("%s: got %+v (%v), want %+v", c.backend, got, ok, c.want)
		}
		near(t, c.backend+" arithmetic", got.ALU, c.want.ALU, 1e-9)
		near(t, c.backend+" transfers", got.Memory, c.want.Memory, 1e-9)
	}
	delete(r.Calibration, "mix4")
	if b, _ := find(SSE2); r.Calibration != nil {
		if l, ok := r.limitOf(b, w); ok {
			t.Errorf("without a rate: got %+v", l)
		}
	}
}

// TestCandidates compares the count with one that looks at every pair of boids.
func TestCandidates(t *testing.T) {
	for _, w := range smallWorlds() {
		referee, err := NewReferee(w.Model)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := referee.Advance(5); err != nil {
			t.Fatal(err)
		}
		e := referee.(*engine)
		frame, grid := e.slots[e.at], newGrid(w.Model)
		pairs := 0
		for i := range frame.N {
			for j := range frame.N {
				if touch(grid.cell(placeOf(frame, i)), grid.cell(placeOf(frame, j))) {
					pairs++
				}
			}
		}
		got, want := referee.Candidates(), float64(pairs)/float64(frame.N)
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: got %g candidates, want %g", w.Name, got, want)
		}
		if err := referee.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := candidates(copytax.NewFrame(0), flock.Model{Dimensions: 3}); got != 0 {
		t.Errorf("no boids: got %g candidates", got)
	}
}

func placeOf(f *copytax.Frame, i int) [3]float32 {
	return [3]float32{f.Col(copytax.X)[i], f.Col(copytax.Y)[i], f.Col(copytax.Z)[i]}
}

func touch(a, b [3]int) bool {
	for axis := range a {
		if d := a[axis] - b[axis]; d < -1 || d > 1 {
			return false
		}
	}
	return true
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      string
	}{
		{10, 12, "supported"}, {11, 30, "supported"}, {16, 18, "supported"},
		{2, 9.99, "refuted"}, {9, 11, "unresolved"}, {1, 20, "unresolved"}, {math.NaN(), math.NaN(), "unresolved"},
	} {
		if got := judge(stats.Estimate{Value: c.low, Low: c.low, High: c.high, N: 3}); got != c.want {
			t.Errorf("%g to %g: got %s, want %s", c.low, c.high, got, c.want)
		}
	}
}

func TestConclusion(t *testing.T) {
	of := func(words ...string) (list []Verdict) {
		for _, w := range words {
			list = append(list, Verdict{Verdict: w})
		}
		return list
	}
	for _, c := range []struct {
		list []Verdict
		want string
	}{
		{nil, `The claim "SIMD is 10–15x JavaScript" was not tested: it takes v8-js and a SIMD back end on one world.`},
		{of("refuted", "refuted"), `The claim "SIMD is 10–15x JavaScript" is refuted on every world that was measured.`},
		{of("supported"), `The claim "SIMD is 10–15x JavaScript" is supported on every world that was measured.`},
		{of("refuted", "supported", "refuted"), `The claim "SIMD is 10–15x JavaScript" is unresolved: supported in 1, refuted in 2 of 3 comparisons.`},
	} {
		if got := conclude(c.list); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestMatching(t *testing.T) {
	for pattern, want := range map[string]int{"sse2": 1, "v8-*": 4, "*": len(Ladder()), "*threads": 2} {
		got, err := MatchBackends([]string{pattern})
		if err != nil || len(got) != want {
			t.Errorf("%q: got %d back ends (%v), want %d", pattern, len(got), err, want)
		}
	}
	for _, pattern := range []string{"", "sse", "[", "SSE2"} {
		if got, err := MatchBackends([]string{"sse2", pattern}); err == nil {
			t.Errorf("%q: got %v, want an error", pattern, got)
		}
	}
	for _, p := range Profiles() {
		if got, err := MatchWorlds(Catalogue(Published()...), p.Worlds); err != nil || len(got) < 3 {
			t.Errorf("profile %s: got %d worlds (%v)", p.Name, len(got), err)
		}
	}
}

// The published models have the size, the area and the radius that they are
// published with, and a grid that the step accepts.
func TestPublishedModels(t *testing.T) {
	want := map[string]struct {
		boids        int
		edge, radius float32
	}{"flamegpu-2d": {80_000, 400, 5}, "julia-small": {200, 100, 5}, "julia-large": {400, 150, 15}}
	for _, w := range Published() {
		if w.Name == "million-33" {
			if w.Model.Boids != 1_000_000 || w.Model.Dimensions != 3 {
				t.Errorf("million-33: got %+v", w.Model)
			}
			continue
		}
		got := w.Model.Policy
		if p, ok := want[w.Name]; !ok || w.Model.Boids != p.boids || got.Max[0]-got.Min[0] != p.edge || got.Max[1]-got.Min[1] != p.edge ||
			got.Radius != p.radius || w.Model.Dimensions != 2 || w.Source == "" || w.Differences == "" {
			t.Errorf("%s: got %+v, want %+v in the plane with its source", w.Name, w, p)
		}
		if cells := w.Model.Cells(); !slices.Equal(cells[2:], []uint32{1}) {
			t.Errorf("%s: got cells %v, want one layer", w.Name, cells)
		}
	}
}

func TestPlusMinus(t *testing.T) {
	for _, c := range []struct {
		value, half float64
		want        string
	}{
		{1313, 11, "1,313 ± 11"}, {55.26, 0.31, "55.3 ± 0.3"}, {0.2, 0.0004, "0.2000 ± 0.0004"},
		{0.2, 0.00001, "0.2000 ± <0.0001"}, {5, 0, "5.00 ± 0.00"}, {1_234_567, 3, "1,234,567 ± 3"}, {-0.5, 0.2, "−0.500 [−0.700, −0.300]"}, {100, 10, "100 ± 10"}, {100, 20, "100 [80.0, 120]"},
	} {
		e := stats.Estimate{Value: c.value, Low: c.value - c.half, High: c.value + c.half, N: 3}
		if got := plusMinus(e); got != c.want {
			t.Errorf("%g ± %g: got %q, want %q", c.value, c.half, got, c.want)
		}
	}
	if got := plusMinus(stats.Estimate{}); got != none {
		t.Errorf("nothing: got %q", got)
	}
}
