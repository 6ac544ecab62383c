//go:build linux

package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/control"
	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/scenarios"
)

// A command is a copytax that runs beside the test.
type command struct {
	*exec.Cmd
	out bytes.Buffer
}

// launch starts copytax. TestMain has put it into PATH.
func launch(t *testing.T, args ...string) *command {
	t.Helper()
	c := &command{Cmd: exec.Command("copytax", args...)}
	c.Dir = t.TempDir()
	c.Stdout, c.Stderr = &c.out, &c.out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill() })
	return c
}

// status waits for the command to end and returns its exit status.
func (c *command) status(t *testing.T) int {
	t.Helper()
	c.Wait()
	return c.ProcessState.ExitCode()
}

// known returns an experiment of this program.
var known = scenarios.New().Known

// roles returns the role processes of a run, by role.
func roles(t *testing.T, parent int) map[string]int {
	t.Helper()
	found := map[string]int{}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		stat, err1 := os.ReadFile(path)
		cmdline, err2 := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		if err1 != nil || err2 != nil {
			continue // it has ended meanwhile
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		words := strings.Split(strings.TrimRight(string(cmdline), "\x00"), "\x00")
		if fields[1] == strconv.Itoa(parent) && len(words) == 3 && words[1] == control.RoleVerb {
			found[words[2]], _ = strconv.Atoi(filepath.Base(filepath.Dir(path)))
		}
	}
	return found
}

// await polls until ok returns true.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 30 s", what)
		}
	}
}

// recorded returns the samples that the manifest in a run's folder covers, none while
// there is no manifest.
func recorded(t *testing.T, dir string) (samples experiment.Samples) {
	t.Helper()
	manifest, err := os.ReadFile(filepath.Join(dir, store.ManifestName))
	if err != nil {
		return nil
	}
	var m store.Manifest
	lines, err := os.ReadFile(filepath.Join(dir, store.SamplesName))
	if err = errors.Join(err, json.Unmarshal(manifest, &m)); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(lines[:m.Files[store.SamplesName].Bytes]) {
		var s experiment.Sample
		if err := json.Unmarshal(line, &s); err != nil {
			t.Fatal(err)
		}
		s.Of = m.Plan.Cells[s.Cell]
		samples = append(samples, s)
	}
	return samples
}

func TestKilledRoleFailsItsTrialAndTheRunGoesOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	c := launch(t, "run", "--repeats", "0", "--transport", "shm:park", "--boids", "1k", "--blocks", "2", "--out", dir, "--report=false")
	await(t, "a viewer", func() bool { return roles(t, c.Process.Pid)["viewer"] != 0 })
	time.Sleep(100 * time.Millisecond) // into the ticks
	if err := syscall.Kill(roles(t, c.Process.Pid)["viewer"], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if got := c.status(t); got != exitFailure {
		t.Errorf("exits with %d, want %d: %s", got, exitFailure, &c.out)
	}
	for _, say := range []string{
		" failed (shm:park, 1000 boids): viewer: killed by signal 9 (SIGKILL); ", "; the run goes on without it", "1 of 6 trials failed",
	} {
		if !strings.Contains(c.out.String(), say) {
			t.Errorf("does not say %q: %s", say, &c.out)
		}
	}
	good, bad := 0, 0
	for _, s := range recorded(t, dir) {
		switch {
		case s.Error == "":
			good++
		case strings.Contains(s.Error, "viewer: killed by signal 9"):
			bad++
		}
	}
	if good != 5*3 || bad != 1 {
		t.Errorf("%d samples and %d failures are recorded, want 15 and 1", good, bad)
	}
	if _, problems := store.Verify(dir, known); len(problems) > 0 {
		t.Errorf("verify: %v", problems)
	}
}

