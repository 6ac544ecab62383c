package physics

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/scenarios/physics/worker"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance {
		t.Errorf("%s: got %v, want %v ± %v", what, got, want, tolerance)
	}
}

// The operations of a boid, counted by hand along the formulas of the physics.
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

// boxed returns a world of so many boids in 5 × 10 × depth cells.
func boxed(boids int, depth float32) *measured {
	m := flock.Model{Boids: boids, Dimensions: 3}
	m.Policy.Radius, m.Policy.Max = 1, [3]float32{5, 10, depth}
	return &measured{world: world{Model: m}, candidates: 54, neighbours: 8}
}

func TestLimits(t *testing.T) {
	m := limits{
		constants: map[string]stats.Estimate{},
		lastCache: 1 << 20,
	}
	for name, v := range map[string]float64{"mix1_per_ns": 1, "mix4_per_ns": 4, "mix8_per_ns": 8, "read_gbs": 10, "write_gbs": 5, "l2_read_gbs": 50} {
		m.constants[name] = stats.Point(v)
	}
	ops := 6.0 + 54*9 + 8*18 + 137
	all := resolve(ladder(), 4)
	for _, c := range []struct {
		backend string
		world   *measured
		want    limit
	}{
		{scalar, boxed(1000, 10), limit{ops, 328.0 / 50, "L2"}},
		{sse2, boxed(100_000, 1000), limit{ops / 4, 190.0/10 + 138.0/5, "memory"}},
		{"threads", boxed(100_000, 1000), limit{ops / 8 / 4, (190.0/10 + 138.0/5) / 4, "memory"}},
	} {
		got, ok := m.of(all[place(c.backend)], c.world)
		if !ok || got.source != c.want.source {
			t.Errorf("%s: got %+v (%v), want %+v", c.backend, got, ok, c.want)
		}
		near(t, c.backend+" arithmetic", got.alu, c.want.alu, 1e-9)
		near(t, c.backend+" transfers", got.memory, c.want.memory, 1e-9)
	}
	delete(m.constants, "mix4_per_ns")
	if l, ok := m.of(all[place(sse2)], boxed(1000, 10)); ok {
		t.Errorf("without a rate: got %+v", l)
	}
}

