package control

import (
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/lap"
)

// What a process reads along the window, on the sample of the role whose process it is. The
// stretches are those of [StretchTicks], in order.
const (
	// StretchCPU is the series of the CPU that the process used in each stretch. It is absent
	// where a viewer has skipped a stretch, and where other threads than the role's work for
	// it in stretches that are too short for the clock.
	StretchCPU = "stretch_cpu_ns"
	// StretchWall is the series of how long the stretches lasted.
	StretchWall = "stretch_wall_ns"
)

// mostStretches is into how many stretches a window is cut at most. So many readings of a
// clock are nothing beside a window, and a tenth of them is enough for a p10.
const mostStretches = 60

// shortestShared is how long stretches must last where several threads of a process are at
// work: of those that run on another processor the process's clock knows what they had used
// at the last tick of the scheduler, up to 4 ms ago.
const shortestShared = 40 * time.Millisecond

// StretchTicks returns how many ticks a stretch has, and how many stretches the window, in
// all processes of a trial: they follow from its config alone. Ticks at the end that make no
// whole stretch are in none.
func StretchTicks(c copytax.Config) (ticks, stretches int) {
	ticks = max(1, (c.Ticks+mostStretches-1)/mostStretches)
	return ticks, c.Ticks / ticks
}

// A cutter reads the clocks at the ends of the stretches of a window.
type cutter struct {
	next, step, last uint64 // epochs at whose begin it reads
	cpu, wall        []int64
	began            time.Time
}

func newCutter(c copytax.Config) cutter {
	ticks, stretches := StretchTicks(c)
	warm := uint64(c.WarmUp)
	return cutter{
		next: warm, step: uint64(ticks), last: warm + uint64(ticks*stretches), began: time.Now(),
		cpu: make([]int64, 0, stretches+1), wall: make([]int64, 0, stretches+1),
	}
}

// pass is told that the ticks up to epoch are about to begin. Where a viewer has skipped
// over the ends of several stretches they have one reading, and no length.
func (c *cutter) pass(epoch uint64) {
	if epoch < c.next || c.next > c.last {
		return
	}
	cpu, wall := int64(lap.ProcessCPU()), int64(time.Since(c.began))
	for ; c.next <= min(epoch, c.last); c.next += c.step {
		c.cpu, c.wall = append(c.cpu, cpu), append(c.wall, wall)
	}
}

// series returns what was read, stretch by stretch. alone says that no other thread works
// for the roles of the process.
func (c *cutter) series(alone bool) map[string][]int64 {
	n := len(c.cpu) - 1
	if n < 1 || c.next <= c.last {
		return nil
	}
	cpu, wall := make([]int64, n), make([]int64, n)
	for i := range n {
		cpu[i], wall[i] = c.cpu[i+1]-c.cpu[i], c.wall[i+1]-c.wall[i]
		if wall[i] <= 0 {
			return nil
		}
	}
	all := map[string][]int64{StretchWall: wall, StretchCPU: cpu}
	if mean := time.Duration(c.wall[n]-c.wall[0]) / time.Duration(n); !alone && mean < shortestShared {
		delete(all, StretchCPU)
	}
	return all
}
