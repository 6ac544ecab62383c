package machine

import "os"

// Doctor tries what a run relies on, in about a second, and returns one check
// for each, always all of them and always in the same order. It leaves nothing
// behind. The error is for a call that makes no sense; what does not work here
// is a check that says so.
func Doctor(opt Options) ([]Check, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	opt = opt.withDefaults()
	s := &survey{root: os.DirFS("/")}
	checks := []Check{
		s.loadCheck(), // first, before this program adds to the load
		byteOrderCheck(),
		s.coresCheck(),
		s.quotaCheck(),
		s.frequencyCheck(),
		s.stealCheck(),
		pauseCheck(),
	}
	checks = append(checks, clockChecks()...)
	return append(checks,
		clockSharedCheck(),
		buildCheck(),
		s.memoryCheck(opt.Boids),
		s.swapCheck(),
		s.hugePagesCheck(),
		sharedMemoryCheck(),
		futexCheck(),
		socketCheck(),
		s.socketBufferCheck(),
		loopbackCheck(),
		filesCheck(),
		diskCheck(opt.Dir),
		countersCheck(),
		s.energyCheck(),
		browserCheck(),
	), nil
}
