package signal

import (
	"runtime"
	"sync/atomic"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// unit is how much the other goroutine computes between two counts: some
// hundred ns, so that it can be preempted about anywhere.
const unit = 256

// runShared is a reader that shares one processor of Go's scheduler with a
// goroutine that only computes, or has one more to itself.
func runShared(t *lab.Task, p plan, number int) (s experiment.Sample, err error) {
	runtime.GOMAXPROCS(1)
	if p.Arm == parkTwo {
		runtime.GOMAXPROCS(2)
	}
	read := func() (experiment.Sample, error) { // as long as others, if there is nothing to read
		sleep(p.RunNS + warmNS)
		return core.Sample(nil, map[string]float64{}), nil
	}
	if p.Arm != nobody {
		l, err := p.open(t.Files, number)
		if err != nil {
			return s, err
		}
		read = l.read
	}
	if err := t.Ready(); err != nil {
		return s, err
	}
	var done atomic.Int64
	go work(&done)
	begin, before := lab.Nanotime(), done.Load()
	if s, err = read(); err == nil {
		s.Metrics[workMetric] = float64(done.Load()-before) / float64(lab.Nanotime()-begin) * 1e9
	}
	return s, err
}

// sleep sleeps where the scheduler does not see it: the other goroutine must
// find nothing to do but its own work.
func sleep(ns int64) {
	for ns > 0 {
		ns = core.Nap(ns)
	}
}

// sink keeps the work from being optimised away.
var sink atomic.Uint64

func work(done *atomic.Int64) {
	x := uint64(88172645463325252)
	for {
		for range unit {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
		}
		sink.Store(x)
		done.Add(1)
	}
}
