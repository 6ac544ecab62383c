package stats

import (
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/store"
)

func config(boids int) copytax.Config {
	return copytax.Config{Boids: boids, Neighbours: 8, Mode: copytax.ConstantDensity, Seed: 1, Ticks: 100, Slots: 3}
}

// A cost says what trial's roles should measure, in ns over the window.
type cost struct {
	compute, send, residual, meter, lost float64 // CPU; lost is in no phase
	latency                              float64
}

func (c cost) total() float64 { return c.compute + c.send + c.residual + c.meter + c.lost }

// samplesOf splits a cost unevenly over three roles in three processes.
func samplesOf(trial, block int, arm string, boids int, c cost) []store.Sample {
	var samples []store.Sample
	for i, share := range []float64{0.2, 0.5, 0.3} {
		role := copytax.Role(i).String()
		samples = append(samples, store.Sample{
			Trial: trial, Block: block, Arm: arm, Scenario: "flock", Transport: strings.TrimSuffix(arm, "#aa"), Config: config(boids),
			Role: role, Host: role, WallNS: int64(1e6 * (i + 1)), ProcessCPUNS: int64(math.Round(share * c.total())),
			CPUNS: map[string]float64{
				"compute": share * c.compute, "send": share * c.send, "residual": share * c.residual, "meter": share * c.meter,
			},
			WireBytes: 1000, CopiedBytes: 200, Syscalls: 50,
			Usage: store.Usage{AllocObjects: 10, AllocBytes: 640, VoluntarySwitches: 20, InvoluntarySwitches: 5},
		})
	}
	ns := int64(c.latency)
	samples[2].Latency = &store.Latency{
		Count: 100, MeanNS: c.latency, P50NS: ns, P90NS: 2 * ns, P99NS: 4 * ns, P999NS: 8 * ns, MaxNS: 9 * ns, Histogram: [][2]int64{{ns, 90}, {9 * ns, 10}},
	}
	return samples
}

func results(blocks int, arms ...string) *store.Results {
	r := &store.Results{}
	r.Manifest.Plan = store.Plan{Blocks: blocks, Configs: []copytax.Config{config(1000)}}
	for i, arm := range arms {
		r.Manifest.Plan.Arms = append(r.Manifest.Plan.Arms, store.Arm{Name: arm, Transport: strings.TrimSuffix(arm, "#aa"), Rung: i})
	}
	return r
}

