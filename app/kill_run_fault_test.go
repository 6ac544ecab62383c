//go:build linux

package app

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/store"
)

// A victim is a copytax that is going to be killed.
type victim struct {
	*exec.Cmd
	said   bytes.Buffer
	roles  cohort
	inodes map[uint64]bool // of the hubs that its roles were seen to hold
}

func newVictim(t *testing.T, args ...string) *victim {
	t.Helper()
	v := &victim{Cmd: exec.Command("copytax", args...), inodes: map[uint64]bool{}}
	v.Stdout, v.Stderr = &v.said, &v.said
	if err := v.Start(); err != nil {
		t.Fatal(err)
	}
	v.roles.parent = v.Process.Pid
	return v
}

// watch follows the roles as they come and go, until the time is up.
func (v *victim) watch(t *testing.T, until time.Time) {
	t.Helper()
	for time.Now().Before(until) {
		v.roles.forget()
		if err := v.roles.look(); err != nil {
			t.Fatal(err)
		}
		if _, err := v.roles.wait(time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range v.roles.roles {
		noteHubs(p.pid, v.inodes)
	}
}

// forget lets go of the roles that have ended.
func (c *cohort) forget() {
	ended := cohort{}
	alive := c.roles[:0]
	for _, p := range c.roles {
		if p.ended.IsZero() {
			alive = append(alive, p)
		} else {
			ended.roles = append(ended.roles, p)
		}
	}
	c.roles = alive
	ended.close()
}

// noteHubs adds the inodes of the hub that a process holds.
func noteHubs(pid int, inodes map[uint64]bool) {
	paths, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		return
	}
	for _, path := range paths {
		var st syscall.Stat_t
		target, err := os.Readlink(path)
		if err == nil && strings.Contains(target, hubMark) && syscall.Stat(path, &st) == nil {
			inodes[st.Ino] = true
		}
	}
}

// killRun kills the run and returns how long each of its roles outlived it, or
// nil when it had ended by itself.
func (k *killer) killRun(v *victim) *death {
	k.t.Helper()
	defer v.roles.close()
	at := time.Now()
	if err := v.Process.Kill(); err != nil {
		k.t.Fatal(err)
	}
	for left := true; left && time.Since(at) < patience; {
		var err error
		if left, err = v.roles.wait(time.Second); err != nil {
			k.t.Fatal(err)
		}
	}
	v.Wait()
	d := &death{transport: "(run)", victim: "run", moment: "ticks"}
	for _, p := range v.roles.roles {
		d.exits = append(d.exits, max(p.ended.Sub(at), 0))
		if p.ended.IsZero() {
			k.t.Errorf("killed the run, and the %s still lives", p.role)
		}
	}
	if len(d.exits) == 0 {
		d.moment = "start" // or between two trials
	}
	await(k.t, "the end of those that were just starting", func() bool { return len(marked(k.t, k.mark)) == 0 })
	k.nothingIsLeft("run killed", v.inodes)
	if !v.ProcessState.Sys().(syscall.WaitStatus).Signaled() {
		k.t.Fatalf("the run ended by itself: %v: %s", v.ProcessState, &v.said)
	}
	return d
}

// arguments returns a command line that goes on with the run in dir, or begins it.
func (k *killer) arguments(dir string, names []string, blocks int) []string {
	k.t.Helper()
	args := []string{"run", "--report=false"}
	if k.engine != "" {
		args = append(args, "--engine-path", k.engine)
	}
	if _, err := os.Stat(filepath.Join(dir, store.ManifestName)); err == nil {
		return append(args, "--resume", dir)
	}
	// What a run that was killed in its first moments leaves is no run.
	if err := os.RemoveAll(dir); err != nil {
		k.t.Fatal(err)
	}
	if k.engine != "" {
		args = append(args, "--placement", "go;go,native,go")
	}
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return strings.HasSuffix(name, nativeMark) })
	return append(args, "--repeats", "0", "--out", dir, "--transport", strings.Join(names, ","), "--boids", "100", "--blocks", fmt.Sprint(blocks))
}

