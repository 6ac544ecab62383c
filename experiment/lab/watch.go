package lab

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"
)

const (
	beat = 250 * time.Millisecond
	// late is by how much a beat may come too late on a busy machine. A program
	// that was stopped for less is not noticed, nor does it matter to a timeout.
	late = time.Second
)

// ErrStopped says that this program did not run for a while, so that it knows
// nothing of what it waited for meanwhile.
var ErrStopped = errors.New("this program was stopped")

// A Watch notices when this program does not run, as when it is stopped by a
// signal or its virtual machine is. While the whole machine is suspended the
// clock of timeouts stands still, so that there is nothing to notice. Its methods
// may be called by any goroutine.
type Watch struct {
	Stop context.CancelFunc // ends the watch, if it is one of NewWatch
	now  func() time.Time

	mu   sync.Mutex
	last time.Time     // beat
	ran  time.Duration // since NewWatch
	gap  time.Duration // the same
}

// NewWatch returns a watch that beats until Stop.
func NewWatch() *Watch {
	w := watch(time.Now)
	ctx, stop := context.WithCancel(context.Background())
	w.Stop = stop
	go w.run(ctx, math.MaxInt64)
	return w
}

func watch(now func() time.Time) *Watch { return &Watch{now: now, last: now()} }

// run beats until the program has run for so long, or until ctx ends, when it
// returns false.
func (w *Watch) run(ctx context.Context, d time.Duration) bool {
	for ran := time.Duration(0); ran < d; ran, _ = w.beat() {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(min(beat, d-ran)):
		}
	}
	return true
}

// beat counts the time since the last beat, and returns how long the program has
// run and has not.
func (w *Watch) beat() (ran, gap time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	since := now.Sub(w.last)
	w.last = now
	if since > beat+late {
		w.gap += since - beat
		since = beat
	}
	w.ran += since
	return w.ran, w.gap
}

// Err returns nil, or an error that wraps ErrStopped and says for how long this
// program did not run since the watch began.
func (w *Watch) Err() error {
	if _, gap := w.beat(); gap > 0 {
		return fmt.Errorf("%w for %v", ErrStopped, gap.Round(100*time.Millisecond))
	}
	return nil
}

// WithTimeout is [context.WithTimeoutCause] with a deadline that counts only
// the time that this program runs. The context's Deadline does not tell it, and
// its error is [context.Canceled].
func WithTimeout(parent context.Context, d time.Duration, cause error) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	go func() {
		if watch(time.Now).run(ctx, d) {
			cancel(cause)
		}
	}()
	return ctx, func() { cancel(nil) }
}
