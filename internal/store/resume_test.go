package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
)

// numbers returns trials as "number/attempt".
func numbers(trials []experiment.Trial) string {
	var words []string
	for _, t := range trials {
		words = append(words, fmt.Sprintf("%d/%d", t.Number, t.Attempt))
	}
	return strings.Join(words, " ")
}

// TestRefusalLeavesEveryByte refuses a resumption at the last moment, when there
// would be a tail to cut, and before that.
func TestRefusalLeavesEveryByte(t *testing.T) {
	dir := t.TempDir()
	record(t, dir, 1, 2).Close()
	appendTo(t, filepath.Join(dir, SamplesName), "{torn")
	before := snapshot(t, dir)
	_, err := Resume(dir, func(m Manifest) error { return errors.New("another machine than that of " + m.Version.Copytax) })
	wantErr(t, err, "another machine", "v1")
	if got := snapshot(t, dir); !reflect.DeepEqual(got, before) {
		t.Errorf("a refused resumption changed the folder: got %v, want %v", got, before)
	}
	whole := finished(t, 1)
	before = snapshot(t, whole)
	_, err = Resume(whole, func(Manifest) error { t.Error("asked although there is nothing to resume"); return nil })
	wantErr(t, err, "nothing to resume")
	if got := snapshot(t, whole); !reflect.DeepEqual(got, before) {
		t.Errorf("a refused resumption changed the folder: got %v, want %v", got, before)
	}
	r, err := Resume(dir, allowed)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	if got := wantSound(t, dir).Manifest.Warnings; len(got) != 1 || !strings.Contains(got[0], "5 bytes of an unfinished trial") {
		t.Errorf("got warnings %q of an allowed resumption", got)
	}
}

// TestFailedTrialsRunAgain resumes a complete run of which trials failed, twice.
func TestFailedTrialsRunAgain(t *testing.T) {
	dir := t.TempDir()
	r := record(t, dir, 1, 4)
	if err := errors.Join(r.Append(failedTrial(1, 0)), r.Append(failedTrial(2, 0)), r.Append(testTrial(3)...), r.Finish()); err != nil {
		t.Fatal(err)
	}
	if got := wantSound(t, dir); got.Coverage() != "4 of 4 trials, 2 failed" {
		t.Errorf("got %s", got.Coverage())
	}
	r = reopened(t, dir, "1/1 2/1")
	if r.Manifest().State != Running || !strings.Contains(strings.Join(r.Manifest().Warnings, "\n"), "2 failed trials are run again") {
		t.Errorf("got state %s, warnings %q", r.Manifest().State, r.Manifest().Warnings)
	}
	if err := errors.Join(r.Append(failedTrial(1, 1)), r.Close()); err != nil {
		t.Fatal(err)
	}
	wantSound(t, dir)
	r = reopened(t, dir, "1/2 2/1")
	mended := testTrial(1)
	for i := range mended {
		mended[i].Attempt = 2
	}
	if err := errors.Join(r.Append(mended...), r.Append(failedTrial(2, 1))); err != nil {
		t.Fatal(err)
	}
	if left := numbers(r.Pending()); left != "" {
		t.Errorf("got %s pending, want nothing: what fails now is for the next resumption", left)
	}
	if err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	wantFailures(t, wantSound(t, dir).Experiment())
}

func reopened(t *testing.T, dir, pending string) *Run {
	t.Helper()
	r, err := Resume(dir, allowed)
	if err != nil {
		t.Fatal(err)
	}
	if got := numbers(r.Pending()); got != pending {
		t.Errorf("got pending %s, want %s", got, pending)
	}
	return r
}

func wantFailures(t *testing.T, r *experiment.Results) {
	t.Helper()
	var got []string
	for _, f := range r.Failures {
		got = append(got, fmt.Sprintf("%d/%d %v", f.Number, f.Attempt, f.Mended))
	}
	if want := "1/0 true, 2/0 false, 1/1 true, 2/1 false"; strings.Join(got, ", ") != want {
		t.Errorf("got failures %v, want %s", got, want)
	}
	if len(r.Samples) != 9 || r.Samples[8].Trial != 1 || r.Samples[8].Attempt != 2 {
		t.Errorf("got %d samples, want 9, the last of trial 1", len(r.Samples))
	}
}

// TestInterruptedRunGoesOn runs what is missing before what failed.
func TestInterruptedRunGoesOn(t *testing.T) {
	dir := t.TempDir()
	r := record(t, dir, 0, 3)
	if err := errors.Join(r.Append(failedTrial(0, 0)), r.Close()); err != nil {
		t.Fatal(err)
	}
	r = reopened(t, dir, "1/0 2/0 0/1")
	early := testTrial(0)
	for i := range early {
		early[i].Attempt = 1
	}
	wantErr(t, r.Append(early...), "run again before trial 1 was run")
	if err := errors.Join(r.Append(testTrial(1)...), r.Append(testTrial(2)...), r.Append(early...), r.Finish()); err != nil {
		t.Fatal(err)
	}
	wantSound(t, dir)
}
