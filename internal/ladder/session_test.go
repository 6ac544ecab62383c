package ladder

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/control"
	"github.com/copytax/copytax/internal/judge"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/scenarios/flock/wasmhost"
	"github.com/copytax/copytax/transports"
)

// The test binary is also the program that is the roles.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == control.RoleVerb {
		if err := control.Serve(registry{}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// registry has the real scenario and transports, and a liar.
type registry struct{}

func (registry) Scenario(string) (copytax.Scenario, error)        { return real().Scenario, nil }
func (registry) Transport(name string) (copytax.Transport, error) { return real().Find(name) }

func real() *Ladder {
	find := func(name string) (copytax.Transport, error) {
		if name == (liar{}).Name() {
			t, err := transports.New().Find("unix+raw")
			return liar{t}, err
		}
		return findCheat(name)
	}
	return New(Config{
		Scenario: flock.New(wasmhost.Open), Find: find, Ladder: transports.New().Ladder, Match: transports.New().Match, FirstPolicy: flock.DefaultPolicy,
	})
}

// A liar changes one bit of the world, for all who read it alike.
type liar struct{ copytax.Transport }

func (liar) Name() string { return "liar" }

func (l liar) OpenEngine(env copytax.Env) (copytax.EngineLink, error) {
	link, err := l.Transport.OpenEngine(env)
	return lyingLink{link}, err
}

type lyingLink struct{ copytax.EngineLink }

func (l lyingLink) PublishFrame(f *copytax.Frame) error {
	if f.Epoch == 30 {
		f.Col(0)[0] += 1e-3
	}
	return l.EngineLink.PublishFrame(f)
}

// shortRun is a plan of short trials, and a session that runs them.
type shortRun struct {
	*Ladder
	plan    experiment.Plan
	session experiment.Session
}

func newShortRun(t *testing.T, arms ...string) shortRun {
	t.Helper()
	r := shortRun{Ladder: real()}
	in := lab.New(os.Args[0])
	t.Cleanup(in.Close)
	for _, name := range arms {
		transport, err := r.Find(strings.TrimSuffix(name, "#aa"))
		if err != nil {
			t.Fatal(err)
		}
		a := side{name: name, transport: transport.Name(), info: transport.Info()}
		r.plan.Levels = append(r.plan.Levels, a.level())
		c := copytax.Config{Boids: 101, Neighbours: 8, Mode: copytax.ConstantDensity, Seed: 6, WarmUp: 12, Ticks: 60, Slots: slots}
		r.plan.Cells = append(r.plan.Cells, r.cellOf(a, c))
	}
	r.plan.Blocks = 1
	var err error
	if r.session, err = r.Open(context.Background(), in, r.plan.Cells); err != nil {
		t.Fatal(err)
	}
	return r
}

// measure runs the trial of a cell and judges it.
func (r shortRun) measure(cell int, reference map[string]string) ([]experiment.Sample, error) {
	trial := experiment.Trial{Number: cell, Cell: cell, Of: r.plan.Cells[cell], Seed: uint64(cell)}
	samples, err := r.session.Measure(context.Background(), trial)
	if err != nil {
		return nil, err
	}
	for i := range samples {
		samples[i].Trial, samples[i].Cell, samples[i].Of = cell, cell, trial.Of
	}
	return samples, judge.Trial(r.plan, trial, samples, r.Ladder, reference)
}

// results measures every cell once.
func (r shortRun) results(t *testing.T, reference map[string]string) *experiment.Results {
	t.Helper()
	all := &experiment.Results{Name: "short", Plan: r.plan, Complete: true}
	for cell := range r.plan.Cells {
		samples, err := r.measure(cell, reference)
		if err != nil {
			t.Fatalf("%s: %v", r.plan.Cells[cell], err)
		}
		all.Samples = append(all.Samples, samples...)
	}
	return all
}

// Trials of every kind of transport pass the judge, and give a report.
func TestTrialsFromPlanToReport(t *testing.T) {
	r := newShortRun(t, "direct", "direct#aa", "shm:park", "unix+raw")
	reference, err := r.session.(experiment.Referenced).Reference(context.Background(), experiment.Trial{Of: r.plan.Cells[2]})
	if err != nil || reference["digest"] == "" || reference["chain"] == "" || reference["genome"] == "" || len(reference) != 3 {
		t.Fatalf("got the reference %v, %v", reference, err)
	}
	results := r.results(t, reference)
	rep, err := r.Report(results)
	if err != nil {
		t.Fatal(err)
	}
	checkReport(t, rep)
	if rows := tablesOf(rep)[0].Rows; len(rows) != 4 {
		t.Errorf("got %d rows, want 4", len(rows))
	}
}

// Whoever differs from direct is void, also when it comes first and when all of
// its roles agree.
func TestTheLiarIsVoidInEveryOrder(t *testing.T) {
	r := newShortRun(t, "liar", "direct", "unix+raw")
	if first, err := r.measure(0, nil); err != nil || len(first) != 3 {
		t.Fatalf("without a reference the liar is found out: %v; this test proves nothing", err)
	}
	reference, err := r.session.(experiment.Referenced).Reference(context.Background(), experiment.Trial{Of: r.plan.Cells[0]})
	if err != nil {
		t.Fatal(err)
	}
	for _, cell := range []int{0, 1, 2, 0} {
		_, err := r.measure(cell, reference)
		switch isLiar := cell == 0; {
		case !isLiar && err != nil:
			t.Errorf("%s: %v", r.plan.Cells[cell], err)
		case isLiar && (err == nil || !strings.Contains(err.Error(), "void") || !strings.Contains(err.Error(), "liar")):
			t.Errorf("the liar: got %v, want it void and named", err)
		}
	}
}

// fakeEngine writes a program that says what it is.
func fakeEngine(t *testing.T, says string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), engineName)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+says+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEquip(t *testing.T) {
	in := lab.New(os.Args[0])
	defer in.Close()
	with := experiment.Plan{Cells: []experiment.Cell{{Experiment: "flock", Factors: experiment.Factors{factorPlacement: "go,native,go"}}}}
	l := ladderOf()
	if e, err := l.Equip(in, experiment.Plan{}, ""); e != nil || err != nil {
		t.Errorf("no native arm: got %+v, %v", e, err)
	}
	if _, err := l.Equip(in, experiment.Plan{}, "/bin/true"); err == nil || !strings.Contains(err.Error(), "add --placement go,native,go") {
		t.Errorf("a path and no native arm: got %v", err)
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no program"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/bin/true": "want " + engineName, text: "native engine", t.TempDir(): "native engine",
		"/nowhere/" + engineName:          "make engine builds it",
		fakeEngine(t, "echo other 1"):     `says that it is "other 1"`,
		fakeEngine(t, "exit 3"):           "exit status 3",
		fakeEngine(t, "sleep 1; kill $$"): "--version",
	} {
		if _, err := l.Equip(in, with, path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	if r := l.runtimes(); len(r) > 0 {
		t.Errorf("without an engine there are the runtimes %v", r)
	}
	path := fakeEngine(t, "echo "+engineName+" 1.2 avx2")
	e, err := l.Equip(in, with, path)
	if err != nil || e.Version != engineName+" 1.2 avx2" || len(e.BLAKE3) != 64 || e.Path != path {
		t.Fatalf("got %+v, %v", e, err)
	}
}

// The native engine is given the policy that the engine in WebAssembly computes.
func TestEngineIsGivenTheFirstPolicy(t *testing.T) {
	l := real()
	l.engine = &Engine{Path: "/bin/engine"}
	config := copytax.Config{Boids: 500, Neighbours: 32, Mode: copytax.FixedVolume, Seed: 3, Ticks: 60, Slots: 3}
	program := l.runtimes()[copytax.Native].(control.Program)
	raw, err := program.Setup(config)
	if err != nil {
		t.Fatal(err)
	}
	var setup struct{ Policy []int }
	if err := json.Unmarshal(raw, &setup); err != nil {
		t.Fatal(err)
	}
	block := make([]byte, len(setup.Policy))
	for i, v := range setup.Policy {
		block[i] = byte(v)
	}
	var got copytax.Policy
	if err := got.Get(block); err != nil {
		t.Fatal(err)
	}
	if want := flock.DefaultPolicy(config); got != want || program.Path != "/bin/engine" {
		t.Errorf("given %+v to %s, want %+v", got, program.Path, want)
	}
}
