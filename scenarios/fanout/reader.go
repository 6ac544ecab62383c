package fanout

import (
	"errors"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/zerocopy"
)

// What a reader has found out, of the frames that were counted.
type read struct {
	Latency               *experiment.Histogram
	Frames, Skipped       int64
	Torn, Other, Overruns int64
	Syscalls, CPUNS       int64
}

// A source is a reader of either protocol.
type source interface {
	// acquire returns a frame that has not been read, and the system calls made.
	acquire(zerocopy.Strategy) (slot int, epoch uint64, syscalls int, err error)
	// release lets go of it, and says whether it was overwritten before.
	release() (overrun bool, syscalls int)
	// skipped is how many frames were published between those acquired.
	skipped() uint64
}

type follower struct{ *zerocopy.Follower }

func (f follower) acquire(how zerocopy.Strategy) (int, uint64, int, error) { return f.Acquire(how) }
func (f follower) release() (bool, int)                                    { return false, f.Release() }
func (f follower) skipped() uint64                                         { return f.Skipped }

type watcher struct{ *zerocopy.PingPongReader }

func (w watcher) acquire(how zerocopy.Strategy) (int, uint64, int, error) { return w.Acquire(how) }
func (w watcher) release() (bool, int)                                    { return w.Release(), 0 }
func (w watcher) skipped() uint64                                         { return w.Skipped }

func (h *hub) source() (source, error) {
	mode := zerocopy.Every
	switch h.plan.Arm {
	case pingPongArm:
		return watcher{zerocopy.NewPingPongReader(h.words)}, nil
	case latestArm:
		mode = zerocopy.Latest
	}
	f, err := zerocopy.Follow(h.words, h.plan.Slots, h.plan.Index, mode)
	if err != nil {
		return nil, err
	}
	return follower{f}, nil
}

func runReader(t *lab.Task) (err error) {
	core.Quiet()
	var p plan
	if err := t.Args(&p); err != nil {
		return err
	}
	h, err := p.open(t.Files, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	src, err := h.source() // before the writer begins
	if err != nil {
		return err
	}
	if err := t.Ready(); err != nil {
		return err
	}
	out, err := h.read(src)
	if err != nil {
		return err
	}
	return t.Done(out)
}

// read reads every frame that src gives until the writer leaves.
func (h *hub) read(src source) (out read, err error) {
	recorder := experiment.NewRecorder()
	var cpu int64
	var skipped uint64
	for begun := false; ; {
		slot, epoch, calls, err := src.acquire(h.plan.Wait)
		now := lab.Nanotime()
		if errors.Is(err, zerocopy.ErrClosed) {
			break
		}
		if err != nil {
			return out, err
		}
		sent := h.sent(epoch)
		if sent != 0 && !begun {
			if cpu, err = lab.CPUNS(lab.OfProcess); err != nil {
				return out, err
			}
			begun, skipped = true, src.skipped()
		}
		found, overrun, more := h.use(src, slot, epoch)
		if sent == 0 {
			continue
		}
		recorder.Record(now - sent)
		out.Syscalls += int64(calls + more)
		out.count(found, overrun)
	}
	out.Skipped = int64(src.skipped() - skipped)
	err = out.sumUp(recorder, cpu)
	return out, err
}

// use reads all of a frame and lets go of it.
func (h *hub) use(src source, slot int, epoch uint64) (found zerocopy.Integrity, overrun bool, syscalls int) {
	if h.plan.Slow {
		sleep(holdNS)
	}
	found = h.words.Check(h.slot(slot), epoch)
	overrun, syscalls = src.release()
	return found, overrun, syscalls
}

func (r *read) count(found zerocopy.Integrity, overrun bool) {
	r.Frames++
	switch found {
	case zerocopy.Torn:
		r.Torn++
	case zerocopy.Other:
		r.Other++
	}
	if overrun {
		r.Overruns++
	}
}

// sumUp fills in the latency, and the processor time since it was cpu.
func (r *read) sumUp(recorder *experiment.Recorder, cpu int64) (err error) {
	if r.Frames == 0 {
		return errors.New("no frame was read while frames were counted")
	}
	end, err := lab.CPUNS(lab.OfProcess)
	if err != nil {
		return err
	}
	r.CPUNS = end - cpu
	r.Latency, err = recorder.Histogram()
	return err
}
