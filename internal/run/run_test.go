package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/store"
)

// A fake experiment has one worker, and one world for all arms. Each arm sees what
// is said here.
type fake struct {
	experiment.Experiment
	sees      map[string]string
	reference string // what its sessions know of the world; empty if they do not
	shut      string // the arm whose session cannot be opened
	// happens is what comes before a trial sees anything.
	happens func(context.Context, experiment.Trial) error
	rule    *experiment.EnvironmentRule
	around  Observer
}

func (fake) Duties(experiment.Plan, experiment.Cell) []experiment.Duty {
	return []experiment.Duty{{Worker: "all", Evidence: []string{"digest"}}}
}

func (fake) World(experiment.Trial) string { return "w" }

func (f fake) observer() Observer { return f.around }

func (fake) Limit(experiment.Trial) time.Duration { return time.Second }

func (f fake) Open(_ context.Context, _ *lab.Lab, cells []experiment.Cell) (experiment.Session, error) {
	if cells[0].Factors[experiment.Arm] == f.shut {
		return nil, errors.New("no such worker")
	}
	if f.reference != "" {
		return knowing{session{f}}, nil
	}
	return session{f}, nil
}

type session struct{ fake }

func (s session) Measure(ctx context.Context, t experiment.Trial) ([]experiment.Sample, error) {
	if s.happens != nil {
		if err := s.happens(ctx, t); err != nil {
			return nil, err
		}
	}
	saw := s.sees[t.Of.Factors[experiment.Arm]]
	if saw == "" {
		return nil, errors.New("no luck")
	}
	return []experiment.Sample{{Worker: "all", Evidence: map[string]string{"digest": saw, "frames": "all"}}}, nil
}

func (session) Close() error { return nil }

// A knowing session has a reference of its own.
type knowing struct{ session }

func (k knowing) Reference(context.Context, experiment.Trial) (map[string]string, error) {
	return map[string]string{"digest": k.reference}, nil
}

// told keeps what the runner says of each trial, by arm.
type told map[string]string

func (told) Starting(experiment.Trial, int, int) {}

func (all told) Finished(t experiment.Trial, _ time.Duration, err error) {
	all[t.Of.Factors[experiment.Arm]] = fmt.Sprint(err)
}

func (told) Void(experiment.Trial, string, bool) {}

// begin starts a run of all arms, each a group of its own.
func begin(t *testing.T, f fake, blocks int) *store.Run {
	t.Helper()
	plan := experiment.Plan{Experiments: []string{"fake"}, Profile: experiment.Quick, Seed: 1, Blocks: blocks, Environment: f.rule}
	for _, arm := range slices.Sorted(maps.Keys(f.sees)) {
		plan.Cells = append(plan.Cells, experiment.Cell{Experiment: "fake", Group: arm, Factors: experiment.Factors{experiment.Arm: arm}})
	}
	out, err := store.Create(t.TempDir(), store.Manifest{Plan: plan})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	return out
}

// carryOut runs a trial of each arm and returns what became of them, the arms in the
// order of running, and the run.
func carryOut(t *testing.T, f fake) (got told, arms []string, out *store.Run) {
	t.Helper()
	out = begin(t, f, 1)
	for _, trial := range out.Pending() {
		arms = append(arms, trial.Of.Factors[experiment.Arm])
	}
	got, err := goOn(t, t.Context(), f, out)
	if err != nil {
		t.Fatal(err)
	}
	return got, arms, out
}

// goOn runs what is left of a run.
func goOn(t *testing.T, ctx context.Context, f interface {
	experiment.Experiment
	observer() Observer
}, out *store.Run,
) (got told, err error) {
	t.Helper()
	l := lab.New("")
	defer l.Close()
	got = told{}
	r := Runner{Lab: l, Find: func(string) (experiment.Experiment, error) { return f, nil }, Progress: got, Observer: f.observer()}
	_, err = r.Run(ctx, out)
	return got, err
}

