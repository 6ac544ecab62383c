package signal

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/internal/core"
)

const (
	warmNS     = int64(20e6) // before hand-offs are counted
	jitter     = 10          // a gap is a tenth longer or shorter, so that no period locks in
	fewest     = 10          // hand-offs that are counted, however long they take
	fewestWarm = 20          // more than an adaptive waiter looks back on
)

// The sides.
const (
	writerSide = iota
	readerSide
)

// A side is what a writer or a reader has found out.
type side struct {
	Latency  *experiment.Histogram // the reader's
	HandOffs int64                 // counted
	Missed   int64                 // hand-offs that nobody waited for, and that were not recorded
	Syscalls int64                 // while hand-offs were counted
	CPUNS    int64                 // of the side's thread, the same
	Apart    core.Distance         // the writer's
}

// stop notes what the meter says.
func (s *side) stop(meter *core.Meter) (err error) {
	s.HandOffs = meter.HandOffs
	s.CPUNS, err = meter.Stop()
	return err
}

// write is the writer's part.
func (l *link) write(p plan) (side, error) {
	var out side
	meter := core.Meter{Clock: lab.OfThread}
	rng := rand.New(rand.NewPCG(3, 4))
	pace := core.Pacer{WarmNS: warmNS, RunNS: p.RunNS, FewestWarm: fewestWarm, Fewest: fewest}
	if l.ruler != nil {
		out.Apart.Before = l.ruler.Lead()
	}
	for v := uint64(1); ; v++ {
		compute(gap(p.GapNS, rng))
		flags := pace.Flags(lab.Nanotime())
		counts := meter.Count(flags)
		l.stamp.Set(v, flags)
		l.stamp.SetSent(lab.Nanotime())
		posted, err := l.ways[there].post(v)
		if err != nil {
			return out, fmt.Errorf("post hand-off %d: %w", v, err)
		}
		awaited, err := l.ways[back].await(v)
		if err != nil {
			return out, fmt.Errorf("await the answer to hand-off %d: %w", v, err)
		}
		if counts {
			out.Syscalls += int64(posted + awaited)
		}
		if flags&core.Last == 0 {
			continue
		}
		err = out.stop(&meter)
		if l.ruler != nil {
			out.Apart.After = l.ruler.Lead()
		}
		return out, err
	}
}

// read is the reader's part.
func (l *link) read() (side, error) {
	var out side
	meter := core.Meter{Clock: lab.OfThread}
	latencies := experiment.NewRecorder()
	if l.ruler != nil {
		l.ruler.Follow()
	}
	for v := uint64(1); ; v++ {
		waited := l.stamp.Number() < v
		awaited, err := l.ways[there].await(v)
		now := lab.Nanotime()
		if err != nil {
			return out, fmt.Errorf("await hand-off %d: %w", v, err)
		}
		flags := l.stamp.Flags()
		if meter.Count(flags) {
			out.Syscalls += int64(awaited)
			if waited {
				latencies.Record(now - l.stamp.Sent())
			} else {
				out.Missed++
			}
		}
		posted, err := l.ways[back].post(v)
		if err != nil {
			return out, fmt.Errorf("answer hand-off %d: %w", v, err)
		}
		if flags&core.Last == 0 {
			out.Syscalls += int64(posted)
			continue
		}
		err = out.stop(&meter)
		if l.ruler != nil {
			l.ruler.Follow()
		}
		latency, err2 := latencies.Histogram()
		out.Latency = latency
		return out, errors.Join(err, err2)
	}
}

// compute keeps the core busy for so long.
func compute(ns int64) {
	for end := lab.Nanotime() + ns; lab.Nanotime() < end; {
	}
}

// gap returns how long to compute before the next hand-off.
func gap(ns int64, rng *rand.Rand) int64 {
	if ns == 0 {
		return 0
	}
	return ns - ns/jitter + rng.Int64N(2*ns/jitter)
}

// join is what writer and reader processes begin with.
func join(t *lab.Task, side int) (p plan, l *link, err error) {
	core.Quiet()
	if err := t.Args(&p); err != nil {
		return p, nil, err
	}
	if p.Where != goroutine { // beside another goroutine everybody runs where there is room
		if err := core.Stay(p.Cores[side]); err != nil {
			return p, nil, err
		}
	}
	if l, err = p.open(t.Files); err != nil {
		return p, nil, err
	}
	return p, l, t.Ready()
}

func runWriter(t *lab.Task) error {
	p, l, err := join(t, writerSide)
	if err != nil {
		return err
	}
	defer l.words.Leave(copytax.Engine)
	out, err := l.write(p)
	if err != nil {
		return err
	}
	return t.Done(out)
}

func runReader(t *lab.Task) error {
	_, l, err := join(t, readerSide)
	if err != nil {
		return err
	}
	defer l.words.Leave(copytax.Viewer)
	out, err := l.read()
	if err != nil {
		return err
	}
	return t.Done(out)
}

// runPair is writer and reader as two threads of one process.
func runPair(t *lab.Task) error {
	p, l, err := join(t, readerSide)
	if err != nil {
		return err
	}
	other, err := p.open(t.Files)
	if err != nil {
		return err
	}
	type result struct {
		side side
		err  error
	}
	wrote := make(chan result, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread and its core end with the goroutine
		defer other.words.Leave(copytax.Engine)
		if err := core.Stay(p.Cores[writerSide]); err != nil {
			wrote <- result{err: err}
			return
		}
		out, err := other.write(p)
		wrote <- result{out, err}
	}()
	r, err := l.read()
	if err != nil {
		return err
	}
	written := <-wrote
	if written.err != nil {
		return written.err
	}
	return t.Done([2]side{written.side, r})
}

// runBurner computes on a core until it is killed.
func runBurner(t *lab.Task) error {
	core.Quiet()
	var number int
	if err := t.Args(&number); err != nil {
		return err
	}
	if err := core.Stay(number); err != nil {
		return err
	}
	if err := t.Ready(); err != nil {
		return err
	}
	for os.Getppid() > 1 {
		compute(1e9)
	}
	return errors.New("the driver has gone")
}
