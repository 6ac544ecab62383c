package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment"
)

// around is an environment in which other programs use so much, and a ruler takes so long.
func around(others, alu float64) *experiment.Environment {
	return &experiment.Environment{Start: time.Unix(9, 0).UTC(), Others: &others, Before: experiment.Rulers{ALU: &alu}}
}

// tryOf returns a try of a trial in an environment.
func tryOf(trial, repeat int, e *experiment.Environment, void string) []experiment.Sample {
	samples := testTrial(trial)
	samples[0].Environment = e
	for i := range samples {
		samples[i].Repeat, samples[i].Void, samples[i].Series = repeat, void, nil
	}
	return samples
}

const (
	busyReason = "other programs used 20.0% of the processor time, more than 5%"
	slowReason = "the machine was slower before it: the alu ruler took 2.0 ns, more than 1.5 times the usual 1.0 ns"
)

// surroundedRun is a run of eight trials: the second was void once, the third to the
// last try, the seventh on a slow machine.
func surroundedRun() forged {
	m := testManifest(8)
	m.Plan.Environment = experiment.UsualEnvironment(2)
	f := forged{m: m}
	add := func(samples ...experiment.Sample) { f.samples = append(f.samples, samples...) }
	calm, busy := around(0, 1), around(0.2, 1)
	add(tryOf(0, 0, calm, "")...)
	add(tryOf(1, 0, busy, busyReason)...)
	add(tryOf(1, 1, calm, "")...)
	for repeat := range 3 {
		add(tryOf(2, repeat, busy, busyReason)...)
	}
	for trial := 3; trial < 6; trial++ {
		add(tryOf(trial, 0, calm, "")...)
	}
	add(tryOf(6, 0, around(0, 2), slowReason)...)
	add(tryOf(6, 1, calm, "")...)
	add(tryOf(7, 0, calm, "")...)
	return f
}

// all changes all lines of a try.
func (f *forged) all(trial, repeat int, change func(*experiment.Sample)) {
	for i := range f.samples {
		if s := &f.samples[i]; s.Trial == trial && s.Repeat == repeat {
			change(s)
		}
	}
}

func (f *forged) dropTry(trial, repeat int) {
	f.drop(func(s experiment.Sample) bool { return s.Trial == trial && s.Repeat == repeat })
}

// sealed writes a run with all hashes and returns its folder.
func (f *forged) sealed(t *testing.T) string {
	t.Helper()
	f.m.Schema, f.m.State, f.m.Finished = Schema, Complete, f.m.Created.Add(time.Hour)
	dir := t.TempDir()
	seal(t, dir, f.m, f.samples)
	return dir
}

func TestSurroundedRunIsSound(t *testing.T) {
	f := surroundedRun()
	loaded := wantSound(t, f.sealed(t))
	r := loaded.Experiment()
	if len(r.Samples) != 8*3 || len(r.Voided) != 4 || len(r.StillVoid()) != 1 || r.StillVoid()[0].Trial != 2 {
		t.Errorf("got %d samples, voided %v, still void %v", len(r.Samples), r.Voided, r.StillVoid())
	}
	counted := 0
	for i := range loaded.Samples {
		if loaded.Counts(i) {
			counted++
		}
	}
	if counted != len(r.Samples) {
		t.Errorf("%d samples count, want the %d of the results", counted, len(r.Samples))
	}
}

