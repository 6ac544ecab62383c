package transporttest

import (
	"fmt"
	"math"
	"runtime/metrics"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/judge"
)

// settings are those of the garbage collector.
type settings struct{ percent, limit uint64 }

func readSettings() settings {
	m := []metrics.Sample{{Name: "/gc/gogc:percent"}, {Name: "/gc/gomemlimit:bytes"}}
	metrics.Read(m)
	return settings{m[0].Value.Uint64(), m[1].Value.Uint64()}
}

// kept returns an error unless the settings are still what they were: a link that
// switches the collector off spares its transport what the others pay.
func (s settings) kept() error {
	switch now := readSettings(); {
	case now == s:
		return nil
	case now.percent == math.MaxUint64:
		return mismatchf("a link has switched the garbage collector off")
	default:
		return mismatchf("a link has changed the garbage collector's settings: percentage %d and limit %d, were %d and %d",
			now.percent, now.limit, s.percent, s.limit)
	}
}

const (
	// allocMost is how many bytes a tick the process of a role may allocate in a world of
	// at most allocBoids: what messages allocate whatever they hold. The two or three
	// HTTP exchanges of a tick take 6 KiB, most of it in net/http, and up to seven times
	// that under the race detector; Unix sockets take less than 1. What a codec allocates
	// grows with the world and is its own affair.
	allocMost  = 48 << 10
	allocBoids = 5
)

// allocates returns an error where a process allocates anew for every tick.
func allocates(c copytax.Config, s experiment.Sample) error {
	perTick := s.Metrics["alloc_bytes"] / float64(c.Ticks)
	if c.Boids <= allocBoids && perTick > allocMost {
		return fmt.Errorf("the link of the %s allocates %.0f bytes a tick with %d boids: want at most %d, since memory is to be used again",
			s.Worker, perTick, c.Boids, allocMost)
	}
	return nil
}

// checkCounters looks at what the links counted in a whole trial.
func (t *trial) checkCounters() error {
	moved := int64(0)
	for role := range copytax.NumRoles {
		c := &t.counters[role]
		copied, wire, calls := c.CopiedBytes.Load(), c.WireBytes.Load(), c.Syscalls.Load()
		if copied < 0 || wire < 0 || calls < 0 {
			return fmt.Errorf("%s counts %d bytes copied, %d on the wire, %d system calls", role, copied, wire, calls)
		}
		if t.info.ZeroCopy && copied > t.workers[role].copies {
			return fmt.Errorf("%s copied %d bytes, want %d of a transport that copies no frame", role, copied, t.workers[role].copies)
		}
		moved += copied + wire
	}
	return movedEnough(t.info, t.cfg, float64(moved), int(t.cfg.LastEpoch())+1)
}

// leastShare is how much of a frame any encoding must move: the kit's floats are
// random but for one in seventeen, which no compression makes much shorter.
const leastShare = 0.75

// movedEnough compares the bytes that all links together counted, on the wire and
// copied, with the frames that they delivered. Who shares memory need not count any.
func movedEnough(info copytax.Info, c copytax.Config, moved float64, frames int) error {
	least := leastShare * float64(4*copytax.Columns*c.Boids) * float64(frames)
	if info.OneProcess || info.ZeroCopy || moved >= least {
		return nil
	}
	return fmt.Errorf("the links count %.0f bytes, copied and on the wire together, for %d frames of %d boids, which no codec makes shorter than %.0f: the counters lie",
		moved, frames, c.Boids, least)
}

// plausible looks at the samples of a trial whose roles were processes: phases and
// counters must agree with the frames delivered, and with what the operating system saw.
func plausible(info copytax.Info, c copytax.Config, samples []experiment.Sample) error {
	moved := 0.0
	for _, s := range samples {
		moved += s.Metrics["wire_bytes"] + s.Metrics["copied_bytes"]
		if !(info.OneProcess && !info.Concurrent) {
			if err := judge.Charges(s); err != nil {
				return err
			}
		}
		if err := allocates(c, s); err != nil {
			return err
		}
	}
	if err := judge.Counts(samples, c.Ticks); err != nil {
		return err
	}
	return movedEnough(info, c, moved, c.Ticks)
}
