package tab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/experiment/lab/labtest"
	"github.com/copytax/copytax/internal/control"
)

// moments is how many random moments are tried: few, or many in a soak.
func moments(few, many int) int {
	if os.Getenv("COPYTAX_SOAK") != "" {
		return many
	}
	return few
}

// Whatever ends a browser at whatever moment, nothing of it is left.
func TestNothingIsLeft(t *testing.T) {
	folder := ownFolder(t)
	l, ctx := labtest.New(t)
	for range moments(20, 300) {
		seed := rand.Uint64()
		moment := time.Duration(rand.New(rand.NewPCG(seed, 0)).Int64N(int64(400 * time.Millisecond)))
		t.Run(fmt.Sprintf("%v/%d", moment.Round(time.Millisecond), seed), func(t *testing.T) {
			endAt(ctx, t, l, moment, rand.New(rand.NewPCG(seed, 1)))
			nothingLeft(t, folder)
		})
		if t.Failed() {
			return
		}
	}
}

// A page ends with the context that it was started with.
func TestPageEndsWithItsContext(t *testing.T) {
	ownFolder(t)
	l, ctx := labtest.New(t)
	ctx, cancel := context.WithCancel(ctx)
	process, conn, err := Runtime{Site: echo()}.Start(ctx, l, &control.Assignment{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cancel()
	if _, err := process.End(); err == nil {
		t.Error("that is a good end")
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("its connection has not ended")
	}
}

// endAt starts a page, has something happen to it so long after the start, and then waits
// for its end, which it brings about where what happened has not.
func endAt(ctx context.Context, t *testing.T, l *lab.Lab, moment time.Duration, r *rand.Rand) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	struck := make(chan struct{})
	started := make(chan control.Process, 1)
	go func() {
		defer close(struck)
		time.Sleep(moment)
		strike(started, cancel, r)
	}()
	process, conn, err := Runtime{Site: echo()}.Start(ctx, l, &control.Assignment{}, nil)
	if err != nil {
		<-struck
		return
	}
	started <- process
	talking := make(chan struct{})
	go func() {
		defer close(talking)
		for lines := bufio.NewReader(conn); err == nil; _, err = lines.ReadString('\n') {
			_, _ = io.WriteString(conn, "draw\n") // its end is seen by who reads
		}
	}()
	<-struck
	time.Sleep(time.Duration(r.Int64N(int64(50 * time.Millisecond))))
	process.Kill()
	process.End()
	if process.Death() == "" {
		t.Error("it died of nothing")
	}
	conn.Close()
	<-talking
}

// strike kills one process of the browser, or all of them, or ends the trial.
func strike(started chan control.Process, cancel context.CancelFunc, r *rand.Rand) {
	all := living()
	switch what := r.IntN(6); {
	case what == 0:
		cancel()
	case what == 1 && len(started) > 0:
		(<-started).Kill()
	case what == 2:
		for _, pid := range all {
			kill(pid)
		}
	case len(all) > 0:
		kill(all[r.IntN(len(all))])
	default:
		cancel()
	}
}

// orphanVariable is set in a process that is a supervisor and is killed.
const orphanVariable = "COPYTAX_TAB_TEST"

// When the supervisor is killed its browser ends with it, and who launches next removes
// its folder.
func TestKilledSupervisorLeavesNothing(t *testing.T) {
	if os.Getenv(orphanVariable) != "" {
		supervise(t)
		return
	}
	folder := ownFolder(t)
	for i := range moments(3, 60) {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledSupervisorLeavesNothing$")
		cmd.Env = append(os.Environ(), orphanVariable+"=1")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if i == 0 { // else at a random moment
			if line, err := bufio.NewReader(out).ReadString('\n'); line != "up\n" {
				t.Fatalf("the supervisor said %q, %v", line, err)
			}
			if mine := living(); len(mine) < 5 {
				t.Errorf("it and its browser are only %v", mine)
			}
			sweep()
			if left, _ := filepath.Glob(folder + "/*"); len(left) != 1 {
				t.Errorf("the folder of one that lives was swept: %v", left)
			}
		} else {
			time.Sleep(rand.N(400 * time.Millisecond))
		}
		cmd.Process.Kill()
		cmd.Wait()
		awaitNobody(t)
		sweep()
		nothingLeft(t, folder)
	}
}

// supervise runs a page until it is killed.
func supervise(t *testing.T) {
	l, ctx := labtest.New(t)
	if _, _, err := (Runtime{Site: echo()}).Start(ctx, l, &control.Assignment{}, nil); err != nil {
		t.Fatal(err)
	}
	fmt.Println("up")
	time.Sleep(time.Hour)
}

// awaitNobody waits until the operating system has ended everybody, which it may take its
// time for. While a process gets another parent it is nobody's child: it is not gone
// before it was not seen for some time.
func awaitNobody(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for unseen := 0; unseen < 5; time.Sleep(5 * time.Millisecond) {
		unseen++
		if left := living(); len(left) > 0 {
			unseen = 0
			if time.Now().After(deadline) {
				t.Fatalf("the browser outlives its supervisor: %v", left)
			}
		}
	}
}

// Only what was a browser's, and whose owner has died, is swept.
func TestSweep(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	owned, err := newFolder()
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := t.TempDir()
	dead := filepath.Join(folder, folderPrefix+"dead")
	kept := []string{owned.path, filepath.Join(folder, "other"), filepath.Join(folder, folderPrefix+"link"), filepath.Join(folder, folderPrefix+"file"), elsewhere}
	for _, path := range []string{dead + "/profile/a", kept[1]} {
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(elsewhere, kept[2]); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kept[3], nil, 0o644); err != nil {
		t.Fatal(err)
	}
	another, err := newFolder() // sweeps
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(kept, another.path) {
		if _, err := os.Lstat(path); err != nil {
			t.Errorf("swept: %v", err)
		}
	}
	if _, err := os.Stat(dead); err == nil {
		t.Errorf("%s was not swept", dead)
	}
	if err := errors.Join(owned.remove(), another.remove()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(owned.path); err == nil {
		t.Errorf("%s is still there", owned.path)
	}
}
