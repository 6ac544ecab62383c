package lab

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"
)

// longestBeat is how often a watch looks, at least. It is rare, since this program
// shares its processors with the trial that it waits for: it must sleep while that is
// measured.
const longestBeat = 5 * time.Second

// late is by how much a beat may come too late on a busy machine. A program that
// was stopped for less is not noticed, nor does it matter to a timeout.
const late = time.Second

// ErrStopped says that this program did not run for a while, so that it knows
// nothing of what it waited for meanwhile.
var ErrStopped = errors.New("this program was stopped")

// A Watch notices when this program does not run, as when it is stopped by a
// signal or its virtual machine is. While the whole machine is suspended the
// clock of timeouts stands still, so that there is nothing to notice. Its methods
// may be called by any goroutine.
type Watch struct {
	Stop  context.CancelFunc // ends the watch, if it is one of NewWatch
	now   func() time.Time
	every time.Duration // a beat

	mu   sync.Mutex
	last time.Time     // beat
	ran  time.Duration // since NewWatch
	gap  time.Duration // the same
}

// NewWatch returns a watch until Stop over what may last so long.
func NewWatch(limit time.Duration) *Watch {
	w := watch(time.Now, limit)
	ctx, stop := context.WithCancel(context.Background())
	w.Stop = stop
	go w.run(ctx, math.MaxInt64)
	return w
}

func watch(now func() time.Time, limit time.Duration) *Watch {
	return &Watch{now: now, last: now(), every: min(longestBeat, limit/8)}
}

// run beats until the program has run for so long, or until ctx ends, when it
// returns false.
func (w *Watch) run(ctx context.Context, d time.Duration) bool {
	for ran := time.Duration(0); ran < d; ran, _ = w.beat() {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(min(w.every, d-ran)):
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
	if since > w.every+late {
		w.gap += since - w.every
		since = w.every
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
		if watch(time.Now, d).run(ctx, d) {
			cancel(cause)
		}
	}()
	return ctx, func() { cancel(nil) }
}
