package physics

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/judge"
	"github.com/copytax/copytax/scenarios/physics/worker"
)

// carryOut measures a plan as the runner does, and judges its trials.
func carryOut(t *testing.T, w *workplace, exp experiment.Experiment, plan experiment.Plan) (samples experiment.Samples, failed map[string]string) {
	t.Helper()
	failed = map[string]string{}
	trials := plan.Order()
	for len(trials) > 0 {
		n := 1
		for n < len(trials) && trials[n].Block == trials[0].Block && trials[n].Of.Group == trials[0].Of.Group {
			n++
		}
		cells := make([]experiment.Cell, n)
		for i := range cells {
			cells[i] = trials[i].Of
		}
		session, err := exp.Open(t.Context(), w.lab, cells)
		if err != nil {
			t.Fatal(err)
		}
		for _, trial := range trials[:n] {
			found, err := measureOne(t, exp, plan, session, trial)
			if err != nil {
				failed[trial.Of.Factors[World]+" "+trial.Of.Factors[Backend]] = err.Error()
			}
			samples = append(samples, found...)
		}
		if err := session.Close(); err != nil {
			t.Error(err)
		}
		w.lab.Clear()
		trials = trials[n:]
	}
	return samples, failed
}

func measureOne(t *testing.T, exp experiment.Experiment, plan experiment.Plan, session experiment.Session, trial experiment.Trial) (experiment.Samples, error) {
	t.Helper()
	var reference map[string]string
	if referenced, ok := session.(experiment.Referenced); ok {
		var err error
		if reference, err = referenced.Reference(t.Context(), trial); err != nil {
			t.Fatal(err)
		}
	}
	found, err := session.Measure(t.Context(), trial)
	if err != nil {
		return nil, err
	}
	for i := range found {
		found[i].Trial, found[i].Block, found[i].Cell, found[i].Of = trial.Number, trial.Block, trial.Cell, trial.Of
	}
	return found, judge.Trial(plan, trial, found, exp, reference)
}

// TestEverythingIsMeasured has all kinds of workers measure two worlds in two blocks
// and checks every number against the prices that the workers charge.
func TestEverythingIsMeasured(t *testing.T) {
	w := newWorkplace(t, "")
	exp, plan, err := w.plan(t, map[string]string{"world": "3d-8-1k,julia-small"})
	if err != nil {
		t.Fatal(err)
	}
	checkMissing(t, plan)
	plan.Blocks = truthBlocks
	samples, failed := carryOut(t, w, exp, plan)
	if want := plan.Blocks * len(plan.Cells); len(failed) > 0 || len(samples) != want || len(plan.Cells) != 1+4+2*10 {
		t.Fatalf("%d cells: got %d samples and failures %v, want %d and none", len(plan.Cells), len(samples), failed, want)
	}
	for _, s := range samples {
		checkSample(t, s)
	}
	constants := samples.Where(World, Constants)[0].Metrics
	if constants["mix1_per_ns"] != 2 || constants["shiny_ghz"] != 1 || len(constants) != 7 {
		t.Errorf("got constants %v, want seven of them, without the one that is NaN", constants)
	}
	// Processes are fresh in every block, and shared by the back ends of a kind.
	sse2, avx2 := samples.Where(World, "julia-small", Backend, "sse2"), samples.Where(World, "julia-small", Backend, "avx2")
	if sse2[0].PID == sse2[1].PID || sse2[0].PID != avx2[0].PID {
		t.Errorf("sse2 ran in processes %d and %d, avx2 in %d", sse2[0].PID, sse2[1].PID, avx2[0].PID)
	}
}

func checkMissing(t *testing.T, plan experiment.Plan) {
	t.Helper()
	missing := map[string]string{}
	for _, m := range plan.Unavailable {
		missing[m.What] = m.Reason
	}
	want := map[string]string{
		"neon": "not an ARM processor", "wazero-scalar": "no module",
		"wazero-threads": "the go worker has no wazero-threads", "v8-wasm-scalar": "the node worker has no wasm-scalar",
		"tab": "find the browser", "webgpu": "find the browser",
	}
	if len(missing) != len(want) {
		t.Errorf("got missing %v, want %v", missing, want)
	}
	for name, reason := range want {
		if !strings.Contains(missing[name], reason) {
			t.Errorf("%s: got reason %q, want %q", name, missing[name], reason)
		}
	}
}

