package lap

import (
	"sync"
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

// Threads are those of the roles of one process that run at the same time. The
// zero value has none.
type Threads struct {
	mu     sync.Mutex
	clocks []lab.Clock
}

// Join adds the calling thread. The goroutine must be locked to it, and must keep
// it until the host's window is shut.
func (t *Threads) Join() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clocks = append(t.clocks, lab.ThisThread())
}

// rest reads the CPU of the process that was none of the threads'. Reading a
// thread's clock brings up to date what the process's clock adds up: read behind
// them it lags by none of theirs.
func (t *Threads) rest() (rest time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, clock := range t.clocks {
		rest -= read(clock)
	}
	return rest + ProcessCPU()
}
