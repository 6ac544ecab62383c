// Package hub is the memory that the roles of a trial share, the words that signal
// through it, and the leases that keep a reader's slot from being overwritten.
//
// It holds the project's memory mapping and its futex, which are Linux's: elsewhere it
// builds, and every way to get a region fails with [copytax.ErrPlatform]. It does not
// say who takes part, nor tell others of a hub, as package attach does; what lies where
// is package zerocopy's. Start at [Create] and [MapReadOnly] for how a region is made
// and mapped; at [Writer], [Reader] and [Follower] for the protocol of the slots; at
// [Strategy] for how they wait.
package hub

import "github.com/copytax/copytax/zerocopy/internal/enum"

// A Strategy is how a reader waits for a signal.
type Strategy uint8

const (
	// Park sleeps on a futex at once: cheap in CPU, a few microseconds late,
	// and some tens where the core has gone to sleep as well.
	//
	// Go's scheduler is told of the sleep, so that other goroutines run. They
	// get the processor after 20 µs to 10 ms, when the runtime's monitor finds
	// it unused, and a goroutine that only computes keeps it for 10 ms even
	// if the signal comes: with GOMAXPROCS=1 that is what a wake-up can take,
	// by any strategy, and no way of waiting that stays within the process
	// changes it. One processor more than there are computing goroutines does:
	// the operating system then runs the reader at once. The scenario signal
	// measures both.
	Park Strategy = iota
	// ParkRaw is Park by a call that Go's scheduler is not told of. It keeps
	// the scheduler's processor for up to 10 ms, until the runtime asks for
	// it by a signal, which ends the sleep: right for a process that has
	// nothing else to run, and a stall for one that has.
	//
	// Note: the ordinary call wakes the runtime's monitor thread, which then
	// polls every 20 µs. In a role that sleeps for 2 ms a tick that cost 90 µs
	// of CPU a tick where this costs 20.
	ParkRaw
	// Spin never sleeps. It keeps a core busy, and after 20 µs it offers that
	// core to others: seldom while nobody takes it, so that it spends at most
	// a twentieth of its time in the kernel, and behind every burst of looks
	// once somebody did. With more spinning roles than cores the one that has
	// work would otherwise wait for a scheduler's slice, thousands of times
	// longer than the signal takes. A core offered to somebody who computes is
	// gone for his slice, some milliseconds. Goroutines that share its
	// processor starve until the runtime preempts it, every 10 ms.
	Spin
	// Adaptive spins where the signal is about to come and sleeps before that.
	// What it has learned lives in a [Waiter], whose comment has the policy.
	// A wait without one is that of a Waiter that has learned nothing.
	Adaptive
	// AdaptiveRaw is to Adaptive what ParkRaw is to Park.
	AdaptiveRaw
)

var strategyNames = [...]string{"park", "park-raw", "spin", "adaptive", "adaptive-raw"}

// String returns the strategy's name as it stands behind a transport's colon.
func (s Strategy) String() string { return enum.Name(s, strategyNames[:]) }

// Raw returns the strategy for a process that has nothing else to run: one
// that does the same past Go's scheduler.
func (s Strategy) Raw() Strategy {
	switch s {
	case Park:
		return ParkRaw
	case Adaptive:
		return AdaptiveRaw
	}
	return s
}

func (s Strategy) raw() bool      { return s == ParkRaw || s == AdaptiveRaw }
func (s Strategy) adaptive() bool { return s == Adaptive || s == AdaptiveRaw }
