//go:build linux

package app

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/internal/tab"
)

// needBrowser skips a test where no browser can run a trial, and says why.
func needBrowser(t *testing.T) {
	t.Helper()
	if _, err := tab.Probe(t.Context(), ""); err != nil {
		t.Skipf("no browser: %v", err)
	}
}

// All transports of a tab compute the world that native roles compute, and the floor of
// either placement is its own.
func TestTabSeesTheSameWorld(t *testing.T) {
	needBrowser(t)
	dir := filepath.Join(t.TempDir(), "run")
	c := launch(t, "run", "--repeats", "0", "--transport", "shm:park,sab:*,transfer,clone,post+*", "--placement", "go;tab",
		"--boids", "101", "--blocks", "1", "--out", dir, "--report=false")
	if got := c.status(t); got != exitOK {
		t.Fatalf("exits with %d: %s", got, &c.out)
	}
	digests, arms := map[string]bool{}, map[string]bool{}
	for _, s := range recorded(t, dir) {
		arms[s.Factor("placement")+" "+s.Factor(experiment.Arm)] = true
		if d := s.Evidence["digest"] + s.Evidence["chain"]; s.Worker == "viewer" {
			digests[d] = true
		}
		if way, ok := strings.CutPrefix(s.Factor(experiment.Arm), "sab:"); ok {
			copies := s.Worker == "kernel" && way != "one"
			if got := s.Metric("copied_bytes"); got > 0 != copies {
				t.Errorf("the %s of sab:%s copied %v bytes, want some: %v", s.Worker, way, got, copies)
			}
		}
	}
	if len(digests) != 1 {
		t.Errorf("viewers saw %d worlds, want 1", len(digests))
	}
	for _, want := range []string{"go direct", "go direct#aa", "go shm:park", "tab direct", "tab direct#aa", "tab sab:spin", "tab sab:one", "tab clone", "tab post+json"} {
		if !arms[want] {
			t.Errorf("no trial of %s among %v", want, arms)
		}
	}
}

// A viewer that draws, from its worker or from the page, sees the same world in a canvas of
// any size, and what it has drawn was compared.
func TestTabDrawsTheSameWorld(t *testing.T) {
	needBrowser(t)
	dir := filepath.Join(t.TempDir(), "run")
	// So many boids have the fewest ticks, each of which takes a picture.
	c := launch(t, "run", "--repeats", "0", "--transport", "sab:park,sab:spin,transfer,post+raw", "--placement", "tab", "--display", "none,canvas:64x100,page:100x64",
		"--boids", "15k", "--blocks", "1", "--out", dir, "--report=false")
	if got := c.status(t); got != exitOK {
		t.Fatalf("exits with %d: %s", got, &c.out)
	}
	if !strings.Contains(c.out.String(), "sab:spin drawing from the page") {
		t.Errorf("nothing is said of sab:spin: %s", &c.out)
	}
	digests, arms := map[string]bool{}, map[string]bool{}
	for _, s := range recorded(t, dir) {
		if s.Worker != "viewer" {
			continue
		}
		display := s.Factor("display")
		arms[display+" "+s.Factor(experiment.Arm)] = true
		digests[s.Evidence["digest"]+s.Evidence["chain"]] = true
		if worst, ok := s.Metrics["drawn_worst_difference"]; ok != (display != "") || worst > 1 || ok && !strings.HasPrefix(s.Evidence["drawn_ticks"], "0, 1, ") {
			t.Errorf("%s %s: what was drawn differs by %v at ticks %q", display, s.Factor(experiment.Arm), worst, s.Evidence["drawn_ticks"])
		}
	}
	if len(digests) != 1 {
		t.Errorf("viewers saw %d worlds, want 1", len(digests))
	}
	for _, want := range []string{" direct", "canvas:64x100 sab:spin", "page:100x64 direct", "page:100x64 direct#aa", "page:100x64 sab:park", "page:100x64 transfer", "page:100x64 post+raw"} {
		if !arms[want] {
			t.Errorf("no trial of %q among %v", want, arms)
		}
	}
}

// A tab that is killed is a failure that says so, and the run goes on.
func TestKilledTabIsToldAndTheRunGoesOn(t *testing.T) {
	needBrowser(t)
	c := launch(t, "run", "--repeats", "0", "--transport", "sab:park", "--placement", "tab", "--pace", "60hz", "--boids", "101", "--blocks", "1",
		"--out", filepath.Join(t.TempDir(), "run"), "--report=false")
	killed := false
	for end := time.Now().Add(30 * time.Second); !killed && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for _, pid := range processesOf(c.Process.Pid, "renderer") {
			time.Sleep(time.Second) // into its ticks
			killed = syscall.Kill(pid, syscall.SIGKILL) == nil
			break
		}
	}
	if got := c.status(t); !killed || got == exitOK {
		t.Fatalf("killed %v, exits with %d: %s", killed, got, &c.out)
	}
	if out := c.out.String(); !strings.Contains(out, "the tab crashed") || !strings.Contains(out, "1 of 3 trials failed") {
		t.Errorf("got %s", out)
	}
}

