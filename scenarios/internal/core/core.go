// Package core is what the gauges share about the processor's cores: the clock
// that all of them read, which two a writer and a reader stay on, and how far
// apart these are.
//
// A virtual machine's processors are threads of its host, which moves them. A
// line of cache then takes three to five times as long from one to the other,
// for seconds, and whatever was measured meanwhile is of another machine. A
// [Ruler] before and after each measurement tells which; [Usual] keeps the
// measurements of the commonest distance.
package core

import (
	"fmt"
	"runtime"
	"runtime/debug"
	_ "unsafe" // for go:linkname

	"golang.org/x/sys/unix"
)

// Nanotime is CLOCK_MONOTONIC in ns, which all processes of a machine share.
//
// Note: x/sys reads this clock by a system call, which takes longer than the
// quickest hand-off; time.Now gives no absolute value of it.
//
//go:linkname Nanotime runtime.nanotime
func Nanotime() int64

// The clocks of processor time.
const (
	OfProcess = unix.CLOCK_PROCESS_CPUTIME_ID // all threads of it
	OfThread  = unix.CLOCK_THREAD_CPUTIME_ID
)

// CPUNS is the processor time of this process or thread so far, the operating
// system's part included, in ns.
func CPUNS(clock int32) (int64, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(clock, &t); err != nil {
		return 0, fmt.Errorf("processor time: %w", err)
	}
	return t.Nano(), nil
}

// Stay keeps the calling thread, to which its goroutine must be locked, on a
// processor. Where the scheduler puts two processes is a question of its own:
// left to itself it often has both sides of a futex on one core, and sometimes
// two that spin.
func Stay(number int) error {
	var set unix.CPUSet
	set.Set(number)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("stay on processor %d: %w", number, err)
	}
	return nil
}

// Quiet keeps Go's runtime from moving or stopping a job: it has one thread and
// makes no garbage to speak of.
func Quiet() {
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
}
