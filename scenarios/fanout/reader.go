package fanout

import (
	"errors"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

// A source is a reader of either protocol.
type source interface {
	// acquire returns a frame that has not been read, and the system calls made.
	acquire(hub.Strategy) (slot int, epoch uint64, syscalls int, err error)
	// release lets go of it, and says whether it was overwritten before.
	release() (overrun bool, syscalls int)
	// skipped is how many frames were published between those acquired.
	skipped() uint64
}

type follower struct{ *hub.Follower }

func (f follower) acquire(how hub.Strategy) (int, uint64, int, error) { return f.Acquire(how) }
func (f follower) release() (bool, int)                               { return false, f.Release() }
func (f follower) skipped() uint64                                    { return f.Skipped }

type watcher struct{ *hub.PingPongReader }

func (w watcher) acquire(how hub.Strategy) (int, uint64, int, error) { return w.Acquire(how) }
func (w watcher) release() (bool, int)                               { return w.Release(), 0 }
func (w watcher) skipped() uint64                                    { return w.Skipped }

func (h *hubSide) source() (source, error) {
	mode := hub.Every
	switch h.plan.Arm {
	case pingPongArm:
		return watcher{hub.NewPingPongReader(h.Words)}, nil
	case latestArm:
		mode = hub.Latest
	}
	f, err := hub.Follow(h.Words, h.plan.Slots, h.Number-core.Reader, mode)
	return follower{f}, err
}

func enterReader(p plan, mapped *core.Hub) (core.Work, error) {
	h := p.view(mapped)
	src, err := h.source() // before the writer begins
	return func() (experiment.Sample, error) { return h.read(src) }, err
}

// A tally is what a reader counts, of the frames that are counted.
type tally struct{ frames, torn, other, overruns, syscalls int64 }

// read reads every frame that src gives until the writer leaves.
func (h *hubSide) read(src source) (s experiment.Sample, err error) {
	recorder := experiment.NewRecorder()
	var out tally
	var cpu int64
	var skipped uint64
	for begun := false; ; {
		slot, epoch, calls, err := src.acquire(h.plan.Wait)
		now := lab.Nanotime()
		if errors.Is(err, hub.ErrClosed) {
			break
		}
		if err != nil {
			return s, err
		}
		sent := h.sent(epoch)
		if sent != 0 && !begun {
			if cpu, err = lab.CPUNS(lab.OfProcess); err != nil {
				return s, err
			}
			begun, skipped = true, src.skipped()
		}
		found, overrun, more := h.use(src, slot, epoch)
		if sent == 0 {
			continue
		}
		recorder.Record(now - sent)
		out.syscalls += int64(calls + more)
		out.count(found, overrun)
	}
	if out.frames == 0 {
		return s, errors.New("no frame was read while frames were counted")
	}
	end, err1 := lab.CPUNS(lab.OfProcess)
	latency, err2 := recorder.Histogram()
	return core.Sample(latency, map[string]float64{
		readMetric: float64(out.frames), skippedMetric: float64(src.skipped() - skipped), tornMetric: float64(out.torn),
		otherMetric: float64(out.other), overrunMetric: float64(out.overruns), syscallMetric: float64(out.syscalls),
		readersCPUMetric: float64(end - cpu),
	}), errors.Join(err1, err2)
}

// use reads all of a frame and lets go of it.
func (h *hubSide) use(src source, slot int, epoch uint64) (found zerocopy.Integrity, overrun bool, syscalls int) {
	if h.plan.Slow {
		core.Nap(holdNS)
	}
	found = h.Words.Check(h.slot(slot), epoch)
	overrun, syscalls = src.release()
	return found, overrun, syscalls
}

func (t *tally) count(found zerocopy.Integrity, overrun bool) {
	t.frames++
	switch found {
	case zerocopy.Torn:
		t.torn++
	case zerocopy.Other:
		t.other++
	}
	if overrun {
		t.overruns++
	}
}
