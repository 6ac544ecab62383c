package handoff

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// ownNS is how long each look at private memory takes at least, and fewestPass
// how many passes over it are made.
const (
	ownNS      = int64(8e6)
	fewestPass = 3
)

// ownMedians is what touching a payload of private memory takes: the medians,
// in ns, of passes by the loop with which hand-offs are touched.
type ownMedians struct {
	WarmNS   int64 // just read by the same thread, as far as the caches hold it
	FilledNS int64 // just filled by another core, as the writer fills a payload; 0 where there is none
}

// measureOwn touches private memory of as many slots as a hub has, in turn.
func measureOwn(n int, on core.Cores) (m ownMedians, err error) {
	var own [slots][]byte
	for i := range own {
		if own[i], err = ownMemory(n); err != nil {
			return m, err
		}
	}
	if on.Apart() { // another thread on the same core would fill this core's caches
		f := &filler{own: own[:], on: on}
		go f.serve()
		m.FilledNS, err = passes(func(epoch uint64) ([]byte, uint64) { return f.fill(epoch), epoch })
		f.ended.Store(true)
		if err = errors.Join(err, f.failed); err != nil {
			return m, err
		}
	}
	fill(own[0], slots)
	m.WarmNS, err = passes(func(uint64) ([]byte, uint64) { return own[0], slots })
	return m, err
}

// passes returns the median of what enough passes over payloads take, the first
// slots of which are not counted: they make the pages. next returns the payload
// of a pass, from 1, and its epoch.
func passes(next func(pass uint64) (payload []byte, epoch uint64)) (int64, error) {
	var times []int64
	begin := lab.Nanotime()
	for pass := uint64(1); len(times) < fewestPass || lab.Nanotime()-begin < ownNS; pass++ {
		mem, epoch := next(pass)
		start := lab.Nanotime()
		got := sum(mem)
		ns := lab.Nanotime() - start
		if err := checkSum(epoch, len(mem), got); err != nil {
			return 0, err
		}
		if pass > slots {
			times = append(times, ns)
		}
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// A filler is a thread on the writer's core that fills payloads while its
// caller, on the reader's, spins.
type filler struct {
	own        [][]byte
	on         core.Cores
	failed     error // to be pinned; read after the first payload
	want, done atomic.Uint64
	ended      atomic.Bool
}

func (f *filler) payload(epoch uint64) []byte { return f.own[epoch%uint64(len(f.own))] }

func (f *filler) serve() {
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	f.failed = f.on.Stay(core.Writer)
	for epoch := uint64(0); !f.ended.Load(); {
		if want := f.want.Load(); want != epoch {
			epoch = want
			fill(f.payload(epoch), epoch)
			f.done.Store(epoch)
		}
	}
}

// fill returns the payload of epoch when the other thread has filled it.
func (f *filler) fill(epoch uint64) []byte {
	f.want.Store(epoch)
	for f.done.Load() != epoch {
	}
	return f.payload(epoch)
}

// A loop goes over memory of a given size and is named as STREAM names it where
// that has it; it returns false if it did not do what it should.
type loop struct {
	name  string
	moved int // bytes it moves for each byte of the size, as STREAM counts
	run   func(a, b []byte) bool
}

// readingLoops are those that read as touching does: the very loop, and the
// quickest vector loop that Go's library has in assembly.
func readingLoops() []loop {
	return []loop{
		{"sum", 1, func(a, _ []byte) bool { return checkSum(0, len(a), sum(a)) == nil }},
		{"scan", 1, func(_, b []byte) bool { return bytes.IndexByte(b, 1) < 0 }},
	}
}

// loops are all that one core's bandwidth is taken from.
func loops() []loop {
	return append(readingLoops(),
		loop{"copy", 2, func(a, b []byte) bool { return copy(b, a) == len(a) }},
		loop{"clear", 1, func(_, b []byte) bool { clear(b); return true }})
}

// rates are the metrics of all loops.
func rates() (names []string) {
	for _, l := range loops() {
		names = append(names, l.name+bytesPerSecond)
	}
	return names
}

// runBandwidth measures bandwidths by loop, in bytes a second, the best of all
// passes, as STREAM has it: what else the machine does only ever takes away.
func runBandwidth(t *lab.Task, p plan, _ int) (s experiment.Sample, err error) {
	core.Quiet()
	err1 := p.Cores.Stay(core.Reader)
	a, err2 := ownMemory(p.Bytes)
	b, err3 := ownMemory(p.Bytes)
	if err := errors.Join(err1, err2, err3); err != nil {
		return s, err
	}
	if err := t.Ready(); err != nil {
		return s, err
	}
	best := map[string]float64{}
	for _, l := range loops() {
		fill(a, 0)
		clear(b)
		ns, err := l.best(a, b)
		if err != nil {
			return s, err
		}
		best[l.name+bytesPerSecond] = float64(l.moved*p.Bytes) / float64(ns) * 1e9
	}
	return core.Sample(nil, best), nil
}

// best returns what the quickest pass took, in ns. A pass repeats the loop
// until it takes long against the clock's own time.
func (l loop) best(a, b []byte) (int64, error) {
	fastest := int64(1 << 62)
	repeats := max(1, (64<<10)/len(a))
	begin := lab.Nanotime()
	for n := 0; n < fewestPass || lab.Nanotime()-begin < ownNS; n++ {
		start := lab.Nanotime()
		for range repeats {
			if !l.run(a, b) {
				return 0, fmt.Errorf("loop %s over %d bytes: wrong result", l.name, len(a))
			}
		}
		fastest = min(fastest, (lab.Nanotime()-start)/int64(repeats))
	}
	return max(fastest, 1), nil
}
