package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/store"
)

// A neighbour uses so much of the machine in each try, nothing behind the last.
type neighbour struct {
	uses []float64
	at   int
}

func (n *neighbour) Begin() (end func() *experiment.Environment) {
	return func() *experiment.Environment {
		used := 0.0
		if n.at < len(n.uses) {
			used = n.uses[n.at]
		}
		n.at++
		return &experiment.Environment{Start: time.Unix(int64(n.at), 0).UTC(), Others: &used}
	}
}

// disturbed is a run of one arm beside a neighbour.
func disturbed(uses ...float64) fake {
	return fake{sees: map[string]string{"a": "1"}, rule: experiment.UsualEnvironment(2), around: &neighbour{uses: uses}}
}

// tries loads a finished run and returns what is recorded, as trial/attempt/repeat with a
// star where it is void, and what comes of it.
func tries(t *testing.T, out *store.Run) (lines string, results *experiment.Results) {
	t.Helper()
	if err := out.Finish(); err != nil {
		t.Fatal(err)
	}
	loaded, err := store.Load(out.Dir(), func(string) (experiment.Experiment, bool) { return fake{}, true })
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, s := range loaded.Samples {
		words = append(words, name(s))
	}
	return strings.Join(words, " "), loaded.Experiment()
}

func name(s experiment.Sample) string {
	word := fmt.Sprintf("%d/%d/%d", s.Trial, s.Attempt, s.Repeat)
	if s.Void != "" {
		word += "*"
	}
	return word
}

func TestVoidTryIsRepeatedAtOnce(t *testing.T) {
	for _, c := range []struct {
		uses               []float64
		tries, counts, not string
		stillVoid, read    int
	}{
		{nil, "0/0/0 1/0/0", "0/0/0 1/0/0", "", 0, 2},
		{[]float64{0.2}, "0/0/0* 0/0/1 1/0/0", "0/0/1 1/0/0", "0/0/0", 0, 3},
		{[]float64{0.2, 0.3}, "0/0/0* 0/0/1* 0/0/2 1/0/0", "0/0/2 1/0/0", "0/0/0 0/0/1", 0, 4},
		{[]float64{0, 0.2, 0.2, 0.2, 0.2}, "0/0/0 1/0/0* 1/0/1* 1/0/2*", "0/0/0 1/0/2*", "1/0/0 1/0/1", 1, 4},
	} {
		f := disturbed(c.uses...)
		out := begin(t, f, 2)
		if _, err := goOn(t, t.Context(), f, out); err != nil {
			t.Fatal(err)
		}
		got, results := tries(t, out)
		if got != c.tries {
			t.Errorf("%v: got tries %s, want %s", c.uses, got, c.tries)
		}
		var counts, not []string
		for _, s := range results.Samples {
			counts = append(counts, name(s))
		}
		for _, v := range results.Voided {
			not = append(not, fmt.Sprintf("%d/%d/%d", v.Number, v.Attempt, v.Repeat))
			if !strings.Contains(v.Reason, "other programs used") || len(v.Samples) != 1 || v.Samples[0].Environment == nil {
				t.Errorf("%v: got %+v, want a reason and the figures", c.uses, v)
			}
		}
		if strings.Join(counts, " ") != c.counts || strings.Join(not, " ") != c.not || len(results.StillVoid()) != c.stillVoid {
			t.Errorf("%v: got %s, voided %s, still void %d; want %s, %s, %d", c.uses, counts, not, len(results.StillVoid()), c.counts, c.not, c.stillVoid)
		}
		if n := f.around.(*neighbour).at; n != c.read {
			t.Errorf("%v: %d environments were read, want %d", c.uses, n, c.read)
		}
		for _, s := range results.Samples { // pairs stay pairs
			if s.Moment() != (experiment.Moment{Block: s.Block}) {
				t.Errorf("%v: got moment %v of block %d", c.uses, s.Moment(), s.Block)
			}
		}
	}
}

