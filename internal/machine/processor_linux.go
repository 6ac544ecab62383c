package machine

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// Limitations returns what Doctor would call limited of what a fingerprint holds and a run
// suffers from as a whole: load, few processors, a limit of their time, a changed
// runtime. They are the warnings of a run.
func Limitations(info Info) []Check {
	checks := []Check{
		judgeLoad(info.LoadAverage[0], info.CPU.Usable),
		judgeCores(info.CPU.Usable, info.CPU.Logical, info.CPU.Physical),
		judgeQuota(info.Limits.CPUs, info.CPU.Usable),
		judgeRuntime(info.Go),
	}
	return slices.DeleteFunc(checks, func(c Check) bool { return c.Status == OK })
}

// roles is the number of processes that work on a tick.
const roles = 3

// byteOrderCheck looks at the order in which this processor stores a word: the
// raw codec and the hub are memory images in little-endian order.
func byteOrderCheck() Check {
	const name = "byte order"
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return ok(name, "little-endian")
	}
	return ok(name, "big-endian").worse(Unavailable,
		"shared memory and the raw codec would exchange swapped bytes: no run here", "use a little-endian machine")
}

// judgeCores compares the processors that this process may use with the three
// roles of a trial.
func judgeCores(usable, logical, physical int) Check {
	c := ok("processors", "%d usable of %d logical, %d cores, for %d roles", usable, logical, physical, roles)
	switch {
	case usable < 2:
		return c.worse(Limited,
			"the roles take turns on one processor: latency is mostly scheduling, and spinning transports stall one another",
			"use a machine with two processors or more")
	case usable < roles:
		return c.worse(Limited,
			"fewer processors than roles: a role that spins takes time from one that works, so spinning transports look worse than with a core for each role",
			"read the spinning rows as they are captioned, or use a machine with four processors or more")
	case physical > 0 && physical < roles:
		return c.worse(Limited, "some roles share a core's execution units through simultaneous multithreading", "disable SMT or use more cores")
	}
	return c
}

func judgeQuota(limit float64, usable int) Check {
	const name = "processor limit"
	if limit == 0 {
		return ok(name, "no control group limits processor time")
	}
	c := ok(name, "control groups allow %.2f processors' worth of time, %d usable", limit, usable)
	return c.unless(limit >= float64(usable), Limited,
		"the kernel stops all roles when the allowance of a period is spent: tail latencies show its period, not the transport",
		"raise the container's CPU limit to the number of its processors")
}

// judgeLoad draws the line at a quarter of one processor: what remains then
// still disturbs, but less than the spread between blocks usually is.
func judgeLoad(load float64, usable int) Check {
	return ok("load", "%.2f runnable tasks on average over the last minute, %d processors", load, usable).unless(load <= 0.25, Limited,
		"other work competes with the roles: intervals widen and tail latencies rise",
		"wait until the machine is idle (the average takes some minutes to fall)")
}

func judgeFrequency(governor, boost string) Check {
	const name = "processor frequency"
	if governor == "" {
		return ok(name, "governor not visible, boost %s", cmp.Or(boost, "unknown")).worse(Limited,
			"the frequency may drift between trials and cannot be watched; the random order of trials spreads that over all transports",
			"on a machine of your own, run on bare metal with the performance governor")
	}
	return ok(name, "governor %s, boost %s", governor, cmp.Or(boost, "unknown")).unless(governor == "performance", Limited,
		"the processor slows down while a role sleeps: blocking transports pay for it, spinning ones do not",
		"set the performance governor, for example: cpupower frequency-set -g performance")
}

// stealCheck keeps one processor busy for a fifth of a second, since time is
// stolen only from those who want it, and looks at what was stolen meanwhile.
func (s *survey) stealCheck() Check {
	before := s.steal()
	for start := time.Now(); time.Since(start) < 200*time.Millisecond; {
	}
	after := s.steal()
	return judgeSteal(after.fraction(procStat{}), after.fraction(before))
}

func judgeSteal(sinceBoot, now float64) Check {
	c := ok("stolen time", "%.2f%% of processor time since boot, %.1f%% during this check", 100*sinceBoot, 100*now)
	return c.unless(sinceBoot <= 0.01 && now <= 0.02, Limited,
		"the hypervisor runs other guests on these processors: CPU clocks of a guest may count stolen time as used",
		"use a dedicated host, or repeat the run and compare")
}

// pauseCheck spins and looks at how long it was not running: a lower bound for
// what the tail of a latency can hide.
func pauseCheck() Check {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start := time.Now()
	last, longest := time.Duration(0), time.Duration(0)
	for last < 100*time.Millisecond {
		now := time.Since(start)
		longest = max(longest, now-last)
		last = now
	}
	return judgePause(longest)
}

func judgePause(longest time.Duration) Check {
	c := ok("pauses", "a thread that never blocks was off its processor for at most %v in 100ms", longest)
	return c.unless(longest <= time.Millisecond, Limited,
		"p99 and p99.9 latencies contain pauses of this length that no transport caused",
		"stop other work; on a machine of your own, isolate cores")
}

func judgeRuntime(r Runtime) Check {
	c := ok("program", "%s, GOMAXPROCS %d, GOGC %s, GOMEMLIMIT %s", r.Version, r.GOMAXPROCS, r.GOGC, r.GOMEMLIMIT)
	switch {
	case r.Race:
		return c.worse(Limited, "built with the race detector: every number would be several times too large", "build without -race")
	case r.GOGC != "default" || r.GOMEMLIMIT != "default" || r.GODEBUG != "":
		return c.worse(Limited, fmt.Sprintf("the environment changes the collector or the runtime (GODEBUG=%q): the residual is not comparable with other runs", r.GODEBUG),
			"unset GOGC, GOMEMLIMIT and GODEBUG")
	}
	return c
}
