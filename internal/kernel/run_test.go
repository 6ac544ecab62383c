package kernel

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func run(t *testing.T, r *Runner) *Results {
	t.Helper()
	results := &Results{}
	if err := r.Run(t.Context(), results); err != nil {
		t.Fatal(err)
	}
	return results
}

// TestRunMeasuresEverything runs all kinds of workers on four worlds and checks
// every number against the prices that the workers charge.
func TestRunMeasuresEverything(t *testing.T) {
	r := fakeRunner(t, "")
	r.Worlds = smallWorlds()
	saved := 0
	r.Save = func(*Results) error { saved++; return nil }
	results := run(t, r)
	if len(results.Failures) > 0 || !results.Complete || saved != len(r.Worlds) {
		t.Fatalf("got failures %v, complete %v, saved %d times", results.Failures, results.Complete, saved)
	}
	if c := results.Calibration; c["mix1"] != 2 || c["mix4"] != 8 || c["shiny"] != 1 || len(c) != 7 {
		t.Errorf("got constants %v, want seven of them, by their short names, without the one that is NaN", c)
	}
	missing := map[string]string{}
	for _, m := range results.Missing {
		missing[m.Backend] = m.Reason
	}
	want := map[string]string{
		"neon": "not an ARM processor", "wazero-scalar": "no module",
		"wazero-threads": "the go worker has no wazero-threads", "v8-wasm-scalar": "the node worker has no wasm-scalar",
	}
	if len(missing) != len(want) {
		t.Errorf("got missing %v, want %v", missing, want)
	}
	for name, reason := range want {
		if !strings.Contains(missing[name], reason) {
			t.Errorf("%s: got reason %q, want %q", name, missing[name], reason)
		}
	}
	if got, want := len(results.Timings), len(r.Worlds)*3*3*len(results.Backends); got != want || len(results.Backends) != 10 {
		t.Errorf("got %d timings of %d back ends, want %d of 10", got, len(results.Backends), want)
	}
	for _, timing := range results.Timings {
		boids := 0
		for _, w := range results.Worlds {
			if w.Name == timing.World {
				boids = w.Boids
			}
		}
		b, _ := find(timing.Backend)
		if got, want := float64(timing.NS)/float64(timing.Reps*boids), fakePrice(b.Own, timing.Phase); got < 0.99*want || got > 1.01*want {
			t.Fatalf("%+v: got %g ns a boid, want %g", timing, got, want)
		}
		if d := time.Duration(timing.NS); d < shortest || d > 3*usual {
			t.Errorf("%+v lasts %v, want about %v", timing, d, usual)
		}
	}
	for _, w := range results.Worlds {
		for i, c := range w.Rounds {
			if want := warmUp + (i+1)*between; c.Tick != want || c.Neighbours != uint64(8*w.Boids+want+1) || c.Candidates != 54 {
				t.Errorf("%s round %d: got %+v, want tick %d and what the referee says", w.Name, i, c, want)
			}
		}
	}
}

// Workers that step with the engine agree with the referee that does, in space
// and in the plane: the policy, the seed and the genes reach them.
func TestEngineIsItsOwnReferee(t *testing.T) {
	r := fakeRunner(t, "")
	r.Referee, r.Worlds, r.Rounds = NewReferee, []World{smallWorlds()[0], smallWorlds()[3]}, 1
	r.Backends = ofKind(Ladder(), NativeScalar)
	for i := range r.Programs {
		r.Programs[i].Env = append(r.Programs[i].Env, fakeReal+"=yes")
	}
	results := run(t, r)
	if len(results.Failures) > 0 || len(results.Timings) != 6 {
		t.Errorf("got %d timings and failures %v", len(results.Timings), results.Failures)
	}
	for _, w := range results.Worlds {
		if c := w.Rounds[0]; c.Neighbours == 0 || c.Candidates < float64(c.Neighbours)/float64(w.Boids) {
			t.Errorf("%s: got %+v, want more candidates than neighbours", w.Name, c)
		}
	}
}

// Every order of timings is a matter of the seed, and rounds differ in theirs.
func TestOrderIsRandomAndSeeded(t *testing.T) {
	order := func(seed uint64) (rounds [3]string) {
		r := fakeRunner(t, "")
		r.Seed = seed
		for _, timing := range run(t, r).Timings {
			rounds[timing.Round] += timing.Backend + string(timing.Phase) + " "
		}
		return rounds
	}
	one, again, other := order(1), order(1), order(2)
	if one != again {
		t.Error("the same seed gave another order")
	}
	if one == other || one[0] == one[1] {
		t.Error("another seed, or another round, gave the same order")
	}
}

