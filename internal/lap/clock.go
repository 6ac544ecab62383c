package lap

import (
	"time"

	"github.com/copytax/copytax/experiment/lab"
)

// ThreadCPU reads the CPU time of the calling thread, to which the goroutine must
// be locked.
func ThreadCPU() time.Duration { return read(lab.OfThread) }

// ProcessCPU reads the CPU time of all threads of this process: the denominator of
// every tax.
func ProcessCPU() time.Duration { return read(lab.OfProcess) }

// read reads a clock of this process or of a thread that is alive, which cannot
// fail.
func read(clock lab.Clock) time.Duration {
	ns, _ := lab.CPUNS(clock)
	return time.Duration(ns)
}
