package machine

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax/experiment/lab"
)

// clockChecks measures the clocks once and judges what they cost and how
// finely they move.
func clockChecks() []Check {
	all, err := clocks()
	if err != nil {
		const consequence, advice = "no phase can be timed", "use a kernel with POSIX CPU clocks"
		return []Check{failed("clock cost", err, consequence, advice), failed("clock resolution", err, consequence, advice)}
	}
	return []Check{judgeClockCost(all), judgeClockStep(all[0])}
}

// judgeClockCost draws the line at a microsecond: the meter then costs more
// than the sampling of ticks is meant to hide.
func judgeClockCost(all []Clock) Check {
	var text []string
	dear := false
	for _, c := range all {
		text = append(text, fmt.Sprintf("%s %.0f ns", c.Name, c.CostNS))
		dear = dear || c.CostNS > 1000
	}
	return ok("clock cost", "%s", strings.Join(text, ", ")).unless(!dear, Limited,
		"reading the clocks disturbs short ticks: the meter's share is shown, and exceeds 1% where worlds are small",
		"trust phases of small worlds less, or use bare metal")
}

// judgeClockStep tells a thread's CPU clock that is exact from one that moves
// only when the scheduler ticks, in steps of 1 to 10 ms.
func judgeClockStep(thread Clock) Check {
	const name = "clock resolution"
	if thread.StepNS > 0 && thread.StepNS <= 20_000 {
		return ok(name, "%s moves in steps as small as %d ns", thread.Name, thread.StepNS)
	}
	return ok(name, "%s did not move by less than %d ns", thread.Name, thread.StepNS).worse(Unavailable,
		"the CPU clock is coarser than a phase: no phase of a tick can be timed", "use a kernel with exact accounting of CPU time")
}

// clockSharedCheck reads CLOCK_MONOTONIC on one processor after the other. A
// latency starts in one process and ends in another, on another processor.
func clockSharedCheck() Check {
	const name = "clock across processors"
	backwards, cpus, err := crossRead(200)
	if err != nil {
		return failed(name, err, "whether latencies between processes can be trusted is unknown", "allow sched_setaffinity")
	}
	c := ok(name, "CLOCK_MONOTONIC went backwards %d times in 200 rounds over %d processors", backwards, cpus)
	return c.unless(backwards == 0, Unavailable,
		"latencies between processes are wrong by the offset of their processors' clocks", "choose another clock source")
}

// crossRead moves this thread over all processors it may use, rounds times,
// and counts the readings that lie before the previous one.
func crossRead(rounds int) (backwards, cpus int, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		return 0, 0, fmt.Errorf("read affinity: %w", err)
	}
	defer func() { err = errors.Join(err, unix.SchedSetaffinity(0, &allowed)) }()
	ids := processors(&allowed)
	last := int64(0)
	for range rounds {
		for _, id := range ids {
			if err := moveTo(id); err != nil {
				return 0, 0, err
			}
			now := lab.Nanotime()
			if now < last {
				backwards++
			}
			last = now
		}
	}
	return backwards, len(ids), nil
}

// moveTo moves the calling thread to a processor.
func moveTo(processor int) error {
	var one unix.CPUSet
	one.Set(processor)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return fmt.Errorf("move to processor %d: %w", processor, err)
	}
	return nil
}

// processors lists the members of a set, at most eight of them: moving over
// hundreds would take seconds and say little more.
func processors(set *unix.CPUSet) []int {
	var ids []int
	for id := 0; len(ids) < min(8, set.Count()); id++ {
		if set.IsSet(id) {
			ids = append(ids, id)
		}
	}
	return ids
}
