package lab

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// OwnUsage is that of this process so far.
func OwnUsage() (Usage, error) { return usageOf(unix.RUSAGE_SELF) }

// ChildUsage is that of the processes which this one has started and waited for.
func ChildUsage() (Usage, error) { return usageOf(unix.RUSAGE_CHILDREN) }

func usageOf(who int) (Usage, error) {
	var ru unix.Rusage
	if err := unix.Getrusage(who, &ru); err != nil {
		return Usage{}, fmt.Errorf("getrusage: %w", err)
	}
	return Usage{
		CPU:               time.Duration(ru.Utime.Nano() + ru.Stime.Nano()),
		VoluntarySwitches: ru.Nvcsw, InvoluntarySwitches: ru.Nivcsw, MinorFaults: ru.Minflt, MajorFaults: ru.Majflt,
	}, nil
}