// Each would keep figures that the rule has voided, or void some that it has not.
func TestForgedSurroundings(t *testing.T) {
	for name, c := range map[string]struct {
		forge func(f *forged)
		want  string
	}{
		"void try removed": {func(f *forged) { f.dropTry(1, 0) }, "trial 1, repeat 1: there is no void try before it"},
		"void try removed and its repeat numbered anew": {func(f *forged) {
			f.dropTry(6, 0)
			f.all(6, 1, func(s *experiment.Sample) { s.Repeat = 0; s.Environment = nil })
		}, "trial 6: it does not say what its environment was"},
		"repeat removed":                   {func(f *forged) { f.dropTry(1, 1) }, "where trial 1, repeat 1, is due"},
		"repeat of the last trial removed": {func(f *forged) { f.samples, f.m.Plan.Blocks = f.samples[:len(f.samples)-6], 7 }, "its last try was void and is to be repeated"},
		"a repeat too many":                {func(f *forged) { f.samples = slices.Insert(f.samples, 18, tryOf(2, 3, around(0, 1), "")...) }, "trial 2, repeat 3: there is no void try before it"},
		"repeats exchanged": {func(f *forged) {
			f.all(2, 1, func(s *experiment.Sample) { s.Repeat = 9 })
			f.all(2, 2, func(s *experiment.Sample) { s.Repeat = 1 })
			f.all(2, 9, func(s *experiment.Sample) { s.Repeat = 2 })
		}, "where trial 2, repeat 1, is due"},
		"negative repeat":               {func(f *forged) { f.all(0, 0, func(s *experiment.Sample) { s.Repeat = -1 }) }, "want no negative number"},
		"called void":                   {func(f *forged) { f.all(0, 0, func(s *experiment.Sample) { s.Void = busyReason }) }, "is said to be void (" + busyReason + "), which it is not"},
		"not called void":               {func(f *forged) { f.all(2, 2, func(s *experiment.Sample) { s.Void = "" }) }, "trial 2 is not said to be void, which it is by the plan's rule: other programs"},
		"void for another reason":       {func(f *forged) { f.all(2, 2, func(s *experiment.Sample) { s.Void = slowReason }) }, "by the plan's rule it is so because of"},
		"void on one line":              {func(f *forged) { f.samples[1].Void = busyReason }, "do not agree on being void"},
		"environment on another line":   {func(f *forged) { f.samples[1].Environment = around(0, 1) }, "not on its first line alone"},
		"environment removed":           {func(f *forged) { f.samples[0].Environment = nil }, "trial 0: it does not say what its environment was"},
		"environment of a calm machine": {func(f *forged) { f.all(1, 0, func(s *experiment.Sample) { s.Environment = calmOn(s) }) }, "trial 1 is said to be void"},
		"environment without sense":     {func(f *forged) { f.samples[0].Environment = around(-1, 1) }, "others_fraction is -1"},
		"earlier rulers slowed": {func(f *forged) {
			f.all(0, 0, slowed)
			f.all(1, 1, slowed)
			f.all(3, 0, slowed)
			f.all(4, 0, slowed)
			f.all(5, 0, slowed)
		}, "trial 6 is said to be void"},
		"rule removed":        {func(f *forged) { f.m.Plan.Environment = nil }, "is said to be void"},
		"another rule":        {func(f *forged) { f.changeRule(func(r *experiment.EnvironmentRule) { r.Others = 0.5 }) }, "trial 1 is said to be void"},
		"more repeats":        {func(f *forged) { f.changeRule(func(r *experiment.EnvironmentRule) { r.Repeats = 3 }) }, "trial 3, repeat 0, where trial 2, repeat 3, is due"},
		"a rule that is none": {func(f *forged) { f.changeRule(func(r *experiment.EnvironmentRule) { r.Slower = 0 }) }, "want thresholds above 0"},
	} {
		t.Run(name, func(t *testing.T) {
			f := surroundedRun()
			c.forge(&f)
			dir := f.sealed(t)
			wantErr(t, problems(dir), c.want)
			if _, err := Load(dir, stubs); err == nil {
				t.Error("a report could be made of it")
			}
		})
	}
}

func calmOn(s *experiment.Sample) *experiment.Environment {
	if s.Environment == nil {
		return nil
	}
	return around(0, 1)
}

func slowed(s *experiment.Sample) {
	if s.Environment != nil {
		s.Environment = around(0, 2)
	}
}

func (f *forged) changeRule(change func(*experiment.EnvironmentRule)) {
	rule := *f.m.Plan.Environment
	change(&rule)
	f.m.Plan.Environment = &rule
}

// ruled begins a run of two trials, of which a void try is repeated once.
func ruled(t *testing.T) (r *Run, dir string) {
	t.Helper()
	m := testManifest(2)
	m.Plan.Environment = experiment.UsualEnvironment(1)
	dir = t.TempDir()
	r, err := Create(dir, m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r, dir
}

// What the rule forbids cannot be recorded either.
func TestVoidTriesAreRecordedByTheRule(t *testing.T) {
	r, dir := ruled(t)
	busy := around(0.2, 1)
	if got := r.Void(busy); got != busyReason {
		t.Errorf("got %q, want %q", got, busyReason)
	}
	wantErr(t, r.Append(tryOf(0, 0, busy, "")...), "is not said to be void")
	wantErr(t, r.Append(tryOf(0, 0, nil, "")...), "does not say what its environment was")
	if err := r.Append(tryOf(0, 0, busy, busyReason)...); err != nil {
		t.Fatal(err)
	}
	if due, ok := r.Due(); !ok || due.Number != 0 || due.Repeat != 1 || due.Seed != r.Pending()[0].Seed {
		t.Errorf("got %+v due, want the repeat of trial 0", due)
	}
	wantErr(t, r.Append(tryOf(1, 0, around(0, 1), "")...), "where trial 0, repeat 1, is due")
	wantErr(t, r.Finish(), "trials of the plan are left")
	again := reopened(t, dir, "0/0 1/0")
	if err := errors.Join(again.Append(tryOf(0, 1, busy, busyReason)...), again.Append(tryOf(1, 0, around(0, 1), "")...)); err != nil {
		t.Fatal(err)
	}
	if due, ok := again.Due(); ok {
		t.Errorf("got %+v due behind the last repeat", due)
	}
	if err := again.Finish(); err != nil {
		t.Fatal(err)
	}
	wantSound(t, dir)
}

// A trial that failed may owe its environment, and is run again as ever.
func TestFailedTrialBesideARule(t *testing.T) {
	r, dir := ruled(t)
	disturbed := failedTrial(1, 0)
	disturbed.Environment = around(0.9, 1)
	if err := errors.Join(r.Append(failedTrial(0, 0)), r.Append(disturbed), r.Finish()); err != nil {
		t.Fatal(err)
	}
	wantSound(t, dir)
	reopened(t, dir, "0/1 1/1").Close()
}