// mend takes up the run as --resume does, and returns how many samples it has.
func mend(t *testing.T, dir string) int {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, store.ManifestName)); errors.Is(err, fs.ErrNotExist) {
		return 0
	}
	r, err := store.Resume(dir, func(store.Manifest) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	results, err := store.Load(dir, known)
	if err != nil {
		t.Fatal(err)
	}
	return len(results.Samples)
}

// A run that is killed again and again loses no trial that was recorded, leaves
// nothing behind, and goes on.
func TestKilledRunLeavesNothingBehind(t *testing.T) {
	k := newKiller(t)
	n, dir := kills(t), filepath.Join(t.TempDir(), "run")
	// A trial longer than the time up to a kill would be begun for ever.
	names := slices.DeleteFunc(k.mortal(), func(name string) bool {
		return strings.Contains(name, ":spin") || strings.HasPrefix(name, "http")
	})
	k.calm(names[0])
	span := min(8*k.lengths[names[0]][0], 700*time.Millisecond) // the first trials of a run
	start, samples := time.Now(), 0
	var seen deaths
	for i := range n {
		folder := dir
		if i%5 == 4 { // this one is to begin
			folder = filepath.Join(t.TempDir(), "run")
		}
		v := newVictim(t, k.arguments(folder, names, 1000)...)
		v.watch(t, time.Now().Add(time.Duration(k.rng.Int64N(int64(span)))))
		seen.all = append(seen.all, k.killRun(v))
		if got := mend(t, folder); folder == dir {
			if got < samples {
				t.Fatalf("%d samples, %d before the kill", got, samples)
			}
			samples = got
		}
	}
	t.Logf("%d kills in %v, %d samples recorded meanwhile\n%s",
		n, time.Since(start).Round(time.Second), samples, seen.table())
	k.goesOn(dir, names, samples)
}

// goesOn resumes the run and interrupts it when it has recorded one more trial.
func (k *killer) goesOn(dir string, names []string, samples int) {
	k.t.Helper()
	v := newVictim(k.t, k.arguments(dir, names, 1000)...)
	await(k.t, "one more trial", func() bool { return len(recorded(k.t, dir)) > samples })
	if err := v.Process.Signal(os.Interrupt); err != nil {
		k.t.Fatal(err)
	}
	v.Wait()
	if !strings.Contains(v.said.String(), "continue with: copytax run --resume") {
		k.t.Errorf("does not say how to go on: %s", &v.said)
	}
	mend(k.t, dir)
}

// A run whose roles are killed at random tells so in a line a trial, records
// it, and goes on to its end.
func TestRolesKilledInARun(t *testing.T) {
	k := newKiller(t)
	blocks, names := max(kills(t)/30, 2), k.mortal()
	dir := filepath.Join(t.TempDir(), "run")
	v := newVictim(t, k.arguments(dir, names, blocks)...)
	ended := make(chan error, 1)
	go func() { ended <- v.Wait() }()
	struck := 0
	for over := false; !over; {
		select {
		case <-ended:
			over = true
		case <-time.After(time.Duration(k.rng.Int64N(int64(300 * time.Millisecond)))):
			role := copytax.Role(k.rng.IntN(int(copytax.NumRoles))).String()
			if pid := roles(t, v.Process.Pid)[role]; pid != 0 && syscall.Kill(pid, syscall.SIGKILL) == nil {
				struck++
			}
		}
	}
	k.nothingIsLeft("roles of a run killed", nil)
	failed := 0
	for _, s := range recorded(t, dir) {
		if s.Error == "" {
			continue
		}
		failed++
		if !strings.Contains(s.Error, ": killed by signal 9 (SIGKILL)") {
			t.Errorf("trial %d failed otherwise: %s", s.Trial, s.Error)
		}
	}
	lines := 0
	for line := range strings.Lines(v.said.String()) {
		if strings.HasPrefix(line, "trial ") && strings.Contains(line, "(SIGKILL)") {
			lines++
		}
	}
	if failed == 0 || failed > struck || lines != failed {
		t.Errorf("%d kills, %d failed trials recorded, %d lines say so: %s", struck, failed, lines, &v.said)
	}
	if _, problems := store.Verify(dir, known); len(problems) > 0 {
		t.Errorf("verify: %v", problems)
	}
	t.Logf("%d kills in %d blocks, %d trials failed", struck, blocks, failed)
}