// A trial that failed is no void one, however disturbed: it is not run again at once.
func TestFailureIsNotVoid(t *testing.T) {
	f := disturbed(0.5)
	f.happens = func(_ context.Context, trial experiment.Trial) error {
		if trial.Number == 0 {
			return errors.New("no luck")
		}
		return nil
	}
	out := begin(t, f, 2)
	if _, err := goOn(t, t.Context(), f, out); err != nil {
		t.Fatal(err)
	}
	got, results := tries(t, out)
	if got != "0/0/0 1/0/0" || len(results.Failures) != 1 || len(results.Voided) != 0 {
		t.Errorf("got %s, failures %v, voided %v", got, results.Failures, results.Voided)
	}
}

// A repeat that fails is the attempt's failure: the void try before it does not count.
func TestRepeatThatFails(t *testing.T) {
	f := disturbed(0.5)
	f.happens = func(_ context.Context, trial experiment.Trial) error {
		if trial.Repeat == 1 {
			return errors.New("no luck")
		}
		return nil
	}
	out := begin(t, f, 1)
	if _, err := goOn(t, t.Context(), f, out); err != nil {
		t.Fatal(err)
	}
	got, results := tries(t, out)
	if got != "0/0/0* 0/0/1" || len(results.Samples) != 0 || len(results.Failures) != 1 || len(results.Voided) != 1 {
		t.Errorf("got %s, %d samples, failures %v", got, len(results.Samples), results.Failures)
	}
}

// A run that is killed between a void try and its repeat goes on with the repeat, which
// is of the same block.
func TestResumedRunRepeatsTheVoidTry(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	f := disturbed(0.2)
	f.happens = func(_ context.Context, trial experiment.Trial) error {
		if trial.Repeat == 1 {
			interrupt()
		}
		return nil
	}
	out := begin(t, f, 2)
	if _, err := goOn(t, ctx, f, out); err == nil || !strings.Contains(err.Error(), "interrupted in trial 0") {
		t.Fatalf("got %v, want it interrupted in the repeat", err)
	}
	wantPending := func(out *store.Run) {
		t.Helper()
		left := out.Pending()
		if len(left) != 2 || left[0].Number != 0 || left[0].Repeat != 1 || left[1].Number != 1 || left[1].Repeat != 0 {
			t.Errorf("got %+v left, want the repeat of trial 0, then trial 1", left)
		}
	}
	wantPending(out)
	if err := out.Finish(); err == nil {
		t.Error("a run without the repeat could be finished")
	}
	again, err := store.Resume(out.Dir(), func(store.Manifest) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	wantPending(again)
	f.happens = nil
	if _, err := goOn(t, t.Context(), f, again); err != nil {
		t.Fatal(err)
	}
	if got, results := tries(t, again); got != "0/0/0* 0/0/1 1/0/0" || len(results.Samples) != 2 {
		t.Errorf("got %s", got)
	}
}

// The arms of a block that were repeated and that were not are still compared.
func TestPairsStayPairs(t *testing.T) {
	f := disturbed(0.2, 0, 0, 0.2, 0.2)
	f.sees = map[string]string{"a": "1", "b": "1"}
	out := begin(t, f, 2)
	if _, err := goOn(t, t.Context(), f, out); err != nil {
		t.Fatal(err)
	}
	_, results := tries(t, out)
	a, b := results.Samples.Where(experiment.Arm, "a"), results.Samples.Where(experiment.Arm, "b")
	moments := func(all experiment.Samples) (list []experiment.Moment) {
		for _, s := range all {
			list = append(list, s.Moment())
		}
		return list
	}
	if len(a) != 2 || !slices.Equal(moments(a), moments(b)) || len(results.Voided) != 3 {
		t.Errorf("got moments %v and %v, %d voided", moments(a), moments(b), len(results.Voided))
	}
}

// Without a rule an environment is recorded and voids nothing.
func TestWithoutARuleNothingIsVoid(t *testing.T) {
	f := disturbed(0.9)
	f.rule = nil
	out := begin(t, f, 1)
	if _, err := goOn(t, t.Context(), f, out); err != nil {
		t.Fatal(err)
	}
	if got, results := tries(t, out); got != "0/0/0" || results.Samples[0].Environment == nil {
		t.Errorf("got %s, %+v", got, results.Samples)
	}
}
