package hub

import (
	"errors"
	"strings"
	"sync/atomic"

	"github.com/copytax/copytax"
)

// ErrClosed says that a role that was waited for has left the hub. What wraps
// it says which.
var ErrClosed = errors.New("the peer has left the hub")

// A leftError is an ErrClosed that names who left.
type leftError struct{ roles uint64 } // a bit each

func (e leftError) Error() string {
	var names []string
	for role := range copytax.NumRoles {
		if e.roles&(1<<role) != 0 {
			names = append(names, role.String())
		}
	}
	verb := " has"
	if len(names) > 1 {
		verb = " have"
	}
	return "the " + strings.Join(names, " and the ") + verb + " left the hub"
}

func (e leftError) Unwrap() error { return ErrClosed }

// A Signal is a 64-bit value that only grows, written by one role and awaited
// by any number of others in other processes.
type Signal struct {
	value    *atomic.Uint64
	sleepers *atomic.Uint64
	closed   *atomic.Uint64
	writer   uint64 // its bit in closed
}

// Post sets the value and wakes whoever sleeps. It returns the number of
// system calls made: none while nobody sleeps.
func (s Signal) Post(v uint64) int {
	// Both are sequentially consistent, as is a sleeper's order of sleepers,
	// then value: one of the two sides sees the other.
	s.value.Store(v)
	return s.wakeIfAny()
}

// wakeIfAny is what comes behind every change of the value.
func (s Signal) wakeIfAny() (syscalls int) {
	if s.sleepers.Load() == 0 {
		return 0
	}
	s.wake()
	return 1
}

// Load returns the value.
func (s Signal) Load() uint64 { return s.value.Load() }

// Await blocks until the value is at least v. It returns the value seen and
// the number of system calls made, or an error that wraps ErrClosed and names
// the writer when it has left and the value is still short of v.
func (s Signal) Await(v uint64, how Strategy) (seen uint64, syscalls int, err error) {
	if seen = s.value.Load(); seen >= v {
		return seen, 0, nil
	}
	if how == Spin {
		return s.spin(v, new(pace))
	}
	if how.adaptive() {
		return NewWaiter(how).Await(s, v)
	}
	return s.park(v, how)
}

// left returns an error if the writer has gone without having posted v first.
func (s Signal) left(v uint64) error {
	if gone := s.closed.Load() & s.writer; gone != 0 && s.value.Load() < v {
		return leftError{gone}
	}
	return nil
}
