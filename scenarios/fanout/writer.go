package fanout

import (
	"errors"
	"fmt"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

const (
	warmNS     = int64(30e6)     // before frames are counted
	fewestWarm = 50              // more than a waiter looks back on
	loanLimit  = 5 * time.Second // a reader that holds a frame for so long has failed
)

// A publisher is a writer of either protocol.
type publisher interface {
	// loan returns the slot for the frame of epoch.
	loan(epoch uint64) (slot int, err error)
	publish(slot int, epoch uint64)
	// waits returns how many loans had to wait, and the system calls of that.
	waits() (blocked, sleeps int)
}

type leaser struct{ *hub.Writer }

func (l leaser) loan(uint64) (int, error)       { return l.Loan() }
func (l leaser) publish(slot int, epoch uint64) { l.Publish(slot, epoch) }
func (l leaser) waits() (int, int)              { return l.Blocked, l.Syscalls }

type pinger struct{ *hub.PingPong }

func (p pinger) loan(epoch uint64) (int, error)  { return p.Loan(epoch), nil }
func (p pinger) publish(slot int, epoch uint64)  { p.Publish(epoch) }
func (p pinger) waits() (blocked int, sleep int) { return 0, 0 }

func (h *hubSide) publisher() (publisher, error) {
	if h.plan.Arm == pingPongArm {
		return pinger{hub.NewPingPong(h.Words)}, nil
	}
	w, err := hub.NewWriter(h.Words, h.plan.Slots)
	if err != nil {
		return nil, err
	}
	w.How, w.Limit = h.plan.Wait, loanLimit
	return leaser{w}, nil
}

func enterWriter(p plan, mapped *core.Hub) (core.Work, error) {
	h := p.view(mapped)
	pub, err := h.publisher()
	return func() (experiment.Sample, error) { return h.write(pub) }, err
}

// write publishes until the time is over.
func (h *hubSide) write(pub publisher) (s experiment.Sample, err error) {
	defer h.Words.Leave(copytax.Engine) // by which the readers end
	begin := lab.Nanotime()
	if err := h.stream(pub, 0, begin+warmNS, false); err != nil {
		return s, err
	}
	blocked, sleeps := pub.waits()
	cpu, err1 := lab.CPUNS(lab.OfProcess)
	start := lab.Nanotime()
	first := h.Words.Frame().Load()
	err2 := h.stream(pub, first, start+h.plan.RunNS, true)
	ns := lab.Nanotime() - start
	end, err3 := lab.CPUNS(lab.OfProcess)
	frames := float64(h.Words.Frame().Load() - first)
	b, c := pub.waits()
	return core.Sample(nil, map[string]float64{
		framesMetric: frames, rateMetric: 1e9 * frames / float64(ns), writerCPUMetric: float64(end - cpu),
		blockedMetric: float64(b - blocked), sleepMetric: float64(c - sleeps),
	}), errors.Join(err1, err2, err3)
}

// stream publishes frames from epoch on until the clock says end.
func (h *hubSide) stream(pub publisher, epoch uint64, end int64, counts bool) error {
	for due := lab.Nanotime(); counts && due < end || !counts && (due < end || epoch < fewestWarm); epoch++ {
		if epoch >= times {
			return fmt.Errorf("frame %d: a run has %d at most", epoch, times)
		}
		slot, err := pub.loan(epoch)
		if err != nil {
			return err
		}
		zerocopy.Stamp(h.slot(slot), epoch)
		now := lab.Nanotime()
		sent := int64(0)
		if counts {
			sent = now
		}
		h.setTime(epoch, sent)
		pub.publish(slot, epoch)
		due = h.pace(due, now)
	}
	return nil
}

// pace waits, in a steady run, until the next frame is due: by the schedule,
// not by when this one was done.
func (h *hubSide) pace(due, now int64) int64 {
	if !h.plan.Steady {
		return now
	}
	due += steadyNS
	if left := due - lab.Nanotime(); left > 0 {
		core.Nap(left)
	}
	return due
}
