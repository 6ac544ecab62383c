//go:build linux

package app

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A trial that is watched goes on when its watcher is killed, and a watcher
// ends when the whole trial is.
func TestKilledWatchersAndWatchedRuns(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	name := fmt.Sprintf("@copytax-test-%d-%d", os.Getpid(), time.Now().UnixNano())
	run := launch(t, "run", "--repeats", "0", "--transport", "shm:attach", "--attach="+name, "--boids", "1k", "--blocks", "3", "--out", dir, "--report=false")
	for range 5 {
		w := launch(t, "watch", name, "--json", "--wait", "60s")
		time.Sleep(20 * time.Millisecond) // it may or may not have attached
		w.Process.Signal(syscall.SIGKILL)
		w.status(t)
	}
	if got := run.status(t); got != exitOK {
		t.Errorf("the run exits with %d after its watchers were killed: %s", got, &run.out)
	}

	dir = filepath.Join(t.TempDir(), "run")
	// Trials so long that none ends before the watcher is there.
	run = launch(t, "run", "--repeats", "0", "--transport", "shm:attach", "--attach="+name, "--boids", "100k", "--blocks", "3", "--out", dir, "--report=false")
	watch := launch(t, "watch", name, "--wait", "60s")
	await(t, "a watcher", func() bool {
		maps, _ := os.ReadFile(fmt.Sprintf("/proc/%d/maps", watch.Process.Pid))
		return bytes.Contains(maps, []byte("memfd:copytax-frames"))
	})
	killed := time.Now()
	run.Process.Signal(syscall.SIGKILL) // and the operating system its roles
	if got := watch.status(t); got != exitOK || !strings.Contains(watch.out.String(), "the trial is over: ") {
		t.Errorf("the watcher exits with %d: %s", got, &watch.out)
	}
	t.Logf("the watcher ended %v after the run was killed", time.Since(killed))
	run.status(t)
}