// The end of the process that draws is a failure that says so, soon, and the run goes on.
func TestKilledGPUProcessIsToldAndTheRunGoesOn(t *testing.T) {
	needBrowser(t)
	for _, display := range []string{"canvas:320x240", "page:320x240"} {
		t.Run(display, func(t *testing.T) { killGPUProcess(t, display) })
	}
}

func killGPUProcess(t *testing.T, display string) {
	temporary, dir := t.TempDir(), filepath.Join(t.TempDir(), "run")
	t.Setenv("TMPDIR", temporary)
	c := launch(t, "run", "--repeats", "0", "--transport", "sab:park", "--placement", "tab", "--display", display, "--pace", "60hz", "--boids", "101", "--blocks", "1",
		"--out", dir, "--report=false")
	var killed time.Time
	seen := map[int]time.Time{}
	for end := time.Now().Add(60 * time.Second); killed.IsZero() && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for _, pid := range processesOf(c.Process.Pid, "gpu-process") {
			if _, ok := seen[pid]; !ok {
				seen[pid] = time.Now()
			}
			// Into its ticks, which take six seconds. That of the probe does not live so long.
			if time.Since(seen[pid]) > 4*time.Second && syscall.Kill(pid, syscall.SIGKILL) == nil {
				killed = time.Now()
			}
		}
	}
	told := time.Duration(0)
	for end := killed.Add(30 * time.Second); told == 0 && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if lines, _ := os.ReadFile(filepath.Join(dir, store.SamplesName)); bytes.Contains(lines, []byte(`"error":`)) {
			told = time.Since(killed)
		}
	}
	t.Logf("recorded %v after it was killed", told)
	if told == 0 || told > 2*time.Second {
		t.Errorf("the failure was recorded after %v, want at most 2 s", told)
	}
	if got := c.status(t); got == exitOK {
		t.Fatalf("exits with %d: %s", got, &c.out)
	}
	if out := c.out.String(); !strings.Contains(out, "viewer: the device of ") || !strings.Contains(out, "the browser's process that draws has ended") ||
		!strings.Contains(out, "1 of 3 trials failed") {
		t.Errorf("got %s", out)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// processesOf returns the processes of a browser of one kind, below a process.
func processesOf(root int, kind string) (pids []int) {
	for _, pid := range lab.Descendants(root) {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)) // none of a process that has ended
		if bytes.Contains(line, []byte("--type="+kind)) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// An interrupt while the browser is tried is no mistake of the command line.
func TestInterruptedWhileTheBrowserIsTried(t *testing.T) {
	browser := filepath.Join(t.TempDir(), "browser")
	if err := os.WriteFile(browser, []byte("#!/bin/sh\nsleep 60\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	time.AfterFunc(100*time.Millisecond, cancel)
	var out, complaints bytes.Buffer
	status := Program{}.execute(ctx, []string{"run", "--transport", "sab:park", "--placement", "tab", "--browser", browser, "--boids", "100"}, &out, &complaints)
	if got, want := complaints.String(), "copytax: interrupted\n"; status != exitFailure || got != want {
		t.Errorf("got status %d and %q, want %q", status, got, want)
	}
}

// A terminal that is closed ends a run in good order: no folder of a browser is left.
func TestHangUpLeavesNoFolder(t *testing.T) {
	needBrowser(t)
	if signal.Ignored(syscall.SIGHUP) {
		t.Skip("the tests run under nohup")
	}
	t.Setenv("TMPDIR", t.TempDir())
	folders := func() []string {
		all, _ := filepath.Glob(filepath.Join(os.TempDir(), "copytax-tab-*")) // the pattern is well formed
		return all
	}
	c := launch(t, "run", "--repeats", "0", "--transport", "sab:park", "--placement", "tab", "--pace", "60hz", "--boids", "101", "--blocks", "1",
		"--out", filepath.Join(t.TempDir(), "run"), "--report=false")
	await(t, "a tab", func() bool { return len(processesOf(c.Process.Pid, "renderer")) > 0 })
	if err := c.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if got := c.status(t); got != exitFailure {
		t.Errorf("exits with %d: %s", got, &c.out)
	}
	if left := folders(); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
}
