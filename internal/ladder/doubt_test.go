package ladder

import (
	"context"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/judge"
	"github.com/copytax/copytax/transports"
)

// A cheat is a transport whose links get something else than the role gives them.
type cheat struct {
	copytax.Transport
	name string
	env  func(*copytax.Env)
}

// cheats returns what the name of a transport can end with.
func cheats() map[string]cheat {
	return map[string]cheat{
		" uncharged":   {env: func(e *copytax.Env) { e.Meter = quiet{} }},
		" uncounted":   {env: func(e *copytax.Env) { e.Counters = &copytax.Counters{} }},
		" uncollected": {env: func(*copytax.Env) { debug.SetGCPercent(-1) }},
		" helped":      {env: func(*copytax.Env) { _ = exec.Command("sh", "-c", "while :; do :; done").Start() }}, // which the test looks for
		" unlimited":   {env: func(*copytax.Env) { debug.SetMemoryLimit(1 << 40) }},
	}
}

// findCheat finds a transport that cheats, and any other.
func findCheat(name string) (copytax.Transport, error) {
	for mark, c := range cheats() {
		if honest, ok := strings.CutSuffix(name, mark); ok {
			t, err := transports.New().Find(honest)
			c.Transport, c.name = t, name
			return c, err
		}
	}
	return transports.New().Find(name)
}

type quiet struct{}

func (quiet) Enter(copytax.Phase) {}

func (c cheat) Name() string { return c.name }

func (c cheat) OpenKernel(env copytax.Env) (copytax.KernelLink, error) {
	c.env(&env)
	return c.Transport.OpenKernel(env)
}

func (c cheat) OpenEngine(env copytax.Env) (copytax.EngineLink, error) {
	c.env(&env)
	return c.Transport.OpenEngine(env)
}

func (c cheat) OpenViewer(env copytax.Env) (copytax.ViewerLink, error) {
	c.env(&env)
	return c.Transport.OpenViewer(env)
}

