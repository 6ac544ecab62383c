package signal

import (
	"runtime"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
)

// A share is what a reader that is one goroutine of two has found out.
type share struct {
	side
	Work   int64 // units that the other goroutine got done meanwhile
	WallNS int64
}

// unit is how much the other goroutine computes between two counts: some
// hundred ns, so that it can be preempted about anywhere.
const unit = 256

func (s share) rate() float64 { return float64(s.Work) / float64(s.WallNS) * 1e9 }

// runShared is a reader that shares one processor of Go's scheduler with a
// goroutine that only computes, or has one more to itself.
func runShared(t *lab.Task) error {
	var p plan
	if err := t.Args(&p); err != nil {
		return err
	}
	runtime.GOMAXPROCS(1)
	if p.Arm == parkTwo {
		runtime.GOMAXPROCS(2)
	}
	var l *link
	if p.Arm != nobody {
		var err error
		if l, err = p.open(t.Files); err != nil {
			return err
		}
	}
	if err := t.Ready(); err != nil {
		return err
	}
	var done atomic.Int64
	go work(&done)
	out, err := p.wait(l, &done)
	if err != nil {
		return err
	}
	return t.Done(out)
}

// wait reads to the end, or waits as long if there is nothing to read.
func (p plan) wait(l *link, done *atomic.Int64) (out share, err error) {
	begin, work := lab.Nanotime(), done.Load()
	if l == nil {
		sleep(p.RunNS + warmNS)
	} else {
		defer l.words.Leave(copytax.Viewer)
		out.side, err = l.read()
	}
	out.Work, out.WallNS = done.Load()-work, lab.Nanotime()-begin
	return out, err
}

// sleep sleeps where the scheduler does not see it: the other goroutine must
// find nothing to do but its own work.
func sleep(ns int64) {
	t := unix.NsecToTimespec(ns)
	for unix.Nanosleep(&t, &t) == unix.EINTR {
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