// TestFaults lets the native worker do everything that it must not: its back
// ends, or one of them, leave with a reason, and the others are measured.
func TestFaults(t *testing.T) {
	const all = "scalar-autovec sse2 avx2 threads"
	for _, c := range []struct{ fault, dropped, reason string }{
		{"digest sse2=flip", "sse2", "it computed another world: the digest of sse2 after tick 61 is"},
		{"digest sse2=refuse", "sse2", "native: digest: out of luck"},
		{"time avx2 step=refuse", "avx2", "native: time: out of luck"},
		{"time avx2 step=more", "avx2", "neighbours, the referee"},
		{"advance=flip", all, "it computed another world: at tick 60 the chain of the native worker is"},
		{"advance=more", all, "neighbours, the referee's"},
		{"advance 7=short", all, "native: advance: a reply of 0 words, want 2"},
		{"advance 7=die", all, "native: advance: it died: exit status 3: an assertion failed"},
		{"time sse2=die", all, "native: time: it died: exit status 3: an assertion failed"},
		{"time sse2=leave", all, "it left before it was told to"},
		{"digest avx2=garbage", all, `reply "what?" is neither ok nor error`},
		{"time threads sort=flood", all, "a reply of more than 65536 bytes"},
		{"world=refuse", all, "native: world: out of luck"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			results := run(t, fakeRunner(t, c.fault))
			failed := map[string]string{}
			for _, f := range results.Failures {
				failed[f.Backend] = f.Reason
			}
			if len(failed) != len(strings.Fields(c.dropped)) {
				t.Fatalf("got failures %v, want those of %s", failed, c.dropped)
			}
			for _, name := range strings.Fields(c.dropped) {
				if !strings.Contains(failed[name], c.reason) {
					t.Errorf("%s: got %q, want %q", name, failed[name], c.reason)
				}
			}
			if a := Analyze(results); len(a.Worlds[0].Rows)+len(failed) != 10 {
				t.Errorf("got %d rows and %d failures, want 10 together", len(a.Worlds[0].Rows), len(failed))
			}
		})
	}
}

// A worker that is no worker offers nothing, and says why.
func TestProbeFaults(t *testing.T) {
	for _, c := range []struct{ fault, backend, reason, warning string }{
		{"backends=die", SSE2, "it died: exit status 3: an assertion failed", "limits are not known"},
		{"backends=garbage", SSE2, "neither ok nor error", "limits are not known"},
		{"calibrate=refuse", "neon", "", "the machine's limits are not known: native: calibrate: out of luck"},
		{"dense=short", "neon", "", "not every ceiling is known: native: dense: a reply of 0 words"},
	} {
		results := run(t, fakeRunner(t, c.fault))
		found := false
		for _, m := range results.Missing {
			found = found || (m.Backend == c.backend && strings.Contains(m.Reason, c.reason))
		}
		if !found {
			t.Errorf("%s: got missing %v, want %s: %s", c.fault, results.Missing, c.backend, c.reason)
		}
		if !strings.Contains(strings.Join(results.Warnings, "\n"), c.warning) {
			t.Errorf("%s: got warnings %q, want %q", c.fault, results.Warnings, c.warning)
		}
	}
}

func TestBusyMachineIsSaid(t *testing.T) {
	for load, want := range map[float64]int{0.1: 0, 3: 1} {
		r, results := fakeRunner(t, ""), &Results{}
		results.Machine.LoadAverage[0] = load
		if err := r.Run(t.Context(), results); err != nil {
			t.Fatal(err)
		}
		if len(results.Warnings) != want {
			t.Errorf("load %g: got warnings %q, want %d", load, results.Warnings, want)
		}
	}
}

func TestNothingToMeasure(t *testing.T) {
	r := fakeRunner(t, "")
	r.Programs = []Program{{Kind: Native, Command: []string{"/no/such/worker"}}}
	err := r.Run(t.Context(), &Results{})
	if err == nil || !strings.Contains(err.Error(), "no back end can run here") || !strings.Contains(err.Error(), "/no/such/worker") {
		t.Errorf("got %v, want no back end with a reason for each", err)
	}
}

// TestInterruptLeavesNoProcess interrupts a run while a worker hangs, and looks
// for what is left of it.
func TestInterruptLeavesNoProcess(t *testing.T) {
	r := fakeRunner(t, "advance 7=hang")
	pids := filepath.Join(t.TempDir(), "pids")
	for i := range r.Programs {
		// A shell in between is a child that holds the pipes: the group must go.
		exe := r.Programs[i].Command[0]
		r.Programs[i].Command = []string{"/bin/sh", "-c", `echo $$ >> "$0"; "$1"; exit $?`, pids, exe}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r.Progress = interrupter{after: 2, cancel: func() { time.AfterFunc(300*time.Millisecond, cancel) }}
	err := r.Run(ctx, &Results{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	content, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	if !alive(t, syscall.Getpgrp()) {
		t.Fatal("this test itself is not found among the processes")
	}
	list := strings.Fields(string(content))
	if len(list) < 8 {
		t.Fatalf("got %d workers, want those of the probe and of a world", len(list))
	}
	for _, word := range list {
		pid, err := strconv.Atoi(word)
		if err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(10 * time.Second); alive(t, pid); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Errorf("a process of group %d is still there", pid)
				break
			}
		}
	}
}

// alive reports whether a process of the group runs. One that is dead, and that
// nobody has waited for, does not.
func alive(t *testing.T, group int) bool {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(files) == 0 {
		t.Fatalf("read /proc: %d processes, %v", len(files), err)
	}
	for _, file := range files {
		content, _ := os.ReadFile(file) // none: it has just ended
		_, rest, _ := strings.Cut(string(content), ") ")
		if fields := strings.Fields(rest); len(fields) > 2 && fields[2] == strconv.Itoa(group) && fields[0] != "Z" {
			return true
		}
	}
	return false
}

// An interrupter interrupts at the given piece of work.
type interrupter struct {
	after  int
	cancel func()
}

func (i interrupter) Doing(done, _ int, _ string) {
	if done == i.after {
		i.cancel()
	}
}