// A run that is killed at any moment keeps what it had, leaves no process
// behind, and goes on.
func TestKilledRunIsResumed(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT, syscall.SIGHUP} {
		if signal.Ignored(sig) { // under nohup
			continue
		}
		dir := filepath.Join(t.TempDir(), "run")
		c := launch(t, "run", "--repeats", "0", "--transport", "shm:park", "--boids", "200", "--blocks", "4", "--out", dir, "--report=false")
		var left map[string]int
		await(t, "two trials and the roles of a third", func() bool {
			left = roles(t, c.Process.Pid)
			return len(recorded(t, dir)) >= 6 && len(left) > 0
		})
		c.Process.Signal(sig)
		if got := c.status(t); got == exitOK {
			t.Errorf("%v: exits with 0", sig)
		}
		if sig != syscall.SIGKILL && !strings.Contains(c.out.String(), "continue with: copytax run --resume "+dir) {
			t.Errorf("%v: does not say how to go on: %s", sig, &c.out)
		}
		for role, pid := range left {
			await(t, "the end of the "+role, func() bool { return syscall.Kill(pid, 0) != nil })
		}
		before := recorded(t, dir)
		c = launch(t, "run", "--resume", dir, "--report=false")
		if got := c.status(t); got != exitOK {
			t.Errorf("%v: resuming exits with %d: %s", sig, got, &c.out)
		}
		after := recorded(t, dir)
		if len(after) != 4*3*3 || len(before) > len(after) || len(before) < 6 {
			t.Errorf("%v: %d samples before, %d after resuming; want 36", sig, len(before), len(after))
		}
		for i, s := range before {
			if after[i].Trial != s.Trial || after[i].PID != s.PID {
				t.Errorf("%v: sample %d was changed by resuming", sig, i)
			}
		}
		if _, problems := store.Verify(dir, known); len(problems) > 0 {
			t.Errorf("%v: verify: %v", sig, problems)
		}
	}
}

// On a full disk the run ends with what it had, and goes on once there is room.
func TestFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=32k"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("cannot mount a small file system: %v", err)
		}
		t.Skipf("cannot mount a small file system: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(disk, syscall.MNT_DETACH) })
	dir := filepath.Join(disk, "run")
	c := launch(t, "run", "--repeats", "0", "--transport", "direct", "--boids", "60", "--blocks", "20", "--out", dir, "--report=false")
	if got := c.status(t); got != exitFailure {
		t.Errorf("exits with %d, want %d", got, exitFailure)
	}
	if !strings.Contains(c.out.String(), "no space left on device") || !strings.Contains(c.out.String(), dir) {
		t.Errorf("does not say that %s is full: %s", dir, &c.out)
	}
	before := len(recorded(t, dir))
	if before == 0 {
		t.Error("nothing was kept")
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT, "size=8m"); err != nil {
		t.Fatal(err)
	}
	c = launch(t, "run", "--resume", dir, "--report=false")
	if got := c.status(t); got != exitOK {
		t.Errorf("with room again, exits with %d: %s", got, &c.out)
	}
	if after := len(recorded(t, dir)); after != 20*2*3 {
		t.Errorf("%d samples, %d of them before the disk was full; want 120", after, before)
	}
}

// A run goes on with the workers that it began with.
func TestResumeWantsTheSameWorkers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "worker")
	if err := os.WriteFile(path, []byte("one"), 0o755); err != nil {
		t.Fatal(err)
	}
	f := runFlags{catalogue: testCatalogue()}
	cmd := &cobra.Command{}
	f.options.add(cmd, f.catalogue)
	if err := cmd.Flags().Parse([]string{"--native", path}); err != nil {
		t.Fatal(err)
	}
	programs, err := f.options.programs(map[string]string{"native": path})
	if err != nil {
		t.Fatal(err)
	}
	plan := experiment.Plan{Options: map[string]string{}, Programs: programs}
	if err := f.planAgain(cmd, nil, plan); err != nil {
		t.Errorf("the same worker: %v", err)
	}
	if err := os.WriteFile(path, []byte("two"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := f.planAgain(cmd, nil, plan); err == nil || !strings.Contains(err.Error(), "its --native was another program than "+path) {
		t.Errorf("got %v, want another worker refused", err)
	}
}

// A program that is there and whose hash cannot be taken is no program of a run; one
// that is not there is listed by its experiment.
func TestProgramsThatCannotBeRead(t *testing.T) {
	f := runFlags{catalogue: catalogue{Catalogue: scenarios.New()}}
	f.options.add(&cobra.Command{}, f.catalogue)
	folder := t.TempDir()
	if _, err := f.options.programs(map[string]string{"module": "wasm=" + folder}); err == nil || !strings.Contains(err.Error(), "--module") ||
		!strings.Contains(err.Error(), folder) {
		t.Errorf("got %v, want the option and the file named", err)
	}
	if got, err := f.options.programs(map[string]string{"native": filepath.Join(folder, "none")}); err != nil || len(got) > 0 {
		t.Errorf("a worker that is not there: got %v, %v", got, err)
	}
}
