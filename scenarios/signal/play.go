package signal

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/gauge"
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
	Latency  *gauge.Latency // the reader's
	HandOffs int64          // counted
	Missed   int64          // hand-offs that nobody waited for, and that were not recorded
	Syscalls int64          // while hand-offs were counted
	CPUNS    int64          // of the side's thread, the same
	Apart    core.Distance  // the writer's
}

// A tally counts a side's costs while hand-offs are counted.
type tally struct {
	out   side
	begun bool
	begin int64
	err   error
}

// count begins the counting with the first hand-off that counts.
func (t *tally) count(flags uint64) bool {
	if flags&counted == 0 {
		return false
	}
	if !t.begun {
		t.begun = true
		t.begin, t.err = core.CPUNS(core.OfThread)
	}
	t.out.HandOffs++
	return true
}

func (t *tally) end() (side, error) {
	end, err := core.CPUNS(core.OfThread)
	t.out.CPUNS = end - t.begin
	return t.out, errors.Join(t.err, err)
}

// write is the writer's part.
func (l *link) write(p plan) (side, error) {
	var t tally
	rng := rand.New(rand.NewPCG(3, 4))
	pace := pacer{runNS: p.RunNS}
	if l.ruler != nil {
		t.out.Apart.Before = l.ruler.Lead()
	}
	for v := uint64(1); ; v++ {
		compute(gap(p.GapNS, rng))
		flags := pace.flags()
		counts := t.count(flags)
		l.stamp.set(v, flags)
		l.stamp.setSent(core.Nanotime())
		posted, err := l.ways[there].post(v)
		if err != nil {
			return t.out, fmt.Errorf("post hand-off %d: %w", v, err)
		}
		awaited, err := l.ways[back].await(v)
		if err != nil {
			return t.out, fmt.Errorf("await the answer to hand-off %d: %w", v, err)
		}
		if counts {
			t.out.Syscalls += int64(posted + awaited)
		}
		if flags&last == 0 {
			continue
		}
		out, err := t.end()
		if l.ruler != nil {
			out.Apart.After = l.ruler.Lead()
		}
		return out, err
	}
}

// read is the reader's part.
func (l *link) read() (side, error) {
	var t tally
	r := gauge.NewRecorder()
	if l.ruler != nil {
		l.ruler.Follow()
	}
	for v := uint64(1); ; v++ {
		waited := l.stamp.number() < v
		awaited, err := l.ways[there].await(v)
		now := core.Nanotime()
		if err != nil {
			return t.out, fmt.Errorf("await hand-off %d: %w", v, err)
		}
		flags := l.stamp.flags()
		if t.count(flags) {
			t.out.Syscalls += int64(awaited)
			if waited {
				r.Record(now - l.stamp.sent())
			} else {
				t.out.Missed++
			}
		}
		posted, err := l.ways[back].post(v)
		if err != nil {
			return t.out, fmt.Errorf("answer hand-off %d: %w", v, err)
		}
		if flags&last == 0 {
			t.out.Syscalls += int64(posted)
			continue
		}
		out, err1 := t.end()
		if l.ruler != nil {
			l.ruler.Follow()
		}
		latency, err2 := r.Latency()
		out.Latency = latency
		return out, errors.Join(err1, err2)
	}
}

// compute keeps the core busy for so long.
func compute(ns int64) {
	for end := core.Nanotime() + ns; core.Nanotime() < end; {
	}
}

// gap returns how long to compute before the next hand-off.
func gap(ns int64, rng *rand.Rand) int64 {
	if ns == 0 {
		return 0
	}
	return ns - ns/jitter + rng.Int64N(2*ns/jitter)
}

// A pacer tells warming up from measuring.
type pacer struct {
	runNS        int64
	begin, first int64
	warm, count  int
}

func (p *pacer) flags() uint64 {
	now := core.Nanotime()
	if p.begin == 0 {
		p.begin = now
	}
	if p.first == 0 && (p.warm < fewestWarm || now-p.begin < warmNS) {
		p.warm++
		return 0
	}
	if p.first == 0 {
		p.first = now
	}
	p.count++
	if p.count >= fewest && now-p.first >= p.runNS {
		return counted | last
	}
	return counted
}

// join is what writer and reader processes begin with.
func join(w *gauge.Worker, side int) (p plan, l *link, err error) {
	core.Quiet()
	if err := w.Args(&p); err != nil {
		return p, nil, err
	}
	if p.Where != goroutine { // beside a guest everybody runs where there is room
		if err := core.Stay(p.Cores[side]); err != nil {
			return p, nil, err
		}
	}
	if l, err = p.open(w.Files); err != nil {
		return p, nil, err
	}
	return p, l, w.Ready()
}

func playWriter(w *gauge.Worker) error {
	p, l, err := join(w, writerSide)
	if err != nil {
		return err
	}
	defer l.words.Leave(copytax.Engine)
	out, err := l.write(p)
	if err != nil {
		return err
	}
	return w.Done(out)
}

func playReader(w *gauge.Worker) error {
	_, l, err := join(w, readerSide)
	if err != nil {
		return err
	}
	defer l.words.Leave(copytax.Viewer)
	out, err := l.read()
	if err != nil {
		return err
	}
	return w.Done(out)
}

// playPair is writer and reader as two threads of one process.
func playPair(w *gauge.Worker) error {
	p, l, err := join(w, readerSide)
	if err != nil {
		return err
	}
	other, err := p.open(w.Files)
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
	return w.Done([2]side{written.side, r})
}

// playBurner computes on a core until it is killed.
func playBurner(w *gauge.Worker) error {
	core.Quiet()
	var number int
	if err := w.Args(&number); err != nil {
		return err
	}
	if err := core.Stay(number); err != nil {
		return err
	}
	if err := w.Ready(); err != nil {
		return err
	}
	for os.Getppid() > 1 {
		compute(1e9)
	}
	return errors.New("the driver has gone")
}
