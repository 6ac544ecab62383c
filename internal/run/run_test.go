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
}

func (fake) Duties(experiment.Cell) []experiment.Duty {
	return []experiment.Duty{{Worker: "all", Evidence: []string{"digest"}}}
}

func (fake) World(experiment.Trial) string { return "w" }

func (f fake) Open(context.Context, *lab.Lab, []experiment.Cell) (experiment.Session, error) {
	if f.reference != "" {
		return knowing{session{f}}, nil
	}
	return session{f}, nil
}

type session struct{ fake }

func (s session) Measure(_ context.Context, t experiment.Trial) ([]experiment.Sample, error) {
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

// carryOut runs a trial of each arm and returns what became of them, the arms in the
// order of running, and the run.
func carryOut(t *testing.T, f fake) (got told, arms []string, out *store.Run) {
	t.Helper()
	plan := experiment.Plan{Experiments: []string{"fake"}, Profile: experiment.Quick, Seed: 1, Blocks: 1}
	for _, arm := range slices.Sorted(maps.Keys(f.sees)) {
		plan.Cells = append(plan.Cells, experiment.Cell{Experiment: "fake", Factors: experiment.Factors{experiment.Arm: arm}})
	}
	for _, trial := range plan.Order() {
		arms = append(arms, trial.Of.Factors[experiment.Arm])
	}
	out, err := store.Create(t.TempDir(), store.Manifest{Plan: plan})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	l := lab.New("")
	t.Cleanup(l.Close)
	got = told{}
	r := Runner{Lab: l, Find: func(string) (experiment.Experiment, error) { return f, nil }, Progress: got}
	if _, err := r.Run(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	return got, arms, out
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