func checkSample(t *testing.T, s experiment.Sample) {
	t.Helper()
	w, err := worlds().Find(s.Factor(World))
	if err != nil {
		return // of the machine
	}
	b, _ := backends().Find(s.Worker)
	for _, phase := range worker.Phases() {
		ns, runs := s.Metric(string(phase)+"_ns"), s.Metric(string(phase)+"_runs")
		if got, want := ns/runs/float64(w.Model.Boids), fakePrice(b.Own, phase); got < 0.99*want || got > 1.01*want {
			t.Errorf("%s on %s: %s takes %g ns a boid, want %g", b.Name, w.Name, phase, got, want)
		}
		if d := time.Duration(ns); d < shortest || d > 3*usual {
			t.Errorf("%s on %s: %s lasts %v, want about %v", b.Name, w.Name, phase, d, usual)
		}
	}
	if s.Metric("tick") != float64(warmUp+(s.Block+1)*between) || s.Metric("candidates")*float64(w.Model.Boids) < s.Metric("neighbours") {
		t.Errorf("%s in block %d: got %v", s.Worker, s.Block, s.Metrics)
	}
}

// The worker in Go agrees with the reference, which steps with the same module, in
// space and in the plane: the policy, the seed and the genes reach it.
func TestWorkerInGoAgreesWithTheReference(t *testing.T) {
	w := newWorkplace(t, "")
	w.script(t, "go", "real", "")
	exp, plan, err := w.plan(t, map[string]string{"world": "3d-8-1k,julia-small", "backend": "go,wazero*"})
	if err != nil {
		t.Fatal(err)
	}
	plan.Cells = slices.DeleteFunc(plan.Cells, func(c experiment.Cell) bool { return c.Group == machineGroup })
	plan.Blocks = 1
	if samples, failed := carryOut(t, w, exp, plan); len(failed) > 0 || len(samples) != 8 {
		t.Errorf("got %d samples and failures %v", len(samples), failed)
	}
}

// TestFaults lets the native worker do everything that it must not: the trial of the
// back end fails with a reason, and the others are measured.
func TestFaults(t *testing.T) {
	const all = "scalar-autovec sse2 avx2 threads"
	for _, c := range []struct{ fault, failed, reason string }{
		{"digest sse2=flip", "sse2", "it computed another world: the digest of sse2 after tick 68 is"},
		{"digest sse2=refuse", "sse2", "native: digest: out of luck"},
		{"time avx2 step=refuse", "avx2", "native: time: out of luck"},
		{"time avx2 step=more", "avx2", "neighbours, the reference"},
		{"advance=flip", all, "it computed another world: at tick 67 the chain of the native worker is"},
		{"advance=more", all, "neighbours, the reference's"},
		{"advance=short", all, "native: advance: a reply of 0 words, want 2"},
		{"advance=die", all, "native: advance: exit status 3: an assertion failed"},
		{"time sse2=die", "sse2", "native: time: exit status 3: an assertion failed"},
		{"time sse2=leave", "sse2", "it left before it was told to"},
		{"digest avx2=garbage", "avx2", `reply "what?" is neither ok nor error`},
		{"time threads sort=flood", "threads", "a reply of more than 65536 bytes"},
		{"world=refuse", all, "native: world: out of luck"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			w := newWorkplace(t, c.fault)
			exp, plan, err := w.plan(t, map[string]string{"backend": strings.ReplaceAll(all, " ", ",") + ",v8-js"})
			if err != nil {
				t.Fatal(err)
			}
			plan.Blocks = 1
			samples, failed := carryOut(t, w, exp, plan)
			for _, name := range strings.Fields(c.failed) {
				if !strings.Contains(failed["3d-8-1k "+name], c.reason) {
					t.Errorf("%s: got %q, want %q", name, failed["3d-8-1k "+name], c.reason)
				}
			}
			if len(failed) != len(strings.Fields(c.failed)) || len(samples)+len(failed) != len(plan.Cells) {
				t.Errorf("got %d samples and failures %v, want those of %s", len(samples), failed, c.failed)
			}
		})
	}
}

// A worker that is no worker offers nothing, and says why.
func TestSurveyFaults(t *testing.T) {
	for _, c := range []struct{ fault, reason string }{
		{"backends=die", "exit status 3: an assertion failed"},
		{"backends=garbage", "neither ok nor error"},
	} {
		_, plan, err := newWorkplace(t, c.fault).plan(t, nil)
		if err != nil {
			t.Fatal(err)
		}
		if m := plan.Missing(); !strings.Contains(fmt.Sprint(m), "sse2") || !strings.Contains(fmt.Sprint(m), c.reason) {
			t.Errorf("%s: got missing %v, want sse2 with %q", c.fault, m, c.reason)
		}
		if !strings.Contains(strings.Join(plan.Warnings, "\n"), "limits are not known") {
			t.Errorf("%s: got warnings %q", c.fault, plan.Warnings)
		}
	}
}