func analyze(t *testing.T, r *store.Results) *Analysis {
	t.Helper()
	a, err := Analyze(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > 1e-6*math.Max(1, math.Abs(want)) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// TestKnownAnswers uses costs whose every figure can be computed by hand.
func TestKnownAnswers(t *testing.T) {
	r := results(3, "direct", "unix+raw")
	for block, scale := range []float64{1e6, 2e6, 4e6} { // a machine that gets slower: ratios must not care
		r.Samples = append(r.Samples, samplesOf(2*block, block, "direct", 1000, cost{compute: 9 * scale, residual: scale, latency: 3 * scale})...)
		r.Samples = append(r.Samples, samplesOf(2*block+1, block, "unix+raw", 1000,
			cost{compute: 10 * scale, send: 24 * scale, residual: 4 * scale, meter: scale, lost: scale, latency: 2 * scale})...)
	}
	a := analyze(t, r)
	direct, unix := a.Cases[0].Arms[0], a.Cases[0].Arms[1]
	near(t, "additive tax of direct", direct.Additive.Value, 0.1)
	near(t, "additive tax", unix.Additive.Value, 1-10.0/40)
	near(t, "differential tax", unix.Differential.Value, 1-10.0/40)
	near(t, "its lower bound", unix.Differential.Low, 0.75)
	near(t, "latency tax of a faster arm", unix.LatencyTax[LatencyP50].Value, 1-3.0/2)
	near(t, "closure error", unix.ClosureError, 1.0/40)
	near(t, "meter share", unix.MeterShare, 1.0/40)
	near(t, "CPU a tick", direct.CPU.Value, 10*7e6/3/100)
	near(t, "compute a tick", direct.Phase[copytax.Compute].Value, 9*7e6/3/100)
	near(t, "wall a tick", direct.Wall.Value, 3e4)
	near(t, "ticks a second", direct.TicksPerSecond.Value, 100/3e-3)
	near(t, "wire bytes a tick", direct.WireBytes.Value, 30)
	near(t, "copied bytes a tick", direct.CopiedBytes.Value, 6)
	near(t, "system calls a tick", direct.Syscalls.Value, 1.5)
	near(t, "objects a tick", direct.AllocObjects.Value, 0.3)
	near(t, "bytes allocated a tick", direct.AllocBytes.Value, 19.2)
	near(t, "switches a tick", direct.Switches.Value, 0.75)
	near(t, "p99 latency", direct.Latency[LatencyP99].Value, 4*3*7e6/3)
	near(t, "p90 latency", direct.LatencyP90.Value, 2*3*7e6/3)
	near(t, "largest latency", direct.LatencyMax, 9*3*4e6)
	if unix.Differential.Wins != 0 || unix.LatencyTax[LatencyP50].Wins != 3 {
		t.Errorf("got %d wins in CPU and %d in latency, want 0 and 3", unix.Differential.Wins, unix.LatencyTax[LatencyP50].Wins)
	}
	if direct.Differential.N != 0 || !math.IsNaN(direct.Differential.Value) {
		t.Errorf("got %+v for direct against itself, want nothing", direct.Differential)
	}
	if got, want := direct.Histogram, [][2]int64{{3e6, 90}, {6e6, 90}, {12e6, 90}, {27e6, 10}, {54e6, 10}, {108e6, 10}}; !slices.Equal(got, want) {
		t.Errorf("got histogram %v, want %v", got, want)
	}
}

// TestInterval compares with the textbook: t(0.975, 2) = 4.302653.
// A native engine makes an arm cheaper than the baseline, which is no transport's
// merit: it is compared with the same transport and nothing else.
func TestNativeArmsHaveNoTaxOverTheBaseline(t *testing.T) {
	r := results(2, Baseline, AA, "shm", "shm@native", "far@native")
	r.Manifest.Plan.Arms[3].Transport, r.Manifest.Plan.Arms[3].Engine = "shm", store.Native
	r.Manifest.Plan.Arms[4].Transport, r.Manifest.Plan.Arms[4].Engine = "far", store.Native
	for block := range 2 {
		for i, arm := range r.Manifest.Plan.Arms {
			c := cost{compute: 1e6, send: 1e5, latency: 1e4}
			if arm.Engine == store.Native {
				c.compute, c.send = 0.5e6, 0.05e6
			}
			r.Samples = append(r.Samples, samplesOf(5*block+i, block, arm.Name, 1000, c)...)
		}
	}
	a := analyze(t, r)
	if len(a.Dropped) != 0 {
		t.Errorf("dropped %v, want nothing", a.Dropped)
	}
	arms := map[string]Arm{}
	for _, arm := range a.Cases[0].Arms {
		arms[arm.Name] = arm
	}
	for _, name := range []string{"shm@native", "far@native"} {
		arm := arms[name]
		if arm.Differential.N != 0 || arm.LatencyTax[LatencyP50].N != 0 || arm.Differential.Indistinct {
			t.Errorf("%s: differential %+v, latency tax %+v; want none", name, arm.Differential, arm.LatencyTax[LatencyP50])
		}
		if arm.Additive.N != 2 || arm.CPU.N != 2 || arm.Latency[LatencyP50].N != 2 {
			t.Errorf("%s: its own numbers are missing: %+v", name, arm)
		}
	}
	if got := arms["shm@native"].EngineSaving; got.N != 2 || math.Abs(got.Value-0.5) > 1e-6 {
		t.Errorf("the engine saves %+v, want half", got)
	}
	for _, name := range []string{Baseline, AA, "shm", "far@native"} {
		if got := arms[name].EngineSaving; got.N != 0 {
			t.Errorf("%s: its engine saves %+v, want nothing", name, got)
		}
	}
}

func TestInterval(t *testing.T) {
	e := Mean([]float64{1, 2, 3, math.NaN()})
	half := 4.302652729911275 / math.Sqrt(3)
	near(t, "low", e.Low, 2-half)
	near(t, "high", e.High, 2+half)
	near(t, "half", e.Half(), half)
	if e.N != 3 {
		t.Errorf("got n %d, want 3", e.N)
	}
	e = OneMinus([]float64{math.Exp(-1), math.Exp(-2), math.Exp(-3), 0})
	near(t, "tax", e.Value, 1-math.Exp(-2))
	near(t, "tax low", e.Low, 1-math.Exp(-2+half))
	near(t, "tax high", e.High, 1-math.Exp(-2-half))
}

func TestOneBlockHasNoInterval(t *testing.T) {
	for name, e := range map[string]Estimate{"mean": Mean([]float64{5}), "tax": OneMinus([]float64{0.5})} {
		if e.HasInterval() || e.N != 1 || math.IsNaN(e.Value) || !math.IsNaN(e.Half()) || e.Holds(e.Value) {
			t.Errorf("%s of one block: got %+v, want a value without an interval", name, e)
		}
	}
	for name, e := range map[string]Estimate{"mean": Mean(nil), "tax": OneMinus([]float64{0})} {
		if e.N != 0 || !math.IsNaN(e.Value) {
			t.Errorf("%s of nothing: got %+v, want nothing", name, e)
		}
	}
}

// TestNoiseFloor has an A/A pair that differs by up to a tenth, an arm that
// hides in that, and one that does not.
func TestNoiseFloor(t *testing.T) {
	r := results(4, "direct", "direct#aa", "hidden", "clear")
	for block, noise := range []float64{0.93, 1.07, 0.95, 1.05} {
		for i, c := range []float64{1, noise, 1.02 + noise/1000, 2 * noise} {
			arm := r.Manifest.Plan.Arms[i].Name
			r.Samples = append(r.Samples, samplesOf(4*block+i, block, arm, 1000, cost{compute: 1e9 * c, latency: 1e6 * c})...)
		}
	}
	c := analyze(t, r).Cases[0]
	aa, hidden, clearly := c.Arms[1], c.Arms[2], c.Arms[3]
	near(t, "floor", c.Floor.CPU, math.Max(math.Abs(aa.Differential.Low), math.Abs(aa.Differential.High)))
	if c.Floor.CPU < 0.05 || c.Floor.CPU > 0.2 {
		t.Errorf("got floor %v, want about 0.1", c.Floor.CPU)
	}
	if !(hidden.Differential.Low > 0) || !hidden.Differential.Indistinct || !hidden.LatencyTax[LatencyMean].Indistinct {
		t.Errorf("got %+v for a difference within the floor, want it flagged", hidden.Differential)
	}
	if clearly.Differential.Indistinct || clearly.LatencyTax[LatencyP999].Indistinct {
		t.Errorf("got %+v for twice the cost, want it not flagged", clearly.Differential)
	}
	if !aa.Differential.Indistinct || aa.Differential.Wins != 2 {
		t.Errorf("got %+v for the A/A pair, want it flagged, with 2 wins", aa.Differential)
	}
	without := results(1, "direct", "clear")
	without.Samples = append(samplesOf(0, 0, "direct", 1000, cost{compute: 1e6}), samplesOf(1, 0, "clear", 1000, cost{compute: 1e6})...)
	c = analyze(t, without).Cases[0]
	if !math.IsNaN(c.Floor.CPU) || !math.IsNaN(c.Floor.Latency[0]) || c.Arms[1].Differential.Indistinct {
		t.Errorf("got floor %+v without an A/A pair, want none, and no flag", c.Floor)
	}
}

func TestFailuresAndDroppedPairs(t *testing.T) {
	r := results(3, "direct", "unix+raw")
	c := cost{compute: 1e6, latency: 1e3}
	failed := store.Sample{Trial: 1, Arm: "unix+raw", Config: config(1000), Role: store.FailedRole, Error: "engine died"}
	r.Samples = append(r.Samples, samplesOf(0, 0, "direct", 1000, c)...)
	r.Samples = append(r.Samples, failed)
	r.Samples = append(r.Samples, samplesOf(2, 1, "direct", 1000, c)[:2]...) // no viewer
	r.Samples = append(r.Samples, samplesOf(3, 1, "unix+raw", 1000, c)...)
	r.Samples = append(r.Samples, samplesOf(4, 2, "direct", 1000, c)...)
	a := analyze(t, r)
	if a.Complete != 2 || a.Begun != 3 {
		t.Errorf("got %d blocks complete of %d begun, want 2 of 3", a.Complete, a.Begun)
	}
	if len(a.Failures) != 2 || a.Failures[0].Reason != "engine died" || a.Failures[1].Reason != "no sample of viewer" {
		t.Errorf("got failures %+v, want the dead engine and the missing viewer", a.Failures)
	}
	missing := map[int]string{}
	for _, d := range a.Dropped {
		missing[d.Block] = d.Missing
	}
	if len(a.Dropped) != 3 || missing[0] != "unix+raw" || missing[1] != "direct" || missing[2] != "unix+raw" {
		t.Errorf("got dropped %+v, want one a block", a.Dropped)
	}
	if arm := a.Cases[0].Arms[1]; arm.Trials != 1 || arm.Differential.N != 0 || arm.CPU.N != 1 {
		t.Errorf("got %+v, want one trial and no pair", arm)
	}
}

func TestAnalyzeRefuses(t *testing.T) {
	half := results(2, "direct", "unix+raw")
	half.Samples = samplesOf(0, 0, "direct", 1000, cost{compute: 1e6})
	failed := results(1, "direct")
	failed.Samples = []store.Sample{{Arm: "direct", Config: config(1000), Role: store.FailedRole, Error: "no memory"}}
	for want, r := range map[string]*store.Results{
		"no trial is recorded": results(1, "direct"), "no complete block": half, "all 1 trials failed, the first because: no memory": failed,
	} {
		_, err := Analyze(r)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
}

func TestOrder(t *testing.T) {
	r := results(1, "b", "direct")
	r.Manifest.Plan.Arms[0].Rung, r.Manifest.Plan.Arms[1].Rung = 4, 0
	r.Manifest.State = store.Complete // of which the plan's configs may be a part only
	for i, boids := range []int{1000, 100, 10000} {
		r.Samples = append(r.Samples, samplesOf(3*i, 0, "b", boids, cost{compute: 1e6})...)
		r.Samples = append(r.Samples, samplesOf(3*i+1, 0, "direct", boids, cost{compute: 1e6})...)
		r.Samples = append(r.Samples, samplesOf(3*i+2, 0, "unplanned", boids, cost{compute: 1e6})...)
	}
	var order []string
	for _, c := range analyze(t, r).Cases {
		for _, arm := range c.Arms {
			order = append(order, arm.Name)
		}
		if len(order) == 3 && c.Config.Boids != 100 {
			t.Errorf("got %d boids first, want 100", c.Config.Boids)
		}
	}
	if got, want := strings.Join(order[:3], " "), "direct b unplanned"; got != want {
		t.Errorf("got arms %s, want %s", got, want)
	}
}

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
		r := results(10, "direct", "unix+raw")
		for block := range 10 {
			machine := math.Exp(0.3 * rng.NormFloat64()) // shared by both halves of the pair
			direct := 1e9 * machine * math.Exp(0.05*rng.NormFloat64())
			unix := 1e9 / (1 - truth) * machine * math.Exp(0.05*rng.NormFloat64())
			r.Samples = append(r.Samples, samplesOf(2*block, block, "direct", 1000, cost{compute: direct})...)
			r.Samples = append(r.Samples, samplesOf(2*block+1, block, "unix+raw", 1000, cost{compute: unix})...)
		}
		if analyze(t, r).Cases[0].Arms[1].Differential.Holds(truth) {
			hits++
		}
	}
	covered := float64(hits) / float64(draws)
	t.Logf("%d of %d intervals hold the truth: %.3f", hits, draws, covered)
	if covered < low || covered > high {
		t.Errorf("got coverage %.3f, want %v to %v", covered, low, high)
	}
}
