package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestWatchTellsAStopFromABusyMachine(t *testing.T) {
	start := time.Now()
	now := start
	w := watch(func() time.Time { return now }, 2*time.Second)
	beat := w.every
	for _, c := range []struct{ since, ran, gap time.Duration }{
		{beat, beat, 0},
		{beat + late, 2*beat + late, 0},
		{time.Millisecond, 2*beat + late + time.Millisecond, 0},
		{90*time.Second + beat, 3*beat + late + time.Millisecond, 90 * time.Second},
		{beat, 4*beat + late + time.Millisecond, 90 * time.Second},
		{30*time.Second + beat, 5*beat + late + time.Millisecond, 120 * time.Second},
	} {
		now = now.Add(c.since)
		if ran, gap := w.beat(); ran != c.ran || gap != c.gap {
			t.Errorf("%v after the start: ran %v, gap %v; want %v, %v", now.Sub(start), ran, gap, c.ran, c.gap)
		}
	}
	if err := w.Err(); !errors.Is(err, ErrStopped) || err.Error() != "this program was stopped for 2m0s" {
		t.Errorf("got %v", err)
	}
	if err := watch(time.Now, time.Minute).Err(); err != nil {
		t.Errorf("a watch that has just begun: %v", err)
	}
}

func TestTimeoutHasItsCause(t *testing.T) {
	cause := errors.New("no end")
	ctx, cancel := WithTimeout(t.Context(), 20*time.Millisecond, cause)
	defer cancel()
	<-ctx.Done()
	if got := context.Cause(ctx); got != cause {
		t.Errorf("got %v, want %v", got, cause)
	}
	early, cancel := WithTimeout(t.Context(), time.Hour, cause)
	cancel()
	if got := context.Cause(early); got != context.Canceled {
		t.Errorf("got %v, want %v", got, context.Canceled)
	}
}

// stoppedVariable is set in a process that is stopped while it waits.
const stoppedVariable = "COPYTAX_WATCH_TEST"

// A timeout does not count the time that the program is stopped.
func TestStoppedProgramNoticesIt(t *testing.T) {
	if os.Getenv(stoppedVariable) != "" {
		waitWatched()
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestStoppedProgramNoticesIt$")
	cmd.Env = append(os.Environ(), stoppedVariable+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan() // it is watching
	const stop = 2500 * time.Millisecond
	for _, s := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGCONT} {
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		if s == syscall.SIGSTOP {
			time.Sleep(stop)
		}
	}
	lines.Scan()
	if got := lines.Text(); !strings.HasPrefix(got, "no end; this program was stopped for 2.") {
		t.Errorf("stopped for %v, it says %q", stop, got)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func waitWatched() {
	w := NewWatch(1500 * time.Millisecond)
	defer w.Stop()
	start := time.Now()
	ctx, cancel := WithTimeout(context.Background(), 1500*time.Millisecond, errors.New("no end"))
	defer cancel()
	fmt.Println("watching")
	<-ctx.Done()
	if took := time.Since(start); took < 3*time.Second {
		fmt.Printf("the timeout counted the stop: it came after %v\n", took)
		return
	}
	fmt.Printf("%v; %v\n", context.Cause(ctx), w.Err())
}
