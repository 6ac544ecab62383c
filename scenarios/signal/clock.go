package signal

import (
	"fmt"
	_ "unsafe" // for go:linkname

	"golang.org/x/sys/unix"
)

// nanotime is CLOCK_MONOTONIC in ns, which all processes of a machine share.
//
// Note: x/sys reads this clock by a system call, which takes longer than the
// quickest hand-off; time.Now gives no absolute value of it.
//
//go:linkname nanotime runtime.nanotime
func nanotime() int64

// cpuNS is the processor time of a clock of this process or thread, in ns.
func cpuNS(clock int32) (int64, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(clock, &t); err != nil {
		return 0, fmt.Errorf("processor time: %w", err)
	}
	return t.Nano(), nil
}