// TestCandidates compares the count with one that looks at every pair of boids.
func TestCandidates(t *testing.T) {
	small, _ := worlds().Find("julia-small")
	for _, m := range []flock.Model{small.Model, cube("tiny", 100, 8).Model, cube("medium", 900, 8).Model, cube("none", 0, 8).Model} {
		w, err := worker.Open(m, 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.Advance(5); err != nil {
			t.Fatal(err)
		}
		frame := w.Frame()
		pairs := 0
		for i := range frame.N {
			for j := range frame.N {
				if touch(cellOf(m, frame, i), cellOf(m, frame, j)) {
					pairs++
				}
			}
		}
		want := float64(pairs) / float64(max(1, frame.N))
		if got, err := w.Candidates(); err != nil || math.Abs(got-want) > 1e-9 {
			t.Errorf("%d boids: got %g candidates (%v), want %g", m.Boids, got, err, want)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}

// cellOf returns the cell of a boid by the arithmetic of the step: a cell is wider
// than the radius by a share of 1/4096, see SLACK in rust/flock/src/grid.rs.
func cellOf(m flock.Model, f *copytax.Frame, i int) (at [3]int) {
	cells := m.Cells()
	for axis := range m.Dimensions {
		v := float32(f.Col(copytax.Column(axis))[i]-m.Policy.Min[axis]) * (float32(1-1.0/4096) / m.Policy.Radius)
		at[axis] = int(max(0, min(v, float32(cells[axis]-1))))
	}
	return at
}

func touch(a, b [3]int) bool {
	for axis := range a {
		if d := a[axis] - b[axis]; d < -1 || d > 1 {
			return false
		}
	}
	return true
}

func TestConclusion(t *testing.T) {
	of := func(words ...stats.Holding) (list []comparison) {
		for _, w := range words {
			list = append(list, comparison{holds: w})
		}
		return list
	}
	for _, c := range []struct {
		list     []comparison
		holds    stats.Holding
		measured string
	}{
		{nil, stats.Unresolved, "not tested: it takes v8-js and a SIMD back end on one world"},
		{of("refuted", "refuted"), stats.Refuted, "refuted in 2 of 2 comparisons"},
		{of("supported"), stats.Supported, "supported in 1 of 1 comparisons"},
		{of("refuted", "supported", "refuted"), stats.Unresolved, "supported in 1, refuted in 2 of 3 comparisons"},
	} {
		if got := conclude(c.list); got.Holds != c.holds || got.Measured != c.measured {
			t.Errorf("got %+v, want %s: %s", got, c.holds, c.measured)
		}
	}
}

func TestMatching(t *testing.T) {
	for pattern, want := range map[string]int{"sse2": 1, "v8-*": 4, "*": len(ladder()), "*threads": 2, "sse2,avx2": 2, "": len(ladder())} {
		got, err := match(backends(), pattern)
		if err != nil || len(got) != want {
			t.Errorf("%q: got %d back ends (%v), want %d", pattern, len(got), err, want)
		}
	}
	for _, pattern := range []string{",", "sse", "[", "SSE2"} {
		if got, err := match(backends(), "sse2,"+pattern); err == nil {
			t.Errorf("%q: got %v, want an error", pattern, got)
		}
	}
	if got, err := match(worlds(), quickWorlds); err != nil || len(got) != 6 {
		t.Errorf("quick: got %d worlds (%v)", len(got), err)
	}
}

// The published models have the size, the area and the radius that they are
// published with, and a grid that the step accepts.
func TestPublishedModels(t *testing.T) {
	want := map[string]struct {
		boids        int
		edge, radius float32
	}{"flamegpu-2d": {80_000, 400, 5}, "julia-small": {200, 100, 5}, "julia-large": {400, 150, 15}}
	for _, w := range published() {
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

// What a plan says of worlds and back ends is all that a report needs of them.
func TestLevelsSurviveTheDisk(t *testing.T) {
	for i, w := range catalogue() {
		got, err := worldAt(throughJSON(t, w.level(i)))
		if w.Model.Seed = 0; err != nil || got != w { // the seed is for people
			t.Errorf("got %+v (%v), want %+v", got, err, w)
		}
	}
	for _, b := range resolve(ladder(), 3) {
		got, err := backendAt(throughJSON(t, b.level()))
		if b.Own = ""; err != nil || got != b { // a name that only the worker needs
			t.Errorf("got %+v (%v), want %+v", got, err, b)
		}
	}
	damaged := catalogue()[0].level(0)
	for name, value := range map[string]string{"boids": "none", "dimensions": "4", "policy": "00"} {
		l := throughJSON(t, damaged)
		l.Facts[name] = value
		if _, err := worldAt(l); err == nil {
			t.Errorf("a world with %s %q was taken", name, value)
		}
	}
	if _, err := backendAt(experiment.Level{Value: "x"}); err == nil {
		t.Error("a back end without a width was taken")
	}
}

func throughJSON(t *testing.T, l experiment.Level) (read experiment.Level) {
	t.Helper()
	raw, err := json.Marshal(l)
	if err == nil {
		err = json.Unmarshal(raw, &read)
	}
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// gappedResults has one of everything: a series, a world in the plane, a back end
// that failed on a world, one that is missing in a block, no constants.
func gappedResults() *experiment.Results {
	ladder := []string{v8JS, "v8-js-double", scalar, v8Wasm, sse2, "avx2", "threads"}
	plan := experiment.Plan{Experiments: []string{Name}, Blocks: 3, Levels: levelsOf(ladder)}
	r := &experiment.Results{}
	for rank, name := range []string{"3d-8-1k", "3d-8-10k", "3d-8-100k", "julia-small"} {
		w, _ := worlds().Find(name)
		plan.Levels = append(plan.Levels, w.level(rank))
		for i, own := range ladder {
			b, _ := backends().Find(own)
			for block := range plan.Blocks {
				if (name == "3d-8-10k" && own == v8Wasm) || (name == "3d-8-1k" && own == sse2 && block == 1) {
					continue
				}
				r.Samples = append(r.Samples, madeUp(w, b, block, i))
			}
		}
	}
	r.Plan = plan
	return r
}

// levelsOf describes the back ends of a machine that has these.
func levelsOf(names []string) (levels []experiment.Level) {
	for _, b := range resolve(ladder(), 4) {
		if slices.Contains(names, b.Name) {
			levels = append(levels, b.level())
		}
	}
	return levels
}

func madeUp(w world, b backend, block, place int) experiment.Sample {
	boids := float64(w.Model.Boids)
	s := experiment.Sample{Block: block, Worker: b.Name, Of: experiment.Cell{Experiment: Name, Factors: experiment.Factors{World: w.Name, Backend: b.Name}},
		Metrics: map[string]float64{"tick": float64(tickOf(block)), "neighbours": 8 * boids, "candidates": 54}}
	if b.Inexact {
		s.Metrics["neighbours"] = 9 * boids
	}
	for p, phase := range worker.Phases() {
		jitter := 1 + 0.01*math.Sin(float64(7*block+3*place+p)+boids)
		growth := 1 + 0.1*math.Log10(boids/100)
		s.Metrics[string(phase)+"_ns"] = math.Round(fakePrice(b.Own, phase) * jitter * growth * boids * 10)
		s.Metrics[string(phase)+"_runs"] = 10
	}
	return s
}

func TestAnalysisWithGaps(t *testing.T) {
	r := gappedResults()
	a, err := analyze(r)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.worlds) != 4 || len(a.worlds[0].rows) != 7 || len(a.worlds[1].rows) != 6 || len(a.slopes()) != 6 || len(a.comparisons()) != 7 {
		t.Errorf("got %d worlds, %d slopes, %d comparisons", len(a.worlds), len(a.slopes()), len(a.comparisons()))
	}
	w := a.worlds[0]
	if w.neighbours != 8 || w.candidates != 54 || len(w.ticks) != 3 {
		t.Errorf("got %g neighbours and %g candidates at ticks %v, want those of the exact back ends", w.neighbours, w.candidates, w.ticks)
	}
	js := w.row(v8JS)
	near(t, "v8-js to scalar", js.toScalar.Value, 0.25, 0.01)
	if js.toScalar.N != 3 || js.toSSE2.N != 2 || js.ofLimit.N != 0 || js.ofCeiling.N != 0 {
		t.Errorf("got %+v, want three blocks to scalar, two to SSE2 and no limit", js)
	}
	made, err := New().Report(r)
	if err != nil {
		t.Fatal(err)
	}
	if f := firstFigure(made); f == nil || !strings.Contains(f.Title, "3d-8-100k") || len(f.Bars.Rows) != 7 {
		t.Errorf("got figure %+v, want that of 100,000 boids", f)
	}
	if d := made.Data[0]; len(d.Rows) < 100 || len(d.Rows[0]) != len(d.Columns) {
		t.Errorf("got %d rows of data in %d columns", len(d.Rows), len(d.Columns))
	}
}

func firstFigure(r *report.Report) *report.Figure {
	for _, s := range r.Sections {
		for _, b := range s.Blocks {
			if f, ok := b.(*report.Figure); ok {
				return f
			}
		}
	}
	return nil
}

// The ratios of a tab are there where it was measured, with intervals, and only there.
func TestReportOfATab(t *testing.T) {
	r := gappedResults()
	if a, _ := analyze(r); len(a.inBrowsers()) != 0 {
		t.Error("there are ratios of a tab that was not measured")
	}
	r.Plan.Levels = append(r.Plan.Levels, levelsOf([]string{inTab, wazero, webGPU})...)
	for place, name := range []string{inTab, wazero, webGPU} {
		w, _ := worlds().Find("3d-8-1k")
		b, _ := backends().Find(name)
		for block := range r.Plan.Blocks {
			s := madeUp(w, b, block, place)
			if name == inTab { // half of what the others charge
				s.Metrics["step_runs"] *= 2
			}
			if s.Of.Factors[Browser] = "Chrome 1, a card"; b.Shader {
				s.Metrics = map[string]float64{"tick": 67, "neighbours": 8, "candidates": 54, "step_ns": 4e6, "step_runs": 10,
					ofBoundMetric: 0.5 + float64(block)/10, judgedMetric: 1000}
			}
			r.Samples = append(r.Samples, s)
		}
	}
	a, err := analyze(r)
	if err != nil {
		t.Fatal(err)
	}
	list := a.inBrowsers()
	if len(list) != 1 || list[0].ofBound.Value != 0.7 || list[0].judged.Value != 1000 || list[0].shader.N != 3 {
		t.Fatalf("got %+v", list)
	}
	near(t, "tab ÷ node", list[0].toNode.Value, 0.5, 0.05)
	near(t, "wazero ÷ tab", list[0].wazeroTo.Value, 4, 0.2)
	made, err := New().Report(r)
	if err != nil {
		t.Fatal(err)
	}
	if made.Sections[1].Title != "In a browser" || len(made.Data) != 4 || len(made.Data[3].Rows) != 5 {
		t.Errorf("got section %q and %d files of data", made.Sections[1].Title, len(made.Data))
	}
	verdicts := made.Sections[1].Blocks[0].(report.Verdicts)
	for _, v := range verdicts {
		if v.Holds != stats.Supported {
			t.Errorf("got %+v", v)
		}
	}
	if row := a.worlds[0].row(webGPU); row.sort.N != 0 || row.force.N != 0 || row.ofLimit.N != 0 || row.step.N != 3 {
		t.Errorf("got a divided step of shaders: %+v", row)
	}
}

// Without a sample there is a report that says so, and no figure.
func TestNothingMeasured(t *testing.T) {
	r := gappedResults()
	r.Samples = nil
	made, err := New().Report(r)
	if err != nil {
		t.Fatal(err)
	}
	if firstFigure(made) != nil || len(made.Data[0].Rows) != 0 {
		t.Error("there is a figure or data of nothing")
	}
	r.Plan.Levels[0].Facts["width"] = "wide"
	if _, err := New().Report(r); err == nil {
		t.Error("a back end of width wide was taken")
	}
}
