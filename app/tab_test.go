//go:build linux

package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment"
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
	c := launch(t, "run", "--transport", "shm:park,sab:*,transfer,clone,post+*", "--placement", "go;tab",
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
		if strings.HasPrefix(s.Factor(experiment.Arm), "sab:") && s.Worker == "viewer" && s.Metric("copied_bytes") != 0 {
			t.Errorf("the viewer of %s copied %v bytes", s.Factor(experiment.Arm), s.Metric("copied_bytes"))
		}
	}
	if len(digests) != 1 {
		t.Errorf("viewers saw %d worlds, want 1", len(digests))
	}
	for _, want := range []string{"go direct", "go direct#aa", "go shm:park", "tab direct", "tab direct#aa", "tab sab:spin", "tab clone", "tab post+json"} {
		if !arms[want] {
			t.Errorf("no trial of %s among %v", want, arms)
		}
	}
}

// A tab that is killed is a failure that says so, and the run goes on.
func TestKilledTabIsToldAndTheRunGoesOn(t *testing.T) {
	needBrowser(t)
	c := launch(t, "run", "--transport", "sab:park", "--placement", "tab", "--pace", "60hz", "--boids", "101", "--blocks", "1",
		"--out", filepath.Join(t.TempDir(), "run"), "--report=false")
	killed := false
	for end := time.Now().Add(30 * time.Second); !killed && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for _, pid := range renderers(t, c.Process.Pid) {
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

// renderers returns the processes of tabs below a process.
func renderers(t *testing.T, root int) (pids []int) {
	t.Helper()
	parents := map[int]int{}
	var tabs []int
	paths, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		pid, _ := strconv.Atoi(filepath.Base(path))
		stat, _ := os.ReadFile(path + "/stat") // none of a process that has ended
		if fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])); len(fields) > 1 {
			parents[pid], _ = strconv.Atoi(fields[1])
		}
		if line, _ := os.ReadFile(path + "/cmdline"); bytes.Contains(line, []byte("--type=renderer")) {
			tabs = append(tabs, pid)
		}
	}
	for _, pid := range tabs {
		for at := pid; at > 1; at = parents[at] {
			if at == root {
				pids = append(pids, pid)
				break
			}
		}
	}
	return pids
}
