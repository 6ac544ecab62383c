package control

import (
	"runtime/metrics"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/lap"
)

// A window is what a runner reads at both ends of the measured ticks.
type window struct {
	cpu      time.Duration // of the process, as are those below
	wall     time.Time
	usage    usage
	witness  witness
	doubt    error                    // why the witness says nothing
	changed  error                    // what has become of the collector
	counters [copytax.NumRoles]counts // by role

	ranCPU, ranWall time.Duration
}

// counterNames are the metrics that a role's link counts.
var counterNames = [...]string{"wire_bytes", "copied_bytes", "syscalls"}

// counts hold their values, in that order.
type counts [len(counterNames)]int64

func snapshot(c *copytax.Counters) counts {
	return counts{c.WireBytes.Load(), c.CopiedBytes.Load(), c.Syscalls.Load()}
}

// since sets each value to how much it has grown to end.
func since(start, end []int64) {
	for i := range start {
		start[i] = end[i] - start[i]
	}
}

func (w *window) open(r *runner) {
	for _, role := range r.roles() {
		w.counters[role] = snapshot(r.env[role].Counters)
	}
	if r.isHost() {
		w.witness, w.doubt = readWitness()
		w.usage = readUsage()
	}
	w.wall, w.cpu = time.Now(), lap.ProcessCPU()
	r.meter.Count(true)
}

func (w *window) shut(r *runner) {
	r.meter.Count(false)
	w.ranCPU, w.ranWall = lap.ProcessCPU()-w.cpu, time.Since(w.wall)
	for _, role := range r.roles() {
		end := snapshot(r.env[role].Counters)
		since(w.counters[role][:], end[:])
	}
	if r.isHost() {
		end := readUsage()
		since(w.usage[:], end[:])
		w.recall()
	}
}

// recall ends what the operating system was asked when the window opened.
func (w *window) recall() {
	end, err := readWitness()
	since(w.witness[:], end[:])
	if w.doubt == nil {
		w.doubt = err
	}
	w.changed = collectorKept()
}

// usageNames are the metrics that the operating system and the runtime count for
// a process.
var usageNames = [...]string{
	"alloc_bytes", "alloc_objects", "collections",
	"voluntary_switches", "involuntary_switches", "minor_faults", "major_faults",
}

// A usage holds their values, in that order.
type usage [len(usageNames)]int64

func readUsage() usage {
	ru, _ := lab.OwnUsage() // cannot fail for this process
	m := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/allocs:objects"}, {Name: "/gc/cycles/total:gc-cycles"},
	}
	metrics.Read(m)
	return usage{
		int64(m[0].Value.Uint64()), int64(m[1].Value.Uint64()), int64(m[2].Value.Uint64()),
		ru.VoluntarySwitches, ru.InvoluntarySwitches, ru.MinorFaults, ru.MajorFaults,
	}
}
