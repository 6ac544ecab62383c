package lap

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

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
	// cannot fail for these two clocks.
	unix.RawSyscall(unix.SYS_CLOCK_GETTIME, id, uintptr(unsafe.Pointer(&ts)), 0)
	return time.Duration(ts.Nano())
}

// Monotonic returns a function that reads CLOCK_MONOTONIC, in nanoseconds since
// the machine started, which is common to all its processes. It reads the
// system's clock once and Go's clock, which is cheaper, from then on.
func Monotonic() func() int64 {
	var ts unix.Timespec
	before := time.Now()
	unix.RawSyscall(unix.SYS_CLOCK_GETTIME, unix.CLOCK_MONOTONIC, uintptr(unsafe.Pointer(&ts)), 0)
	gap := time.Since(before)
	base, start := ts.Nano(), before.Add(gap/2)
	return func() int64 { return base + int64(time.Since(start)) }
}
