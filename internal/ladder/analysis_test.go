package ladder

import (
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/stats"
)

func sized(boids int) copytax.Config {
	return copytax.Config{Boids: boids, Neighbours: 8, Mode: copytax.ConstantDensity, Seed: 1, Ticks: 100, Slots: 3}
}

// A price says what a trial's roles should measure, in ns over the window.
type price struct {
	compute, send, residual, meter, lost float64 // CPU; lost is in no phase
	latency                              float64
}

func (p price) total() float64 { return p.compute + p.send + p.residual + p.meter + p.lost }

// A record is a run that is made up.
type record struct {
	*experiment.Results
	ladder *Ladder
}

// recordOf returns a run without samples, whose arms have ascending ranks. The engine
// of an arm is told by its name.
func recordOf(blocks int, sizes []int, arms ...string) record {
	r := record{&experiment.Results{Name: "made-up", Complete: true}, ladderOf()}
	r.Plan.Blocks = blocks
	for i, name := range arms {
		transport, _, _ := strings.Cut(strings.TrimSuffix(name, "#aa"), "@")
		isNative := strings.HasSuffix(name, "@native")
		a := side{name: name, transport: transport, info: copytax.Info{Rung: i}}
		if isNative {
			a.placement = engineIn(copytax.Native)
		}
		if in, all := strings.CutPrefix(name, transport+"@all-"); all {
			a.placement = copytax.Everywhere(copytax.Runtime(in))
		}
		if strings.HasSuffix(name, "@go-go-tab") {
			a.placement = copytax.Placement{copytax.Go, copytax.Go, copytax.Tab}
		}
		r.Plan.Levels = append(r.Plan.Levels, a.level())
		for _, n := range sizes {
			r.Plan.Cells = append(r.Plan.Cells, r.ladder.cellOf(a, sized(n)))
		}
	}
	return r
}

// cell returns the index of an arm's cell.
func (r record) cell(arm string, boids int) int {
	return slices.IndexFunc(r.Plan.Cells, func(c experiment.Cell) bool {
		config, err := configOf(c)
		return err == nil && config.Boids == boids && c.Factors[experiment.Arm] == arm
	})
}

// add records a trial: a price, split unevenly over three roles in three processes.
func (r record) add(trial, block int, arm string, boids int, p price) {
	for i, share := range []float64{0.2, 0.5, 0.3} {
		cell := r.cell(arm, boids)
		r.Samples = append(r.Samples, experiment.Sample{
			Trial: trial, Block: block, Cell: cell, Of: r.Plan.Cells[cell], Worker: copytax.Role(i).String(),
			Metrics: map[string]float64{
				wallMetric: 1e6 * float64(i+1), cpuMetric: math.Round(share * p.total()),
				"cpu_compute_ns": share * p.compute, "cpu_send_ns": share * p.send, "cpu_residual_ns": share * p.residual, "cpu_meter_ns": share * p.meter,
				"wire_bytes": 1000, "copied_bytes": 200, "syscalls": 50,
				"alloc_objects": 10, "alloc_bytes": 640, "voluntary_switches": 20, "involuntary_switches": 5,
			},
		})
	}
	if p.latency > 0 {
		r.Samples[len(r.Samples)-1].Histograms = map[string]*experiment.Histogram{latencyMetric: latencies(int64(p.latency))}
	}
}

// latencies are 2,700 of ns and 300 of nine times that, enough for any quantile.
func latencies(ns int64) *experiment.Histogram {
	h, err := experiment.FromSeries(slices.Concat(slices.Repeat([]int64{ns}, 2700), slices.Repeat([]int64{9 * ns}, 300)))
	if err != nil {
		panic(err)
	}
	h.Mean, h.P90, h.P99, h.P999 = float64(ns), 2*ns, 4*ns, 8*ns // each its own, so that they are told apart
	return h
}

// fail records a trial that gave no numbers.
func (r record) fail(trial, block int, arm string, boids int, reason string) {
	cell := r.cell(arm, boids)
	r.Failures = append(r.Failures, experiment.Failure{
		Trial: experiment.Trial{Number: trial, Block: block, Cell: cell, Of: r.Plan.Cells[cell]}, Reason: reason,
	})
}

