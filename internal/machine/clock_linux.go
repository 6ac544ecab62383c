package machine

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

const (
	clockBatches = 31
	clockReads   = 200 // a batch
)

// clocks measures every clock that the meter reads: about 20 ms in a guest
// where a CPU clock costs a system call.
func clocks() ([]Clock, error) {
	runtime.LockOSThread() // or a migration in the middle of a batch shows as a step of the thread's clock
	defer runtime.UnlockOSThread()
	thread, err := measureOS("CLOCK_THREAD_CPUTIME_ID", unix.CLOCK_THREAD_CPUTIME_ID)
	if err != nil {
		return nil, err
	}
	process, err := measureOS("CLOCK_PROCESS_CPUTIME_ID", unix.CLOCK_PROCESS_CPUTIME_ID)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	since := measure("time.Since", func() int64 { return int64(time.Since(start)) })
	return []Clock{thread, process, since}, nil
}

// measureOS measures a clock of the operating system. An error of a read can
// only stem from an unknown clock, so that asking once is enough.
func measureOS(name string, id int32) (Clock, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(id, &t); err != nil {
		return Clock{}, fmt.Errorf("read %s: %w", name, err)
	}
	c := measure(name, func() int64 {
		_ = unix.ClockGettime(id, &t)
		return t.Nano()
	})
	if err := unix.ClockGetres(id, &t); err != nil {
		return Clock{}, fmt.Errorf("resolution of %s: %w", name, err)
	}
	c.ResolutionNS = t.Nano()
	return c, nil
}

// measure reads a clock, in nanoseconds, in batches of clockReads. The cost is
// the median over the batches, which an interruption of one cannot move; it
// includes the call through a function value, about a nanosecond.
func measure(name string, read func() int64) Clock {
	var costs [clockBatches]float64
	var values [clockReads]int64
	step := int64(0)
	for i := range costs {
		start := time.Now()
		for j := range values {
			values[j] = read()
		}
		costs[i] = float64(time.Since(start).Nanoseconds()) / clockReads
		step = smallestStep(step, values[:])
	}
	slices.Sort(costs[:])
	return Clock{Name: name, CostNS: costs[clockBatches/2], StepNS: step}
}

// smallestStep returns the smallest positive difference between neighbours,
// and least if that is positive and smaller.
func smallestStep(least int64, values []int64) int64 {
	for i := 1; i < len(values); i++ {
		d := values[i] - values[i-1]
		if d > 0 && (least == 0 || d < least) {
			least = d
		}
	}
	return least
}
