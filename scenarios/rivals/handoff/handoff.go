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
	"io"
	"os"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/copytax/copytax/experiment/lab"
)

// JobName is the job of a worker.
const JobName = "rivals-worker"

// The sides of a hand-off.
const (
	WriterSide = "writer"
	ReaderSide = "reader"
)

// Args are the arguments of the job.
type Args struct {
	Arm      string `json:"arm"` // which library, and how it waits
	Side     string `json:"side"`
	Address  string `json:"address"`   // a name that no other pair uses
	Folder   string `json:"folder"`    // where files and sockets may lie; who started the worker removes it
	HandOffs int    `json:"hand_offs"` // measured, after the warm-up
	WarmUp   int    `json:"warm_up"`   // hand-offs before, not measured
	GapNS    int64  `json:"gap_ns"`    // the writer is busy so long before each publish
	Bytes    int    `json:"bytes"`     // size of the payload, a multiple of 16, at least 64
	Touch    string `json:"touch"`     // what the reader reads: "nothing", "field" or "everything"
}

// Check returns an error for arguments that no worker can follow.
func (a Args) Check() error {
	switch {
	case a.Bytes < 64 || a.Bytes%16 != 0:
		return fmt.Errorf("payload of %d bytes, want a multiple of 16 from 64", a.Bytes)
	case a.HandOffs < 1 || a.WarmUp < 0:
		return fmt.Errorf("%d hand-offs after %d, want at least 1 after 0", a.HandOffs, a.WarmUp)
	case a.Touch != "nothing" && a.Touch != "field" && a.Touch != "everything":
		return fmt.Errorf("touch %q, want nothing, field or everything", a.Touch)
	}
	return nil
}

// A Result is what a worker found. The histograms are the reader's.
type Result struct {
	Count     int64      `json:"count"`
	Histogram [][2]int64 `json:"histogram"` // ns and count: from just before the publish until the reader has the payload
	Used      [][2]int64 `json:"used"`      // the same, until the reader has also read what it is to touch
	CPUNS     int64      `json:"cpu_ns"`    // of the whole process over the measured hand-offs
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

// Open opens one side of a library, a [Writer] or a [Reader], given the files that
// the worker has inherited and owns. It runs on the goroutine of the hand-offs.
type Open func(Args, []*os.File) (io.Closer, error)

// Job returns the job of a worker that knows the given arms.
func Job(arms map[string]Open) lab.Job {
	return lab.Protocol(func(t *lab.Task) error {
		var a Args
		if err := t.Args(&a); err != nil {
			return err
		}
		if err := a.Check(); err != nil {
			return err
		}
		open, ok := arms[a.Arm]
		if !ok {
			return fmt.Errorf("unknown arm %q", a.Arm)
		}
		result, err := open.run(a, t)
		if err != nil {
			return fmt.Errorf("%s %s: %w", a.Arm, a.Side, err)
		}
		return t.Done(result)
	})
}

// run opens a side, goes through its loop when the other side is there, and has
// it verified.
func (open Open) run(a Args, t *lab.Task) (result Result, err error) {
	link, err := open(a, t.Files)
	if err != nil {
		return result, err
	}
	defer link.Close() // what it could tell is of no use any more
	if err := t.Ready(); err != nil {
		return result, err
	}
	switch a.Side {
	case WriterSide:
		result, err = write(a, link.(Writer))
	case ReaderSide:
		result, err = read(a, link.(Reader))
	default:
		err = fmt.Errorf("side %q, want %s or %s", a.Side, WriterSide, ReaderSide)
	}
	if v, ok := link.(Verifier); ok && err == nil {
		err = v.Verify()
	}
	return result, err
}

// write is the writer's loop.
func write(a Args, link Writer) (Result, error) {
	cpu, err := repeat(a, func() {}, func(n uint64) error {
		payload, err := link.Loan()
		if err != nil {
			return fmt.Errorf("loan: %w", err)
		}
		fill(payload, n)
		busy(a.GapNS)
		stamp(payload, lab.Nanotime())
		if err := link.Publish(); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		return link.AwaitUsed()
	})
	return Result{Count: int64(a.HandOffs), CPUNS: cpu}, err
}

// read is the reader's loop.
func read(a Args, link Reader) (Result, error) {
	seen, used := hdrhistogram.New(1, 100e9, 3), hdrhistogram.New(1, 100e9, 3) // as experiment.Recorder
	forget := func() {
		seen.Reset()
		used.Reset()
	}
	cpu, err := repeat(a, forget, func(n uint64) error {
		payload, err := link.Acquire()
		if err != nil {
			return fmt.Errorf("acquire: %w", err)
		}
		now := lab.Nanotime()
		if err := touch(payload, n, a.Touch); err != nil {
			return err
		}
		then := lab.Nanotime()
		start := stamped(payload)
		if err := link.Release(); err != nil {
			return fmt.Errorf("release: %w", err)
		}
		if err := seen.RecordValue(now - start); err != nil {
			return err
		}
		return used.RecordValue(then - start)
	})
	return Result{Count: seen.TotalCount(), Histogram: buckets(seen), Used: buckets(used), CPUNS: cpu}, err
}

// repeat does something once a hand-off, and begin between the warm-up and the
// rest, over which it returns the processor time of this process.
func repeat(a Args, begin func(), once func(n uint64) error) (cpuNS int64, err error) {
	var start int64
	for n := range a.WarmUp + a.HandOffs {
		if n == a.WarmUp {
			begin()
			if start, err = lab.CPUNS(lab.OfProcess); err != nil {
				return 0, err
			}
		}
		if err := once(uint64(n)); err != nil {
			return 0, fmt.Errorf("hand-off %d: %w", n, err)
		}
	}
	end, err := lab.CPUNS(lab.OfProcess)
	return end - start, err
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
	for end := lab.Nanotime() + ns; lab.Nanotime() < end; {
	}
}