func (r record) analyze(t *testing.T) *analysis {
	t.Helper()
	a, err := analyze(r.Results)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// named returns the arm of a world.
func (w *world) named(name string) *arm {
	i := slices.IndexFunc(w.arms, func(a *arm) bool { return a.name == name })
	if i < 0 {
		return &arm{}
	}
	return w.arms[i]
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > 1e-6*math.Max(1, math.Abs(want)) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// TestKnownAnswers uses costs whose every figure can be computed by hand.
func TestKnownAnswers(t *testing.T) {
	r := recordOf(3, []int{1000}, "direct", "unix+raw")
	for block, scale := range []float64{1e6, 2e6, 4e6} { // a machine that gets slower: ratios must not care
		r.add(2*block, block, "direct", 1000, price{compute: 9 * scale, residual: scale, latency: 3 * scale})
		r.add(2*block+1, block, "unix+raw", 1000,
			price{compute: 10 * scale, send: 24 * scale, residual: 4 * scale, meter: scale, lost: scale, latency: 2 * scale})
	}
	a := r.analyze(t)
	if want := []string{"compute", "send", "residual", "meter"}; !slices.Equal(a.phases, want) {
		t.Fatalf("got the phases %v, want %v", a.phases, want)
	}
	direct, unix := a.worlds[0].arms[0], a.worlds[0].arms[1]
	near(t, "additive tax of direct", direct.additive.Value, 0.1)
	near(t, "additive tax", unix.additive.Value, 1-10.0/40)
	near(t, "differential tax", unix.differential.Value, 1-10.0/40)
	near(t, "its lower bound", unix.differential.Low, 0.75)
	near(t, "latency tax of a faster arm", unix.latencyTax["p50"].Value, 1-3.0/2)
	near(t, "closure error", largest([]*arm{unix}, (*trial).closure), 1.0/40)
	near(t, "meter share", largest([]*arm{unix}, (*trial).meterShare), 1.0/40)
	near(t, "CPU a tick", direct.cpu.Value, 10*2e6/100)
	near(t, "compute a tick", direct.phase[0].Value, 9*2e6/100)
	for i, want := range []float64{10 * 2e6 / 100, 3e4, 100 / 3e-3, 30, 6, 1.5, 0.3, 19.2, 0.75} {
		near(t, costs()[i].name, direct.over(costs()[i].of).Value, want)
	}
	near(t, "p99 latency", direct.latency["p99"].Value, 4*3*2e6)
	near(t, "p90 latency", direct.latency["p90"].Value, 2*3*2e6)
	near(t, "largest latency", direct.most, 9*3*4e6)
	if unix.differential.wins != 0 || unix.latencyTax["p50"].wins != 3 {
		t.Errorf("got %d wins in CPU and %d in latency, want 0 and 3", unix.differential.wins, unix.latencyTax["p50"].wins)
	}
	if direct.differential.N != 0 || !math.IsNaN(direct.differential.Value) {
		t.Errorf("got %+v for direct against itself, want nothing", direct.differential)
	}
	if len(direct.buckets) != 6 {
		t.Fatalf("got the buckets %v", direct.buckets)
	}
	for i, want := range [][2]float64{{3e3, 2700}, {6e3, 2700}, {12e3, 2700}, {27e3, 300}, {54e3, 300}, {108e3, 300}} {
		if got := direct.buckets[i]; got[1] != want[1] || got[0] < want[0] || got[0] > 1.01*want[0] {
			t.Errorf("got the bucket %v, want %v", got, want)
		}
	}
}

// Phases that only some roles have, and that no standard names, are phases too.
func TestPhasesAreAnOpenList(t *testing.T) {
	r := recordOf(2, []int{1000}, "direct")
	for block := range 2 {
		r.add(block, block, "direct", 1000, price{compute: 8e6, send: 1e6, meter: 1e6, lost: 10e6})
		viewer := r.Samples[len(r.Samples)-1].Metrics
		viewer["cpu_zip_ns"], viewer["cpu_draw_ns"], viewer["gpu_draw_ns"], viewer["wall_zip_ns"] = 6e6, 4e6, 1e9, 1e9
	}
	a := r.analyze(t)
	if want := []string{"compute", "send", "draw", "zip", "residual", "meter"}; !slices.Equal(a.phases, want) {
		t.Fatalf("got the phases %v, want %v", a.phases, want)
	}
	direct := a.worlds[0].arms[0]
	near(t, "zip a tick", direct.phase[3].Value, 6e4)
	near(t, "its share", direct.shares()[3], 30)
	near(t, "closure error", largest(a.worlds[0].arms, (*trial).closure), 0)
	rep, err := r.ladder.Report(r.Results)
	if err != nil {
		t.Fatal(err)
	}
	if data := string(encode(t, rep.Data[0])); !strings.Contains(data, ",zip,60") {
		t.Errorf("no phase zip in\n%s", data)
	}
}

// A native engine makes an arm cheaper than the baseline, which is no transport's
// merit: it is compared with the same transport and nothing else.
func TestNativeArmsHaveNoTaxOverTheBaseline(t *testing.T) {
	names := []string{Baseline, AA, "shm", "shm@native", "far@native"}
	r := recordOf(2, []int{1000}, names...)
	for block := range 2 {
		for i, name := range names {
			p := price{compute: 1e6, send: 1e5, latency: 1e4}
			if strings.HasSuffix(name, "@native") {
				p.compute, p.send = 0.5e6, 0.05e6
			}
			r.add(5*block+i, block, name, 1000, p)
		}
	}
	a := r.analyze(t)
	if len(a.dropped) != 0 {
		t.Errorf("dropped %v, want nothing", a.dropped)
	}
	w := a.worlds[0]
	for _, name := range []string{"shm@native", "far@native"} {
		one := w.named(name)
		if one.differential.N != 0 || one.latencyTax["p50"].N != 0 || one.differential.verdict != "" {
			t.Errorf("%s: differential %+v, latency tax %+v; want none", name, one.differential, one.latencyTax["p50"])
		}
		if one.additive.N != 2 || one.cpu.N != 2 || one.latency["p50"].N != 2 {
			t.Errorf("%s: its own numbers are missing: %+v", name, one)
		}
	}
	if got := w.named("shm@native").saving; got.N != 2 || math.Abs(got.Value-0.5) > 1e-6 {
		t.Errorf("the engine saves %+v, want half", got)
	}
	for _, name := range []string{Baseline, AA, "shm", "far@native"} {
		if got := w.named(name).saving; got.N != 0 {
			t.Errorf("%s: its engine saves %+v, want nothing", name, got)
		}
	}
}

// Whatever differs in an arm's placement, and not its engine alone, keeps it from being
// compared with the baseline. Nor does it say what an engine saves.
func TestArmsOfAnotherPlacementHaveNoTaxOverTheBaseline(t *testing.T) {
	names := []string{Baseline, AA, "shm", "shm@go-go-tab", "shm@all-native"}
	r := recordOf(2, []int{1000}, names...)
	for block := range 2 {
		for i, name := range names {
			r.add(5*block+i, block, name, 1000, price{compute: 1e6, send: 1e5, latency: 1e4})
		}
	}
	w := r.analyze(t).worlds[0]
	for _, name := range names[3:] {
		one := w.named(name)
		if one.differential.N != 0 || one.latencyTax["p50"].N != 0 || one.excess.N != 0 || one.saving.N != 0 {
			t.Errorf("%s: differential %+v, latency tax %+v, saving %+v; want none", name, one.differential, one.latencyTax["p50"], one.saving)
		}
		if one.additive.N != 2 || one.cpu.N != 2 {
			t.Errorf("%s: its own numbers are missing: %+v", name, one)
		}
		if note := w.foreignNote(); !strings.Contains(note, name+" (") || strings.Contains(note, "engines") {
			t.Errorf("%s: got the note %q", name, note)
		}
	}
	if one := w.named("shm"); one.differential.N != 2 {
		t.Errorf("shm in Go has the differential tax %+v", one.differential)
	}
}

// TestVerdicts has an A/A pair that differs by up to a tenth, an arm that costs the
// same, one that costs twice as much, and one of which nothing can be said.
func TestVerdicts(t *testing.T) {
	names := []string{"direct", "direct#aa", "equal", "clear", "vague"}
	r := recordOf(4, []int{1000}, names...)
	for block, noise := range []float64{0.93, 1.07, 0.95, 1.05} {
		for i, c := range []float64{1, noise, 0.99 + noise/100, 2 * noise, 2 - noise} {
			r.add(5*block+i, block, names[i], 1000, price{compute: 1e9 * c, latency: 1e6 * c})
		}
	}
	w := r.analyze(t).worlds[0]
	aa := w.arms[1]
	near(t, "floor", w.floor, math.Max(math.Abs(aa.differential.Low), math.Abs(aa.differential.High)))
	if w.floor < 0.05 || w.floor > 0.2 {
		t.Errorf("got floor %v, want about 0.1", w.floor)
	}
	for name, want := range map[string]stats.Holding{"direct": "", AA: stats.Unresolved, "equal": stats.Equivalent, "clear": stats.Differs} {
		one := w.named(name)
		if one.differential.verdict != want || one.latencyTax["mean"].verdict != want || one.latencyTax["p999"].verdict != want {
			t.Errorf("%s: got %+v and %+v, want %q", name, one.differential, one.latencyTax["mean"], want)
		}
	}
	if aa.differential.wins != 2 || len(w.failures()) != 0 {
		t.Errorf("got %+v and %q for the A/A pair, want 2 wins and no failure", aa.differential, w.failures())
	}
	table := w.summary()
	for i, want := range []string{"reference", "? ", "≈ ", "49.9", "? "} {
		if got := table.Rows[i][3].Text; !strings.HasPrefix(got, want) {
			t.Errorf("%s: the table shows %q, want %q at the front", names[i], got, want)
		}
	}
	if notes := strings.Join(table.Notes, " "); !strings.Contains(notes, "≈: equivalent to direct, less than 2% apart.") || !strings.Contains(notes, "?: unresolved") {
		t.Errorf("the notes explain no mark: %q", notes)
	}
	for i, dot := range w.taxFigure().Intervals.Panels[1].Dots {
		if want := i == 1 || i == 2 || i == 4; dot.Hollow != want {
			t.Errorf("%s: hollow %v, want %v", names[i], dot.Hollow, want)
		}
	}
}

// The verdicts of a world are those of one family: what is clear alone may not be so
// among many.
func TestArmsOfAWorldAreOneFamily(t *testing.T) {
	names := []string{"direct", "weak"}
	for i := range 11 {
		names = append(names, "noise"+strconv.Itoa(i))
	}
	costs := func(arms []string) *world {
		r, rng := recordOf(10, []int{1000}, arms...), rand.New(rand.NewPCG(7, 8))
		for block := range 10 {
			for i, name := range arms {
				c := 1 + 0.1*rng.Float64()
				switch i {
				case 0:
					c = 1
				case 1:
					c = 1 + []float64{1, 2, 3, 4, 5, 6, 7, -2.5, 8, 9}[block]/1000
				default:
					c -= 0.05
				}
				r.add(20*block+i, block, name, 1000, price{compute: 1e9 * c})
			}
		}
		return r.analyze(t).worlds[0]
	}
	if got := costs(names[:2]).named("weak").differential; got.verdict != stats.Differs {
		t.Errorf("alone: got %+v, want it to differ", got)
	}
	if got := costs(names).named("weak").differential; got.verdict == stats.Differs || got.Low <= 0 {
		t.Errorf("among twelve: got %+v, want no difference in spite of its interval", got)
	}
}

// An A/A pair is of any arm, is compared with its own first half, and a reader is told
// where the two differ.
func TestPairsThatDifferAreTold(t *testing.T) {
	names := []string{Baseline, AA, "shm", "shm#aa", "far@native", "far@native#aa"}
	r := recordOf(8, []int{1000}, names...)
	for block := range 8 {
		for i, c := range []float64{1, 1.001, 2, 2.2, 3, 3.003} {
			c *= 1 + 0.001*float64((block+3*i)%5-2)
			r.add(6*block+i, block, names[i], 1000, price{compute: 1e9 * c})
		}
	}
	w := r.analyze(t).worlds[0]
	shm, native := w.named("shm#aa").differential, w.named("far@native#aa").differential
	if shm.verdict != stats.Differs || math.Abs(shm.Value-1.0/11) > 0.01 {
		t.Errorf("shm and itself: got %+v, want a tax of 9%% that differs", shm)
	}
	if native.verdict != stats.Equivalent || w.named(AA).differential.verdict != stats.Equivalent {
		t.Errorf("native: got %+v and %+v, want equivalent", native, w.named(AA).differential)
	}
	if got := w.summary().Warnings; len(got) != 1 || !strings.HasPrefix(got[0], "A/A failure: shm differs from itself in CPU time by 9.") {
		t.Errorf("got the warnings %q", got)
	}
	if got := w.summary().Rows[3][0].Text; got != "shm (A/A)" {
		t.Errorf("the row is called %q", got)
	}
	if got := len(w.measured()); got != 3 {
		t.Errorf("figures show %d arms, want the first halves", got)
	}
}

// One block says nothing: neither that the arms differ nor that they do not.
func TestOneBlockSaysNothing(t *testing.T) {
	r := recordOf(1, []int{1000}, "direct", "clear")
	r.add(0, 0, "direct", 1000, price{compute: 1e6})
	r.add(1, 0, "clear", 1000, price{compute: 1e6})
	w := r.analyze(t).worlds[0]
	if !math.IsNaN(w.floor) || !math.IsNaN(w.latencyFloor["mean"]) || w.arms[1].differential.verdict != "" || w.arms[1].differential.mark() != "" {
		t.Errorf("got the floor %v and %+v of one block, want neither", w.floor, w.arms[1].differential)
	}
}

func TestFailuresAndDroppedPairs(t *testing.T) {
	r := recordOf(3, []int{1000}, "direct", "unix+raw")
	p := price{compute: 1e6, latency: 1e3}
	r.add(0, 0, "direct", 1000, p)
	r.fail(1, 0, "unix+raw", 1000, "engine\ndied")
	r.fail(2, 1, "direct", 1000, "void")
	r.add(3, 1, "unix+raw", 1000, p)
	r.add(4, 2, "direct", 1000, p)
	a := r.analyze(t)
	missing := map[int]string{}
	for _, d := range a.dropped {
		missing[d.block] = d.missing
	}
	if len(a.dropped) != 3 || missing[0] != "unix+raw" || missing[1] != "direct" || missing[2] != "unix+raw" {
		t.Errorf("got dropped %+v, want one a block", a.dropped)
	}
	if one := a.worlds[0].arms[1]; len(one.trials) != 1 || one.differential.N != 0 || one.cpu.N != 1 {
		t.Errorf("got %+v, want one trial and no pair", one)
	}
	rep, err := r.ladder.Report(r.Results)
	if err != nil {
		t.Fatal(err)
	}
	if want := "Pair dropped: unix+raw with 1,000 boids in block 0: no number of unix+raw."; !slices.Contains(rep.Notes, want) {
		t.Errorf("the notes %q lack %q", rep.Notes, want)
	}
	if trials := string(encode(t, rep.Data[6])); !strings.Contains(trials, "1,0,1000,8,constant-density,unix+raw,,,,,,engine died\n") {
		t.Errorf("the failed trial is not in\n%s", trials)
	}
	r.Failures[0].Mended = true
	r.add(1, 0, "unix+raw", 1000, p)
	for i := range r.Samples {
		if r.Samples[i].Trial == 1 {
			r.Samples[i].Attempt = 1
		}
	}
	if rep, err = r.ladder.Report(r.Results); err != nil {
		t.Fatal(err)
	}
	if trials := string(encode(t, rep.Data[6])); strings.Contains(trials, "engine died") {
		t.Errorf("a trial that was run again stands twice in\n%s", trials)
	}
	if want := "Pair dropped: unix+raw with 1,000 boids in block 0: it and direct were not run at the same time, for one of them was run again."; !slices.Contains(rep.Notes, want) {
		t.Errorf("the notes %q lack %q", rep.Notes, want)
	}
}

func TestReportRefuses(t *testing.T) {
	half := recordOf(2, []int{1000}, "direct", "unix+raw")
	half.Complete = false
	half.add(0, 0, "direct", 1000, price{compute: 1e6})
	failed := recordOf(1, []int{1000}, "direct")
	failed.fail(0, 0, "direct", 1000, "no memory")
	idle := recordOf(1, []int{1000}, "direct")
	idle.add(0, 0, "direct", 1000, price{})
	for want, r := range map[string]record{
		"no trial is recorded": recordOf(1, []int{1000}, "direct"), "no complete block": half,
		"all 1 trials failed, the first because: no memory": failed, "no CPU time was measured": idle,
	} {
		_, err := r.ladder.Report(r.Results)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "made-up") {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
}

func TestOrder(t *testing.T) {
	r := recordOf(1, []int{1000, 100, 10000}, "b", "direct")
	r.Plan.Levels[0].Rank = 4
	for i, boids := range []int{1000, 100, 10000} {
		r.add(2*i, 0, "b", boids, price{compute: 1e6})
		r.add(2*i+1, 0, "direct", boids, price{compute: 1e6})
	}
	var order []string
	for _, w := range r.analyze(t).worlds {
		order = append(order, w.slug)
		for _, a := range w.arms {
			order = append(order, a.name)
		}
	}
	if got, want := strings.Join(order, " "), "100 direct b 1000 direct b 10000 direct b"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestUnclosedNamesWhatMissesTheGate(t *testing.T) {
	off := func(arm string, boids int, closure float64) *trial {
		return &trial{arm: arm, world: worldNamed(boids), config: sized(boids), cpu: 100, phase: []float64{100 * (1 + closure)}}
	}
	got := unclosed([]*trial{off("a", 1000, 0.04), off("b", 1000, -0.06), off("b", 1000, 0.20), off("a", 100, 0.5), off("b", 10000, 0.051)},
		map[string]string{worldNamed(1000): "1,000 boids", worldNamed(10000): "10,000 boids"})
	if len(got) != 2 || !strings.Contains(got[0], "b with 1,000 boids: in 2 trial(s)") || !strings.Contains(got[0], "20.0%") || !strings.Contains(got[1], "b with 10,000 boids") {
		t.Fatalf("got %q, want b with 1,000 boids twice and with 10,000 once", got)
	}
}

func worldNamed(boids int) string { return ladderOf().cellOf(side{}, sized(boids)).Factors.Condition() }

// TestCoverage draws runs whose true differential tax is known and counts how
// often the interval holds it. The fixed seed makes the outcome the same each
// time; a wrong quantile or deviation moves it out of the band.
func TestCoverage(t *testing.T) {
	draws, low, high := 200, 0.90, 0.99
	if os.Getenv("COPYTAX_SOAK") == "1" {
		draws, low, high = 1000, 0.93, 0.97
	}
	const truth = 0.6
	rng := rand.New(rand.NewPCG(1, 2))
	hits := 0
	for range draws {
		r := recordOf(10, []int{1000}, "direct", "unix+raw")
		for block := range 10 {
			machine := math.Exp(0.3 * rng.NormFloat64()) // shared by both halves of the pair
			direct := 1e9 * machine * math.Exp(0.05*rng.NormFloat64())
			unix := 1e9 / (1 - truth) * machine * math.Exp(0.05*rng.NormFloat64())
			r.add(2*block, block, "direct", 1000, price{compute: direct})
			r.add(2*block+1, block, "unix+raw", 1000, price{compute: unix})
		}
		if r.analyze(t).worlds[0].arms[1].differential.Holds(truth) {
			hits++
		}
	}
	covered := float64(hits) / float64(draws)
	t.Logf("%d of %d intervals hold the truth: %.3f", hits, draws, covered)
	if covered < low || covered > high {
		t.Errorf("got coverage %.3f, want %v to %v", covered, low, high)
	}
}
