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

// enterWriter prepares a writer process.
func enterWriter(p plan, h *core.Hub) (core.Work, error) {
	l, err := p.link(h)
	return l.write, err
}

// enterReader prepares a reader process.
func enterReader(p plan, h *core.Hub) (core.Work, error) {
	l, err := p.link(h)
	return l.read, err
}

// write is the writer's part.
func (l *link) write() (s experiment.Sample, err error) {
	defer l.words.Leave(copytax.Engine)
	syscalls, meter := 0, core.Meter{Clock: lab.OfThread}
	rng := rand.New(rand.NewPCG(3, 4))
	pace := core.Pacer{WarmNS: warmNS, RunNS: l.plan.RunNS, FewestWarm: fewestWarm, Fewest: fewest}
	apart := core.Distance{Before: l.ruler.Lead()}
	for v := uint64(1); ; v++ {
		l.plan.pause(gap(l.plan.GapNS, rng))
		flags := pace.Flags(lab.Nanotime())
		counts := meter.Count(flags)
		l.stamp.Set(v, flags)
		l.stamp.SetSent(lab.Nanotime())
		posted, err := l.ways[there].post(v)
		if err != nil {
			return s, fmt.Errorf("post hand-off %d: %w", v, err)
		}
		awaited, err := l.ways[back].await(v)
		if err != nil {
			return s, fmt.Errorf("await the answer to hand-off %d: %w", v, err)
		}
		if counts {
			syscalls += posted + awaited
		}
		if flags&core.Last != 0 {
			break
		}
	}
	meter.Stop()
	apart.After = l.ruler.Lead()
	s, err = meter.Sample(nil, writerCPUMetric, map[string]float64{syscallMetric: float64(syscalls)})
	apart.Note(s.Metrics)
	return s, err
}

// read is the reader's part. Its latency is from just before the post to just
// after the reader has seen it; hand-offs that nobody waited for are missed.
func (l *link) read() (s experiment.Sample, err error) {
	defer l.words.Leave(copytax.Viewer)
	missed, syscalls, meter := 0, 0, core.Meter{Clock: lab.OfThread}
	latencies := experiment.NewRecorder()
	l.ruler.Follow()
	for v := uint64(1); ; v++ {
		waited := l.stamp.Number() < v
		awaited, err := l.ways[there].await(v)
		now := lab.Nanotime()
		if err != nil {
			return s, fmt.Errorf("await hand-off %d: %w", v, err)
		}
		flags := l.stamp.Flags()
		if meter.Count(flags) {
			syscalls += awaited
			if waited {
				latencies.Record(now - l.stamp.Sent())
			} else {
				missed++
			}
		}
		posted, err := l.ways[back].post(v)
		if err != nil {
			return s, fmt.Errorf("answer hand-off %d: %w", v, err)
		}
		if flags&core.Last != 0 {
			break
		}
		syscalls += posted
	}
	meter.Stop()
	l.ruler.Follow()
	return meter.Sample(latencies, readerCPUMetric, map[string]float64{
		handOffMetric: float64(meter.HandOffs), missedMetric: float64(missed), syscallMetric: float64(syscalls),
	})
}

// pause lets a gap pass.
func (p plan) pause(ns int64) {
	if p.Sleeps {
		sleep(ns)
		return
	}
	compute(ns)
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

// runPair is writer and reader as two threads of one process.
func runPair(t *lab.Task, p plan, _ int) (s experiment.Sample, err error) {
	core.Quiet()
	err1 := p.Cores.Stay(core.Reader)
	w, err2 := p.open(t.Files, core.Writer)
	r, err3 := p.open(t.Files, core.Reader)
	if err := errors.Join(err1, err2, err3); err != nil {
		return s, err
	}
	if err := t.Ready(); err != nil {
		return s, err
	}
	wrote := make(chan error, 1)
	parts := make(experiment.Samples, 2)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread and its core end with the goroutine
		err := p.Cores.Stay(core.Writer)
		if err == nil {
			parts[core.Writer], err = w.write()
		}
		wrote <- err
	}()
	if parts[core.Reader], err = r.read(); err != nil {
		return s, err
	}
	if err := <-wrote; err != nil {
		return s, err
	}
	return core.Merge(parts)
}

// runBurner computes on the core of a side until it is killed.
func runBurner(t *lab.Task, p plan, number int) (s experiment.Sample, err error) {
	core.Quiet()
	if err := p.Cores.Stay(number); err != nil {
		return s, err
	}
	if err := t.Ready(); err != nil {
		return s, err
	}
	for os.Getppid() > 1 {
		compute(1e9)
	}
	return s, errors.New("the driver has gone")
}
