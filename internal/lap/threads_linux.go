package lap

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Threads are those of the roles of one process that run at the same time. The
// zero value has none.
type Threads struct {
	mu     sync.Mutex
	clocks []uintptr
}

// Join adds the calling thread. The goroutine must be locked to it, and must keep
// it until the host's window is shut.
func (t *Threads) Join() {
	// The clock of a thread, as of pthread_getcpuclockid(3): MAKE_THREAD_CPUCLOCK
	// and CPUCLOCK_SCHED of Linux's include/linux/posix-timers.h.
	const perThread, sched = 4, 2
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clocks = append(t.clocks, uintptr(^unix.Gettid()<<3|perThread|sched))
}

// rest reads the CPU of the process that was none of the threads'. Reading a
// thread's clock brings up to date what the process's clock adds up: read behind
// them it lags by none of theirs.
func (t *Threads) rest() (rest time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range t.clocks {
		rest -= clock(id)
	}
	return rest + processCPU()
}
