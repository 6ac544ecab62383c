// Package handoff is what every worker of the comparison does, whatever
// carries the payload: a writer fills it, a reader takes it and answers, and
// the reader's clock says how long it took.
//
// A library joins by implementing [Writer] and [Reader]. The loops that call
// them, the payload and the clock are the same for all, and their like in Rust
// is rivals/iceoryx2/src/handoff.rs. Start at [Job].
package handoff

import (
	"fmt"
	"runtime"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"

	"github.com/copytax/copytax/gauge"
)

// JobName is what the driver asks a worker to play.
const JobName = "signal"

// A Task is the arguments of the job.
type Task struct {
	Arm      string `json:"arm"`       // which library, and how it waits
	Side     string `json:"side"`      // "writer" or "reader"
	Address  string `json:"address"`   // a name that no other pair uses
	Folder   string `json:"folder"`    // where files and sockets may lie; the driver removes it
	HandOffs int    `json:"hand_offs"` // measured, after the warm-up
	WarmUp   int    `json:"warm_up"`   // hand-offs before, not measured
	GapNS    int64  `json:"gap_ns"`    // the writer is busy so long before each publish
	Bytes    int    `json:"bytes"`     // size of the payload, a multiple of 16, at least 64
	Touch    string `json:"touch"`     // what the reader reads: "nothing", "field" or "everything"
}

// A Result is what a worker found. The histograms are the reader's.
type Result struct {
	Count     int64      `json:"count"`
	Histogram [][2]int64 `json:"histogram"` // ns and count: from just before the publish until the reader has the payload
	Used      [][2]int64 `json:"used"`      // the same, until the reader has also read what it is to touch
	CPUNS     int64      `json:"cpu_ns"`    // of the whole process over the measured hand-offs
	Error     string     `json:"error"`
}

// A Writer is one side of a library. Its methods are called in this order, by
// one goroutine.
type Writer interface {
	// Loan returns the payload to be filled, its own until Publish. What it
	// held before is of no account: the caller writes every byte.
	Loan() ([]byte, error)
	Publish() error
	AwaitUsed() error // returns when the reader has answered
	Close() error
}

// A Reader is the other side.
type Reader interface {
	Acquire() ([]byte, error) // blocks until there is a payload, the caller's until Release
	Release() error           // gives it back and answers
	Close() error
}

// A Verifier is a Writer or Reader that can tell after the last hand-off
// whether the library did what the arm's name says throughout.
type Verifier interface{ Verify() error }

func verify(link any) error {
	if v, ok := link.(Verifier); ok {
		return v.Verify()
	}
	return nil
}

// Check returns an error for a task that cannot be played.
func (t Task) Check() error {
	switch {
	case t.Bytes < 64 || t.Bytes%16 != 0:
		return fmt.Errorf("payload of %d bytes, want a multiple of 16 from 64", t.Bytes)
	case t.HandOffs < 1 || t.WarmUp < 0:
		return fmt.Errorf("%d hand-offs after %d, want at least 1 after 0", t.HandOffs, t.WarmUp)
	case t.Touch != "nothing" && t.Touch != "field" && t.Touch != "everything":
		return fmt.Errorf("touch %q, want nothing, field or everything", t.Touch)
	}
	return nil
}

// Sides opens the two sides of a library.
type Sides struct {
	Writer func(Task, *gauge.Worker) (Writer, error)
	Reader func(Task, *gauge.Worker) (Reader, error)
	// OwnThread keeps the worker's goroutine on one thread. It is for what
	// blocks in system calls of its own rather than through Go's scheduler.
	OwnThread bool
}

// Job returns the job of a worker that knows the given arms.
func Job(arms map[string]Sides) gauge.Job {
	return func(w *gauge.Worker) error {
		var t Task
		if err := w.Args(&t); err != nil {
			return err
		}
		if err := t.Check(); err != nil {
			return err
		}
		sides, ok := arms[t.Arm]
		if !ok {
			return fmt.Errorf("unknown arm %q", t.Arm)
		}
		if sides.OwnThread {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
		}
		result, err := sides.play(t, w)
		if err != nil {
			return fmt.Errorf("%s %s: %w", t.Arm, t.Side, err)
		}
		return w.Done(result)
	}
}

func (s Sides) play(t Task, w *gauge.Worker) (Result, error) {
	switch t.Side {
	case "writer":
		link, err := s.Writer(t, w)
		if err != nil {
			return Result{}, err
		}
		defer link.Close() // what it could tell is of no use any more
		if err := w.Ready(); err != nil {
			return Result{}, err
		}
		return write(t, link)
	case "reader":
		link, err := s.Reader(t, w)
		if err != nil {
			return Result{}, err
		}
		defer link.Close() // as above
		if err := w.Ready(); err != nil {
			return Result{}, err
		}
		return read(t, link)
	}
	return Result{}, fmt.Errorf("side %q, want writer or reader", t.Side)
}

// write plays the writer's side.
func write(t Task, link Writer) (Result, error) {
	var cpu int64
	for n := range t.WarmUp + t.HandOffs {
		if n == t.WarmUp {
			cpu = processCPU()
		}
		payload, err := link.Loan()
		if err != nil {
			return Result{}, fmt.Errorf("loan %d: %w", n, err)
		}
		Fill(payload, uint64(n))
		busy(t.GapNS)
		Stamp(payload, nanotime())
		if err := link.Publish(); err != nil {
			return Result{}, fmt.Errorf("publish %d: %w", n, err)
		}
		if err := link.AwaitUsed(); err != nil {
			return Result{}, fmt.Errorf("await use of %d: %w", n, err)
		}
	}
	return Result{Count: int64(t.HandOffs), CPUNS: processCPU() - cpu}, verify(link)
}

// read plays the reader's side.
func read(t Task, link Reader) (Result, error) {
	seen, used := newHistogram(), newHistogram()
	var cpu int64
	for n := range t.WarmUp + t.HandOffs {
		if n == t.WarmUp {
			seen.Reset()
			used.Reset()
			cpu = processCPU()
		}
		payload, err := link.Acquire()
		if err != nil {
			return Result{}, fmt.Errorf("acquire %d: %w", n, err)
		}
		now := nanotime()
		if err := Touch(payload, uint64(n), t.Touch); err != nil {
			return Result{}, err
		}
		then := nanotime()
		start := Stamped(payload)
		if err := link.Release(); err != nil {
			return Result{}, fmt.Errorf("release %d: %w", n, err)
		}
		if err := record(seen, now-start, used, then-start); err != nil {
			return Result{}, fmt.Errorf("hand-off %d: %w", n, err)
		}
	}
	return Result{
		Count: seen.TotalCount(), Histogram: buckets(seen), Used: buckets(used), CPUNS: processCPU() - cpu,
	}, verify(link)
}

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, 100e9, 3) }

func record(seen *hdrhistogram.Histogram, a int64, used *hdrhistogram.Histogram, b int64) error {
	if err := seen.RecordValue(a); err != nil {
		return err
	}
	return used.RecordValue(b)
}

func buckets(h *hdrhistogram.Histogram) [][2]int64 {
	var pairs [][2]int64
	for _, bar := range h.Distribution() {
		if bar.Count > 0 {
			pairs = append(pairs, [2]int64{bar.To, bar.Count})
		}
	}
	return pairs
}

// busy keeps the core for ns nanoseconds.
func busy(ns int64) {
	if ns <= 0 {
		return
	}
	for end := nanotime() + ns; nanotime() < end; {
	}
}

func processCPU() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err) // every Linux has this clock
	}
	return t.Nano()
}
