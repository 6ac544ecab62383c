package fanout

import (
	"errors"
	"fmt"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/zerocopy"
)

const (
	warmNS     = int64(30e6)     // before frames are counted
	fewestWarm = 50              // more than a waiter looks back on
	loanLimit  = 5 * time.Second // a reader that holds a frame for so long has failed
)

// What the writer has found out.
type written struct {
	Frames, NS, CPUNS int64 // counted frames, and the time and processor time that they took
	Blocked, Sleeps   int64
}

// A publisher is a writer of either protocol.
type publisher interface {
	// loan returns the slot for the frame of epoch.
	loan(epoch uint64) (slot int, err error)
	publish(slot int, epoch uint64)
	// waits returns how many loans had to wait, and the system calls of that.
	waits() (blocked, sleeps int)
}

type leaser struct{ *zerocopy.Writer }

func (l leaser) loan(uint64) (int, error)       { return l.Loan() }
func (l leaser) publish(slot int, epoch uint64) { l.Publish(slot, epoch) }
func (l leaser) waits() (int, int)              { return l.Blocked, l.Syscalls }

type pinger struct{ *zerocopy.PingPong }

func (p pinger) loan(epoch uint64) (int, error)  { return p.Loan(epoch), nil }
func (p pinger) publish(slot int, epoch uint64)  { p.Publish(epoch) }
func (p pinger) waits() (blocked int, sleep int) { return 0, 0 }

func (h *hub) publisher() (publisher, error) {
	if h.plan.Arm == pingPongArm {
		return pinger{zerocopy.NewPingPong(h.words)}, nil
	}
	w, err := zerocopy.NewWriter(h.words, h.plan.Slots)
	if err != nil {
		return nil, err
	}
	w.How, w.Limit = h.plan.Wait, loanLimit
	return leaser{w}, nil
}

func runWriter(t *lab.Task) (err error) {
	core.Quiet()
	var p plan
	if err := t.Args(&p); err != nil {
		return err
	}
	h, err := p.open(t.Files, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	defer h.words.Leave(copytax.Engine) // by which the readers end
	if err := t.Ready(); err != nil {
		return err
	}
	out, err := h.write()
	if err != nil {
		return err
	}
	return t.Done(out)
}

// write publishes until the time is over.
func (h *hub) write() (out written, err error) {
	pub, err := h.publisher()
	if err != nil {
		return out, err
	}
	begin := lab.Nanotime()
	if err := h.stream(pub, 0, begin+warmNS, false); err != nil {
		return out, err
	}
	blocked, sleeps := pub.waits()
	cpu, err1 := lab.CPUNS(lab.OfProcess)
	start := lab.Nanotime()
	first := h.words.Frame().Load()
	err = h.stream(pub, first, start+h.plan.RunNS, true)
	out.NS = lab.Nanotime() - start
	end, err2 := lab.CPUNS(lab.OfProcess)
	out.Frames, out.CPUNS = int64(h.words.Frame().Load()-first), end-cpu
	b, s := pub.waits()
	out.Blocked, out.Sleeps = int64(b-blocked), int64(s-sleeps)
	return out, errors.Join(err, err1, err2)
}

// stream publishes frames from epoch on until the clock says end.
func (h *hub) stream(pub publisher, epoch uint64, end int64, counts bool) error {
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
func (h *hub) pace(due, now int64) int64 {
	if !h.plan.Steady {
		return now
	}
	due += steadyNS
	if left := due - lab.Nanotime(); left > 0 {
		sleep(left)
	}
	return due
}