// TestFirstTrialIsTheReference runs sessions that know nothing of the world: the
// others must see what the first one that did not fail has seen.
func TestFirstTrialIsTheReference(t *testing.T) {
	got, arms, out := carryOut(t, fake{sees: map[string]string{"a": "1", "b": "2", "c": "3"}})
	first := map[string]string{"a": "1", "b": "2", "c": "3"}[arms[0]]
	if got[arms[0]] != "<nil>" {
		t.Errorf("the first trial: got %s", got[arms[0]])
	}
	for _, arm := range arms[1:] {
		if want := "the reference saw " + first; !strings.Contains(got[arm], want) {
			t.Errorf("%s: got %s, want %q", arm, got[arm], want)
		}
	}
	if worlds := out.Manifest().Worlds; len(worlds) != 1 || !maps.Equal(worlds["w"], map[string]string{"digest": first}) {
		t.Errorf("got references %v, want digest %s of world w", worlds, first)
	}
}

// TestFailedTrialIsNoReference lets all trials fail.
func TestFailedTrialIsNoReference(t *testing.T) {
	got, arms, out := carryOut(t, fake{sees: map[string]string{"a": "", "b": ""}})
	if worlds := out.Manifest().Worlds; len(worlds) != 0 || got[arms[0]] != "no luck" || got[arms[1]] != "no luck" {
		t.Errorf("got %v, references %v", got, worlds)
	}
}

// TestSessionNamesTheReference lets a liar come first or last: it alone is void.
func TestSessionNamesTheReference(t *testing.T) {
	for _, liar := range []string{"a", "b"} {
		sees := map[string]string{"a": "1", "b": "1"}
		sees[liar] = "0"
		got, arms, out := carryOut(t, fake{sees: sees, reference: "1"})
		for _, arm := range arms {
			if failed := got[arm] != "<nil>"; failed != (arm == liar) {
				t.Errorf("liar %s: %s: got %s", liar, arm, got[arm])
			}
		}
		if worlds := out.Manifest().Worlds; worlds["w"]["digest"] != "1" {
			t.Errorf("got references %v", worlds)
		}
	}
}

// A group of trials without a session has failed, and the run goes on.
func TestSessionThatCannotBeOpened(t *testing.T) {
	got, _, out := carryOut(t, fake{sees: map[string]string{"a": "1", "b": "1"}, shut: "a"})
	if got["a"] != "no such worker" || got["b"] != "<nil>" {
		t.Errorf("got %v", got)
	}
	if err := out.Finish(); err != nil {
		t.Error(err)
	}
}

// A trial in which this program was stopped says nothing of its workers: it is run
// again, and the run says so. One that is stopped every time fails for that reason.
func TestStoppedTrialIsRunAgain(t *testing.T) {
	left := map[string]int{"once": 1, "always": 1 << 30}
	got, _, out := carryOut(t, fake{sees: map[string]string{"once": "1", "always": "1"}, happens: func(_ context.Context, trial experiment.Trial) error {
		arm := trial.Of.Factors[experiment.Arm]
		if left[arm]--; left[arm] >= 0 {
			return fmt.Errorf("%w for 1m30s", lab.ErrStopped)
		}
		return nil
	}})
	if got["once"] != "<nil>" || !strings.Contains(got["always"], "was stopped for 1m30s") {
		t.Errorf("got %v", got)
	}
	warnings := strings.Join(out.Manifest().Warnings, "\n")
	if n := strings.Count(warnings, "was run again: this program was stopped for 1m30s"); n != 1+mostStops {
		t.Errorf("got %d warnings of a trial that was run again, want %d: %s", n, 1+mostStops, warnings)
	}
}

func TestHungTrialFails(t *testing.T) {
	got, _, _ := carryOut(t, fake{sees: map[string]string{"good": "1", "hung": "1"}, happens: func(ctx context.Context, trial experiment.Trial) error {
		if trial.Of.Factors[experiment.Arm] == "good" {
			return nil
		}
		<-ctx.Done()
		return context.Cause(ctx)
	}})
	if got["good"] != "<nil>" || !strings.Contains(got["hung"], "no end after 1s") {
		t.Errorf("got %v", got)
	}
}

