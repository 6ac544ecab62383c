package lab_test

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/experiment/lab/labtest"
)

func TestMain(m *testing.M) { labtest.Main(m, jobs()) }

func jobs() map[string]lab.Job {
	return map[string]lab.Job{
		"double": lab.Protocol(func(w *lab.Task) error {
			var n int
			if err := w.Args(&n); err != nil {
				return err
			}
			if err := w.Ready(); err != nil {
				return err
			}
			return w.Done(2 * n)
		}),
		"write": lab.Protocol(func(w *lab.Task) error {
			_, err := w.Files[0].WriteString("by the worker")
			return errors.Join(err, w.Done(nil))
		}),
		"fail":  lab.Protocol(func(*lab.Task) error { return errors.New("out of luck") }),
		"exit":  lab.Protocol(func(*lab.Task) error { os.Exit(3); return nil }),
		"sleep": lab.Protocol(func(*lab.Task) error { time.Sleep(time.Hour); return nil }),
	}
}

func TestWorkersDoTheirJobs(t *testing.T) {
	l, ctx := labtest.New(t)
	var workers []*lab.Worker
	for n := range 3 {
		w, err := l.Start("double", n)
		if err != nil {
			t.Fatal(err)
		}
		workers = append(workers, w)
	}
	if err := lab.Gather(ctx, workers...); err != nil {
		t.Fatal(err)
	}
	for n, w := range workers {
		got := -1
		if err := w.Result(ctx, &got); err != nil || got != 2*n {
			t.Errorf("worker %d: got %v, %v, want %v", n, got, err, 2*n)
		}
	}
}

func TestWorkerInheritsFiles(t *testing.T) {
	l, ctx := labtest.New(t)
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := l.Start("write", nil, f)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Result(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(f.Name()); string(got) != "by the worker" {
		t.Errorf("file holds %q, %v", got, err)
	}
}

func TestFailuresNameTheJob(t *testing.T) {
	l, ctx := labtest.New(t)
	for job, want := range map[string]string{"fail": "out of luck", "exit": "exit status 3"} {
		w, err := l.Start(job, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = w.Result(ctx, nil)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), job) {
			t.Errorf("%s: got %v, want it to name the job and %q", job, err, want)
		}
	}
}

// Of two that wait for each other, the error is that of the one that failed.
func TestResultsNameTheOneThatFailed(t *testing.T) {
	for _, failsFirst := range []bool{true, false} {
		l, ctx := labtest.New(t)
		a, err1 := l.Start("sleep", nil)
		b, err2 := l.Start("fail", nil)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if failsFirst {
			a, b = b, a
		}
		err := lab.Results(ctx, []*lab.Worker{a, b}, nil, nil)
		if err == nil || err.Error() != "fail: out of luck" {
			t.Errorf("fails first %v: got %v", failsFirst, err)
		}
	}
}

// What a program has started, and left behind, ends with it.
func TestGroupEndsWithItsLeader(t *testing.T) {
	l, _ := labtest.New(t)
	out, err := l.Output(lab.Program{Path: "/bin/sh", Args: []string{"-c", "sleep 600 & echo $!"}}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 { // until whoever adopted it has seen its end
		if state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err != nil || strings.Contains(string(state), ") Z ") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("process %d outlives the one that started it", pid)
}

func TestClearLeavesNobody(t *testing.T) {
	l, _ := labtest.New(t)
	w, err := l.Start("sleep", nil)
	if err != nil {
		t.Fatal(err)
	}
	l.Clear()
	if err := syscall.Kill(w.PID(), 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("worker %d: got %v, want no such process", w.PID(), err)
	}
}

func TestDeathSaysHow(t *testing.T) {
	l, _ := labtest.New(t)
	for script, want := range map[string]string{
		"kill -9 $$": "killed by signal 9 (SIGKILL)",
		"exit 0":     "it left before it was told to",
		"echo panic: no screen >&2; echo a trace >&2; exit 2": "exit status 2: panic: no screen",
	} {
		p, err := l.Launch(lab.Program{Path: "/bin/sh", Args: []string{"-c", script}})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Death(); got != want {
			t.Errorf("%s: got %q, want %q", script, got, want)
		}
	}
}
