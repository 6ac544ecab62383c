package gauge_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/copytax/copytax/gauge"
)

// TestMain plays a job when the test binary was started as a worker.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "gauge-worker" {
		if err := gauge.Serve(os.Stdin, os.Stdout, jobs()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func jobs() map[string]gauge.Job {
	return map[string]gauge.Job{
		"double": func(w *gauge.Worker) error {
			var n int
			if err := w.Args(&n); err != nil {
				return err
			}
			if err := w.Ready(); err != nil {
				return err
			}
			return w.Done(2 * n)
		},
		"write": func(w *gauge.Worker) error {
			_, err := w.Files[0].WriteString("by the worker")
			return errors.Join(err, w.Done(nil))
		},
		"fail":  func(*gauge.Worker) error { return errors.New("out of luck") },
		"exit":  func(*gauge.Worker) error { os.Exit(3); return nil },
		"sleep": func(*gauge.Worker) error { time.Sleep(time.Hour); return nil },
	}
}

func newTroupe(t *testing.T) (*gauge.Troupe, context.Context) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	troupe := gauge.NewTroupe(exe, "gauge-worker")
	t.Cleanup(troupe.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return troupe, ctx
}

func TestWorkersPlayTheirJobs(t *testing.T) {
	troupe, ctx := newTroupe(t)
	var players []*gauge.Player
	for n := range 3 {
		p, err := troupe.Start("double", n)
		if err != nil {
			t.Fatal(err)
		}
		players = append(players, p)
	}
	if err := gauge.Gather(ctx, players...); err != nil {
		t.Fatal(err)
	}
	for n, p := range players {
		got := -1
		if err := p.Result(ctx, &got); err != nil || got != 2*n {
			t.Errorf("worker %d: got %v, %v, want %v", n, got, err, 2*n)
		}
	}
}

func TestWorkerInheritsFiles(t *testing.T) {
	troupe, ctx := newTroupe(t)
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := troupe.Start("write", nil, f)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Result(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(f.Name()); string(got) != "by the worker" {
		t.Errorf("file holds %q, %v", got, err)
	}
}

func TestFailuresNameTheJob(t *testing.T) {
	troupe, ctx := newTroupe(t)
	for job, want := range map[string]string{"fail": "out of luck", "exit": "exit status 3", "dance": "unknown job"} {
		p, err := troupe.Start(job, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = p.Result(ctx, nil)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), job) {
			t.Errorf("%s: got %v, want it to name the job and %q", job, err, want)
		}
	}
}

func TestDisbandLeavesNobody(t *testing.T) {
	troupe, _ := newTroupe(t)
	p, err := troupe.Start("sleep", nil)
	if err != nil {
		t.Fatal(err)
	}
	troupe.Disband()
	if err := syscall.Kill(p.PID(), 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("worker %d: got %v, want no such process", p.PID(), err)
	}
}

func TestRecorder(t *testing.T) {
	r := gauge.NewRecorder()
	for i := range 1000 {
		r.Record(int64(i + 1))
	}
	l, err := r.Latency()
	if err != nil {
		t.Fatal(err)
	}
	if l.Count != 1000 || l.P50NS != 500 || l.P99NS != 990 || l.P999NS != 999 || l.MaxNS != 1000 || l.MinNS != 1 {
		t.Errorf("got %+v", l)
	}
	merged, err := gauge.Merge([]gauge.Sample{{Latency: l}, {}, {Latency: l}})
	if err != nil || merged.Count != 2000 || merged.P50NS != 500 {
		t.Errorf("merged: got %+v, %v", merged, err)
	}
	if qs, err := l.Quantiles(0.5, 1); err != nil || qs[0] != 500 || qs[1] != 1000 {
		t.Errorf("quantiles: got %v, %v", qs, err)
	}
	r.Record(-1)
	if _, err := r.Latency(); err == nil {
		t.Error("a negative latency was taken")
	}
}

func TestRatioPairsByBlock(t *testing.T) {
	sample := func(block int, ns int64) gauge.Sample {
		return gauge.Sample{Block: block, Latency: &gauge.Latency{P50NS: ns}}
	}
	// The second block ran at half the speed, which the pairing takes out.
	above := []gauge.Sample{sample(0, 120), sample(1, 240), sample(7, 5)}
	below := []gauge.Sample{sample(1, 200), sample(0, 100)}
	e := gauge.Ratio(above, below, gauge.P50NS)
	if math.Abs(e.Value-1.2) > 1e-9 || e.Blocks != 2 || math.Abs(e.High-1.2) > 1e-6 {
		t.Errorf("got %+v, want 1.2 over 2 blocks", e)
	}
	if got := e.Below(1.25); got != "yes" {
		t.Errorf("below 1.25: got %q", got)
	}
	if got := gauge.Ratio(above[:1], below, gauge.P50NS).Below(1.25); got != "unresolved" {
		t.Errorf("a single block: got %q, want unresolved", got)
	}
}

func TestFormat(t *testing.T) {
	for ns, want := range map[float64]string{87: "87.0 ns", 4712: "4.71 µs", 45_100: "45.1 µs", 999_900: "1.00 ms", 2.5e9: "2.50 s", math.NaN(): "–"} {
		if got := gauge.FormatNS(ns); got != want {
			t.Errorf("%v ns: got %q, want %q", ns, got, want)
		}
	}
	for n, want := range map[int]string{64: "64 B", 1 << 14: "16 KiB", 64 << 20: "64 MiB"} {
		if got := gauge.FormatBytes(n); got != want {
			t.Errorf("%v: got %q, want %q", n, got, want)
		}
	}
}
