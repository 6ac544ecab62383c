package peer

import (
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"time"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/lap"
	"github.com/copytax/copytax/internal/store"
)

// collectBefore is how many ticks before the window every process collects its
// garbage, so that all start it alike. In the window the collector is the
// program's own affair, and its cost counts.
const collectBefore = 2

// run plays every tick and returns what was measured in the window.
func (c *cast) run() (*Report, error) {
	var w window
	warm, last := uint64(c.config.WarmUp), c.config.LastEpoch()
	for epoch := uint64(0); epoch <= last; epoch++ {
		if epoch+collectBefore == warm {
			runtime.GC()
		}
		if epoch == warm/2 {
			c.sampler.observe(c.meter.Entered())
		}
		if epoch == warm {
			c.sampler.settle(c.config, c.meter.Entered())
			if err := w.open(c); err != nil {
				return nil, err
			}
		}
		if epoch == last {
			if err := w.shut(c); err != nil {
				return nil, err
			}
		}
		if err := c.tick(epoch); err != nil {
			return nil, fmt.Errorf("tick %d: %w", epoch, err)
		}
	}
	return c.report(&w)
}

// tick plays one tick of every role of this process. With all three, they take
// turns in the order in which a tick passes through them.
func (c *cast) tick(epoch uint64) error {
	rare := isRare(epoch)
	c.meter.Tick(c.host, rare, c.config.Measured(epoch) && c.sampler.draw(rare))
	if c.kernel != nil {
		if err := c.kernel.Begin(epoch); err != nil {
			return err
		}
	}
	for _, role := range []copytax.Role{copytax.Engine, copytax.Viewer} {
		if c.actors[role] == nil {
			continue
		}
		c.meter.Turn(role)
		if err := c.actors[role].Tick(epoch); err != nil {
			return err
		}
	}
	if c.kernel == nil {
		return nil
	}
	c.meter.Turn(copytax.Kernel)
	return c.kernel.Tick(epoch)
}

// A window is what a process reads at both ends of the measured ticks.
type window struct {
	cpu      time.Duration
	wall     time.Time
	usage    store.Usage
	counters [copytax.NumRoles]counts

	ranCPU, ranWall time.Duration
}

type counts struct{ wire, copied, syscalls int64 }

func snapshot(c *copytax.Counters) counts {
	return counts{c.WireBytes.Load(), c.CopiedBytes.Load(), c.Syscalls.Load()}
}

func (w *window) open(c *cast) (err error) {
	if w.usage, err = usage(); err != nil {
		return err
	}
	for role := range w.counters {
		w.counters[role] = snapshot(c.env[role].Counters)
	}
	w.wall, w.cpu = time.Now(), lap.ProcessCPU()
	c.meter.Count(true)
	return nil
}

func (w *window) shut(c *cast) error {
	c.meter.Count(false)
	w.ranCPU, w.ranWall = lap.ProcessCPU()-w.cpu, time.Since(w.wall)
	for role := range w.counters {
		end := snapshot(c.env[role].Counters)
		start := w.counters[role]
		w.counters[role] = counts{end.wire - start.wire, end.copied - start.copied, end.syscalls - start.syscalls}
	}
	end, err := usage()
	w.usage = store.Usage{
		AllocBytes:          end.AllocBytes - w.usage.AllocBytes,
		AllocObjects:        end.AllocObjects - w.usage.AllocObjects,
		Collections:         end.Collections - w.usage.Collections,
		VoluntarySwitches:   end.VoluntarySwitches - w.usage.VoluntarySwitches,
		InvoluntarySwitches: end.InvoluntarySwitches - w.usage.InvoluntarySwitches,
		MinorFaults:         end.MinorFaults - w.usage.MinorFaults,
		MajorFaults:         end.MajorFaults - w.usage.MajorFaults,
	}
	return err
}

// usage reads the counters of the operating system and of the runtime.
func usage() (store.Usage, error) {
	var ru unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &ru); err != nil {
		return store.Usage{}, fmt.Errorf("read resource usage: %w", err)
	}
	m := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/allocs:objects"}, {Name: "/gc/cycles/total:gc-cycles"},
	}
	metrics.Read(m)
	return store.Usage{
		AllocBytes:          int64(m[0].Value.Uint64()),
		AllocObjects:        int64(m[1].Value.Uint64()),
		Collections:         int64(m[2].Value.Uint64()),
		VoluntarySwitches:   ru.Nvcsw,
		InvoluntarySwitches: ru.Nivcsw,
		MinorFaults:         ru.Minflt,
		MajorFaults:         ru.Majflt,
	}, nil
}

// report turns accounts and evidence into samples.
func (c *cast) report(w *window) (*Report, error) {
	r := &Report{}
	for _, role := range c.played() {
		evidence, err := c.actors[role].Evidence()
		if err != nil {
			return nil, fmt.Errorf("evidence of %s: %w", role, err)
		}
		s := c.sample(role, w)
		s.Evidence, s.Proof = evidence, evidence.Proof
		r.Samples = append(r.Samples, s)
		switch role {
		case copytax.Kernel:
			r.Published = c.publish
		case copytax.Viewer:
			r.Used = c.used
		}
	}
	return r, nil
}

func (c *cast) sample(role copytax.Role, w *window) store.Sample {
	total := c.meter.Total(role)
	s := store.Sample{
		Role: role.String(), Host: c.host.String(), PID: os.Getpid(),
		SampledTicks: total.Sampled, Stride: c.sampler.stride[ordinary], Laps: total.Laps,
		CPUNS: total.CPUNS, PhaseWallNS: total.WallNS,
		WireBytes: w.counters[role].wire, CopiedBytes: w.counters[role].copied, Syscalls: w.counters[role].syscalls,
	}
	if role == c.host {
		s.WallNS, s.ProcessCPUNS, s.Usage = int64(w.ranWall), int64(w.ranCPU), w.usage
	}
	return s
}