// A run, as the conformance kit, believes no link that the meter or the operating
// system contradicts.
func TestCheatsAreVoid(t *testing.T) {
	for name, want := range map[string]string{
		"unix+raw uncharged":        "link charges nothing",
		"shm:park uncharged":        "link charges nothing",
		"twin uncharged":            "link charges nothing",
		"http+protobuf uncharged":   "link charges nothing",
		"unix+raw uncounted":        "count 0 bytes",
		"twin uncounted":            "count 0 bytes",
		"http+protobuf uncounted":   "count 0 bytes",
		"unix+raw uncollected":      "the garbage collector's percentage is off",
		"direct uncollected":        "the garbage collector's percentage is off",
		"http+protobuf unlimited":   "a memory limit of 1099511627776 bytes",
		"unix+protobuf uncollected": "the garbage collector's percentage is off",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := newShortRun(t, name).measure(0, nil); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}

// What Wire leaves at work in the supervisor is in a column, and in a note.
func TestCPUOutsideTheRolesIsSaid(t *testing.T) {
	r := newShortRun(t, "unix+json")
	stop := make(chan struct{})
	defer close(stop)
	trial := experiment.Trial{Of: r.plan.Cells[0]}
	trial.Of.Factors["ticks"] = "600"
	for _, burn := range []bool{false, true} {
		if burn {
			go func() {
				for {
					select {
					case <-stop:
						return
					default:
						runtime.Gosched()
					}
				}
			}()
		}
		samples, err := r.session.Measure(context.Background(), trial)
		if err != nil {
			t.Fatal(err)
		}
		for i := range samples {
			samples[i].Of = trial.Of
		}
		rep, err := r.Report(&experiment.Results{Name: "short", Plan: r.plan, Complete: true, Samples: samples})
		if err != nil {
			t.Fatal(err)
		}
		if said := strings.Contains(strings.Join(rep.Notes, "\n"), "CPU outside the roles, which is in no tax: unix+json with 101 boids"); said != burn {
			t.Errorf("at work %v: got the notes %q", burn, rep.Notes)
		}
		if !(samples[copytax.Kernel].Metric(judge.SupervisorCPU) > 0) {
			t.Errorf("the supervisor's CPU is %v", samples[copytax.Kernel].Metric(judge.SupervisorCPU))
		}
	}
}

// What a link has another process do is in a column of its own.
func TestCPUOfHelpersIsCounted(t *testing.T) {
	for name, helped := range map[string]bool{"unix+raw": false, "unix+raw helped": true} {
		samples, err := newShortRun(t, name).measure(0, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := samples[copytax.Kernel].Metric(judge.OthersCPU); (got > 0) != helped {
			t.Errorf("%s: other processes used %v ns of CPU", name, got)
		}
	}
}

// An arm whose link charges nothing has an additive tax that its differential one
// belies. Dearer compute in an honest arm is no such thing.
func TestGapsBetweenTheTaxes(t *testing.T) {
	for name, c := range map[string]struct {
		arm   price
		flags bool
	}{
		"published once: 8.6% beside 88.2%":   {price{compute: 77.5, residual: 7.2}, true},
		"a cheap one that charges nothing":    {price{compute: 11.6, residual: 1.1}, true},
		"a dear one that hides half":          {price{compute: 30, send: 30, residual: 1}, true},
		"HTTP with cold caches":               {price{compute: 14, send: 400, residual: 40}, false},
		"the floor once more":                 {price{compute: 9.3, residual: 1}, false},
		"compute dearer by a tenth, all sent": {price{compute: 10, send: 2, residual: 1}, false},
	} {
		r := recordOf(4, []int{1000}, "direct", "unix+raw")
		for block, noise := range []float64{1e6, 1.02e6, 0.99e6, 1.01e6} {
			scaled := c.arm
			for _, ns := range []*float64{&scaled.compute, &scaled.send, &scaled.residual} {
				*ns *= noise
			}
			r.add(2*block, block, "direct", 1000, price{compute: 9e6, residual: 1e6, latency: 1e6})
			scaled.latency = 1e6
			r.add(2*block+1, block, "unix+raw", 1000, scaled)
		}
		notes := r.analyze(t).worlds[0].gaps()
		if flags := len(notes) == 1; flags != c.flags {
			t.Errorf("%s: got the notes %q, want one: %v", name, notes, c.flags)
		}
	}
}

// What a trial costs beside its roles is read around all of its ticks, and is a cost of
// each of them.
func TestOutlaysAreOfAllTicks(t *testing.T) {
	r := recordOf(1, []int{1000}, "direct")
	r.add(0, 0, "direct", 1000, price{compute: 1e6})
	for i := range r.Plan.Cells {
		r.Plan.Cells[i].Factors["warm_up"] = "99"
	}
	kernel := r.Samples[0].Metrics
	kernel[judge.SupervisorCPU], kernel[judge.OthersCPU] = 200e3, 400e3 // of 99, 100 and 1 ticks
	a := r.analyze(t)
	direct := a.worlds[0].arms[0]
	near(t, "CPU of the supervisor", direct.over(a.outlays[0].of).Value, 1e3)
	near(t, "CPU of other processes", direct.over(a.outlays[1].of).Value, 2e3)
	near(t, "CPU", direct.cpu.Value, 1e4)
}

// A trial whose compute comes out at nothing has no additive tax, and is not dropped in
// silence.
func TestTrialsWithoutAnAdditiveTaxAreSaid(t *testing.T) {
	r := recordOf(3, []int{1000}, "direct", "unix+raw", "tcp+raw")
	for block := range 3 {
		r.add(3*block, block, "direct", 1000, price{compute: 1e6})
		few := 1e6
		if block == 1 {
			few = -1e4
		}
		r.add(3*block+1, block, "unix+raw", 1000, price{compute: few, send: 9e6})
		r.add(3*block+2, block, "tcp+raw", 1000, price{send: 9e6})
	}
	rep := r.report(t)
	var got []string
	for _, note := range rep.Notes {
		if strings.HasPrefix(note, "Additive tax: ") {
			got = append(got, note)
		}
	}
	want := []string{
		"Additive tax: unix+raw with 1,000 boids: in 1 of 3 trials compute comes out at no CPU, or less; its additive tax is that of the others alone.",
		"Additive tax: tcp+raw with 1,000 boids: in 3 of 3 trials compute comes out at no CPU, or less; it has no additive tax.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got the notes %q, want %q", got, want)
	}
}

// A note names the pace of its world where a run has several.
func TestNotesNameThePace(t *testing.T) {
	r := recordOf(2, []int{1000}, "direct", "unix+raw")
	for _, name := range []string{"direct", "unix+raw"} {
		c := sized(1000)
		c.Rate = 60
		r.Plan.Cells = append(r.Plan.Cells, r.ladder.cellOf(side{name: name, transport: name}, c))
	}
	for block := range 2 {
		for i, c := range r.Plan.Cells {
			if block == 1 && i == 2 {
				continue // a pair at 60 Hz with one half
			}
			p := price{compute: 1e9}
			if name := c.Factors[experiment.Arm]; name == "unix+raw" {
				p = price{compute: 3e9, lost: 1e9}
			}
			r.add(4*block+i, block, c.Factors[experiment.Arm], 1000, p)
			for k := range 3 {
				s := &r.Samples[len(r.Samples)-1-k]
				s.Cell, s.Of = i, c
			}
			r.Samples[len(r.Samples)-3].Metrics[judge.SupervisorCPU] = 5e9
		}
	}
	count := map[string]int{}
	for _, note := range r.report(t).Notes {
		kind, _, _ := strings.Cut(note, ":")
		for _, pace := range []string{"1,000 boids, lock-step", "1,000 boids, 60 Hz, every frame"} {
			if strings.Contains(note, pace) {
				count[kind+" at "+pace]++
			}
		}
	}
	for kind, want := range map[string][2]int{ // in lock-step, and at 60 Hz
		"Gap between the taxes": {1, 1}, "CPU outside the roles, which is in no tax": {2, 2}, "Closure": {1, 1}, "Pair dropped": {0, 1},
	} {
		if got := [2]int{count[kind+" at 1,000 boids, lock-step"], count[kind+" at 1,000 boids, 60 Hz, every frame"]}; got != want {
			t.Errorf("%s: got %v notes that name their pace, want %v", kind, got, want)
		}
	}
}

// spoiled measures a trial and takes metrics away from the samples of some workers.
func spoiled(t *testing.T, r shortRun, metrics []string, workers ...int) []experiment.Sample {
	t.Helper()
	samples, err := r.measure(0, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, worker := range workers {
		for _, name := range metrics {
			if _, ok := samples[worker].Metrics[name]; !ok {
				t.Fatalf("the %s has no %s", samples[worker].Worker, name)
			}
			delete(samples[worker].Metrics, name)
		}
	}
	return samples
}

// Who leaves out what a link is held against does not escape. What all processes of a
// trial lack the operating system did not say; the report says that.
func TestGateSixDoesNotVanishWithItsMetrics(t *testing.T) {
	const wrote, tcp = "io_write_bytes", "tcp_sent_bytes"
	all := []int{int(copytax.Kernel), int(copytax.Engine), int(copytax.Viewer)}
	for name, c := range map[string]struct {
		metrics []string
		workers []int
		old     bool   // recorded before there was a pace
		void    string // why, empty for a trial that counts
		note    string // empty for none
	}{
		"nothing":          {nil, nil, false, "", ""},
		"no times":         {[]string{computeWall}, all[1:2], false, "the engine of unix+raw gave no wall_compute_ns", ""},
		"one process":      {[]string{wrote}, all[2:], false, "the viewer of unix+raw gave no io_write_bytes, and the kernel did", ""},
		"two processes":    {[]string{wrote, tcp}, all[:2], false, "the kernel of unix+raw gave no io_write_bytes and no tcp_sent_bytes, and the viewer did", ""},
		"all processes":    {[]string{wrote, tcp}, all, false, "", "unix+raw has no io_write_bytes and no tcp_sent_bytes in 1 of 1 trials"},
		"one of them":      {[]string{tcp}, all, false, "", "unix+raw has no tcp_sent_bytes in 1 of 1 trials"},
		"all, in old runs": {[]string{wrote, tcp}, all, true, "", ""},
	} {
		r := newShortRun(t, "unix+raw")
		samples := spoiled(t, r, c.metrics, c.workers...)
		if c.old {
			delete(r.plan.Cells[0].Factors, factorPace)
		}
		err := judge.Trial(r.plan, experiment.Trial{Of: r.plan.Cells[0]}, samples, r.Ladder, nil)
		if c.void == "" && err != nil || c.void != "" && (err == nil || !strings.Contains(err.Error(), c.void)) {
			t.Errorf("%s: got %v, want %q", name, err, c.void)
		}
		if c.void != "" {
			continue
		}
		rep, err := r.Report(&experiment.Results{Name: "short", Plan: r.plan, Complete: true, Samples: samples})
		if err != nil {
			t.Fatal(err)
		}
		if said := strings.Join(rep.Notes, "\n"); strings.Contains(said, "Gate 6") != (c.note != "") || !strings.Contains(said, c.note) {
			t.Errorf("%s: got the notes %q, want %q", name, said, c.note)
		}
	}
}

// Of a transport that this program lacks the samples are judged as far as they go, and
// verify says that this is not all. The report does not: it is that of the run, whoever
// draws it.
func TestGateSixOfTransportsOfAnotherProgram(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*experiment.Sample)
		void  string
	}{
		"honest":    {func(*experiment.Sample) {}, ""},
		"uncounted": {func(s *experiment.Sample) { s.Metrics["io_write_bytes"] += 1e9 }, "its counters lie"},
		"uncharged": {func(s *experiment.Sample) {
			for metric := range s.Metrics {
				if strings.HasPrefix(metric, "wall_") && metric != "wall_ns" && metric != computeWall {
					delete(s.Metrics, metric)
				}
			}
		}, "link charges nothing"},
	} {
		r := newShortRun(t, "unix+raw")
		samples := spoiled(t, r, nil)
		for _, s := range samples {
			c.spoil(&s)
		}
		without := ladderOf()
		err := judge.Trial(r.plan, experiment.Trial{Of: r.plan.Cells[0]}, samples, without, nil)
		if c.void == "" && err != nil || c.void != "" && (err == nil || !strings.Contains(err.Error(), c.void)) {
			t.Errorf("%s: got %v, want %q", name, err, c.void)
		}
		results := &experiment.Results{Name: "short", Plan: r.plan, Complete: true, Samples: samples}
		rep, err := without.Report(results)
		if err != nil {
			t.Fatal(err)
		}
		notes := strings.Join(without.Unchecked(results), "\n")
		if want := "this program does not have unix+raw. The gate was applied in full by the program that ran them"; !strings.Contains(notes, want) || strings.Contains(strings.Join(rep.Notes, "\n"), want) {
			t.Errorf("%s: the notes %q lack %q, or the report's %q have it", name, notes, want, rep.Notes)
		}
	}
}

// The published run is honest: what it would be accused of today is nothing.
func TestTheReferenceRunIsNotAccused(t *testing.T) {
	results, rep := reference(t)
	for _, note := range rep.Notes {
		if strings.Contains(note, "Gap between") || strings.Contains(note, "CPU outside") {
			t.Error(note)
		}
	}
	l := New(Config{Find: transports.New().Find})
	for _, samples := range experiment.Groups(results.Samples, func(s experiment.Sample) int { return s.Trial }) {
		if err := l.Sense(samples[0].Of, samples); err != nil {
			t.Error(err)
		}
	}
}
