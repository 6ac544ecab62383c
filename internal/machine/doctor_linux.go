package machine

import (
	"os"
	"runtime"
)

// most is the largest world of the profiles, in boids.
const most = 100_000

// Doctor tries what a run relies on, in about a second, and returns one check
// for each, always all of them and always in the same order. It leaves nothing
// behind. What does not work here is a check that says so, and no error.
func Doctor() ([]Check, error) {
	s := &survey{root: os.DirFS("/")}
	load := s.load()[0] // first, before this program adds to it
	usable, memory := runtime.NumCPU(), s.memory()
	logical, physical := s.cores()
	checks := []Check{
		judgeLoad(load, usable),
		byteOrderCheck(),
		judgeCores(usable, logical, physical),
		judgeQuota(s.limitCPUs(), usable),
		judgeFrequency(s.governor(), s.boost()),
		s.stealCheck(),
		pauseCheck(),
	}
	checks = append(checks, clockChecks()...)
	return append(checks,
		clockSharedCheck(),
		judgeRuntime(goRuntime()),
		judgeMemory(needBytes(most), memory.AvailableBytes, s.limitMemory(memory.TotalBytes), most),
		judgeSwap(memory.SwapUsedBytes, memory.SwapTotalBytes),
		judgeHugePages(memory.TransparentHuge, memory.SharedHuge),
		sharedMemoryCheck(),
		futexCheck(),
		socketCheck(),
		s.socketBufferCheck(),
		loopbackCheck(),
		s.filesCheck(),
		diskCheck("."),
		countersCheck(),
		s.energyCheck(),
		browserCheck(),
	), nil
}