// What the machine can do is measured in trials, which can fail like others.
func TestMachineFaults(t *testing.T) {
	for fault, want := range map[string]string{
		"calibrate=refuse": "native: calibrate: out of luck", "dense sse2=short": "native: dense: a reply of 0 words, want 4",
	} {
		w := newWorkplace(t, fault)
		exp, plan, err := w.plan(t, map[string]string{"backend": "sse2"})
		if err != nil {
			t.Fatal(err)
		}
		plan.Blocks = 1
		if _, failed := carryOut(t, w, exp, plan); len(failed) != 1 || !strings.Contains(fmt.Sprint(failed), want) {
			t.Errorf("%s: got failures %v, want %q", fault, failed, want)
		}
	}
}

func TestPlansThatCannotBe(t *testing.T) {
	w := newWorkplace(t, "")
	for want, others := range map[string]map[string]string{
		`unknown world "nowhere": want 3d-8-1k, `: {"world": "nowhere"},
		"world pattern": {"world": "["},
		`unknown back end "abacus": want v8-js-double, `: {"backend": "sse2,abacus"},
		`--threads "0": want 1 to 64`:                    {"threads": "0"},
		`--module "flock.wasm": want NAME=PATH`:          {"module": "flock.wasm"},
	} {
		if _, _, err := w.plan(t, others); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got error %v, want %q", others, err, want)
		}
	}
}

// A back end that cannot run here is missing with its reason, and so may all be.
func TestPlanOfNothing(t *testing.T) {
	w := newWorkplace(t, "")
	for want, others := range map[string]map[string]string{
		"--node: exec: \"/no/such/node\"":     {"node": "/no/such/node", "backend": "v8-js"},
		"--native: exec: \"/no/such/worker\"": {"native": "/no/such/worker", "backend": "sse2"},
	} {
		_, plan, err := w.plan(t, others)
		if err != nil || len(plan.Cells) != 0 || len(plan.Unavailable) != 1 || !strings.Contains(plan.Unavailable[0].Reason, want) {
			t.Errorf("%v: got plan %+v, %v; want no cell, and the reason %q", others, plan, err, want)
		}
	}
}

// The order of phases is a matter of the trial's seed.
func TestOrderIsRandomAndSeeded(t *testing.T) {
	w := newWorkplace(t, "")
	exp, plan, err := w.plan(t, map[string]string{"backend": "sse2"})
	if err != nil {
		t.Fatal(err)
	}
	cell := plan.Cells[len(plan.Cells)-1]
	order := func(seed uint64) string {
		session, err := exp.Open(t.Context(), w.lab, []experiment.Cell{cell})
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		if _, err := session.Measure(t.Context(), experiment.Trial{Of: cell, Seed: seed}); err != nil {
			t.Fatal(err)
		}
		log, err := os.ReadFile(filepath.Join(w.dir, "log"))
		if err != nil {
			t.Fatal(err)
		}
		words := ""
		for _, line := range strings.Split(strings.TrimSpace(string(log)), "\n") {
			words += strings.Fields(line + " . .")[2] + " "
		}
		return strings.Join(strings.Fields(words)[len(strings.Fields(words))-3:], " ")
	}
	seen := map[string]bool{}
	for seed := range uint64(6) {
		seen[order(seed)] = true
	}
	if again := order(1); len(seen) < 2 || !seen[again] {
		t.Errorf("six seeds gave the orders %v", seen)
	}
}

// TestInterruptLeavesNoProcess ends a trial while a worker hangs, and looks for what
// is left of it.
func TestInterruptLeavesNoProcess(t *testing.T) {
	w := newWorkplace(t, "advance=hang")
	exp, plan, err := w.plan(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	cell := plan.Cells[len(plan.Cells)-1]
	session, err := exp.Open(t.Context(), w.lab, []experiment.Cell{cell})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer time.AfterFunc(time.Second, cancel).Stop()
	if _, err := session.Measure(ctx, experiment.Trial{Of: cell}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	w.lab.Clear()
	content, err := os.ReadFile(filepath.Join(w.dir, "pids"))
	if err != nil {
		t.Fatal(err)
	}
	if !alive(t, syscall.Getpgrp()) {
		t.Fatal("this test itself is not found among the processes")
	}
	list := strings.Fields(string(content))
	if len(list) != 5 {
		t.Fatalf("got %d workers, want four of the plan and one of a world", len(list))
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
