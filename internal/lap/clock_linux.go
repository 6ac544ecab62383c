package lap

import (
	"math"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ThreadCPU reads the CPU time of the calling thread, to which the goroutine must
// be locked.
func ThreadCPU() time.Duration { return threadCPU() }

// threadCPU reads the CPU time of the calling thread, user and system.
func threadCPU() time.Duration { return clock(unix.CLOCK_THREAD_CPUTIME_ID) }

// ProcessCPU reads the CPU time of all threads of this process, dead ones
// included: the denominator of every tax. Other threads that are running at
// this moment count up to their last scheduler tick.
func ProcessCPU() time.Duration { return processCPU() }

func processCPU() time.Duration { return clock(unix.CLOCK_PROCESS_CPUTIME_ID) }

// clock reads a clock by a raw call: it never blocks, and the bookkeeping of
// the ordinary one would be charged to the lap.
func clock(id uintptr) time.Duration {
	var ts unix.Timespec
	// SAFETY: ts is alive and of the size that the call writes. The call
	// cannot fail for clocks of this process and of threads that are alive.
	unix.RawSyscall(unix.SYS_CLOCK_GETTIME, id, uintptr(unsafe.Pointer(&ts)), 0)
	return time.Duration(ts.Nano())
}

// Monotonic returns a function that reads CLOCK_MONOTONIC, in nanoseconds since
// the machine started, which is common to all its processes. It uses Go's
// clock, which is cheaper, and the distance between the two, taken from the
// closest of many pairs of readings: had the thread lost its processor between
// the two, every latency of the trial would be off by the time it was away.
func Monotonic() func() int64 {
	const tries = 64
	var base int64
	var start time.Time
	closest := time.Duration(math.MaxInt64)
	for range tries {
		before := time.Now()
		now := clock(unix.CLOCK_MONOTONIC)
		if gap := time.Since(before); gap < closest {
			closest, base, start = gap, int64(now), before.Add(gap/2)
		}
	}
	return func() int64 { return base + int64(time.Since(start)) }
}