// An interrupted run has recorded nothing of the trial that it was in, and goes on
// with that.
func TestInterruptedRunGoesOnWhereItWas(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	f := fake{sees: map[string]string{"a": "1"}}
	out := begin(t, f, 3)
	f.happens = func(_ context.Context, trial experiment.Trial) error {
		if trial.Number == 1 {
			interrupt()
		}
		return nil
	}
	if _, err := goOn(t, ctx, f, out); err == nil || !strings.Contains(err.Error(), "interrupted in trial 1 (a)") {
		t.Errorf("got %v, want it interrupted in trial 1", err)
	}
	if left := out.Pending(); len(left) != 2 || left[0].Number != 1 {
		t.Errorf("got %v left, want trials 1 and 2", left)
	}
	if got, err := goOn(t, t.Context(), f, out); err != nil || got["a"] != "<nil>" {
		t.Errorf("got %v, %v", got, err)
	}
	if err := out.Finish(); err != nil {
		t.Error(err)
	}
}

// A growing fake's figure is the same in all blocks of a, and not in those of b.
type growing struct{ fake }

func (growing) Figures(s []experiment.Sample) map[string]float64 {
	cost := 1.0
	if s[0].Cell == 1 {
		cost += float64(s[0].Block%5) / 10
	}
	return map[string]float64{"cost": cost}
}

// A run that grows and is interrupted goes on with the rounds that it would have had,
// and says at the end why it stopped.
func TestInterruptedGrowthGoesOn(t *testing.T) {
	f := growing{fake{sees: map[string]string{"a": "1", "b": "1"}}}
	plan := experiment.Plan{
		Experiments: []string{"fake"}, Profile: experiment.Quick, Seed: 1, Blocks: 3,
		Growth: &experiment.Growth{Seconds: 1e6, MostBlocks: 20, Comparisons: []experiment.Comparison{{Cell: 1, With: 0, Width: 0.01}}},
	}
	for _, arm := range []string{"a", "b"} {
		plan.Cells = append(plan.Cells, experiment.Cell{Experiment: "fake", Group: "pair", Factors: experiment.Factors{experiment.Arm: arm}})
	}
	dir := t.TempDir()
	out, err := store.Create(dir, store.Manifest{Plan: plan})
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Finish(); err == nil {
		t.Error("a run of which nothing was run is finished")
	}
	if out, err = store.Resume(dir, func(store.Manifest) error { return nil }); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	f.happens = func(_ context.Context, trial experiment.Trial) error {
		if trial.Number == 13 { // in the third round or so
			interrupt()
		}
		return nil
	}
	if _, err := goOn(t, ctx, f, out); err == nil || len(out.Manifest().Plan.Rounds) == 0 {
		t.Fatalf("got %v, and the rounds %v", err, out.Manifest().Plan.Rounds)
	}
	out.Close()
	if out, err = store.Resume(dir, func(store.Manifest) error { return nil }); err != nil {
		t.Fatal(err)
	}
	f.happens = nil
	if _, err := goOn(t, t.Context(), f, out); err != nil {
		t.Fatal(err)
	}
	if err := out.Finish(); err != nil {
		t.Fatal(err)
	}
	find := func(string) (experiment.Experiment, bool) { return f, true }
	r, err := store.Load(dir, find)
	if err != nil {
		t.Fatal(err)
	}
	rounds := r.Manifest.Plan.Rounds
	if n := r.Manifest.Plan.BlocksOf("pair"); n != 20 || len(r.Samples) != 40 {
		t.Errorf("got %d blocks and %d samples, want 20 and 40", n, len(r.Samples))
	}
	if last := rounds[len(rounds)-1]; last.End != experiment.Narrow {
		t.Errorf("got the end %q, want %q", last.End, experiment.Narrow)
	}
}
