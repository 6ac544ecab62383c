package signal

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

// The arms. Those without a strategy of the hub are what to compare with.
const (
	bareSpin  = "bare:spin"       // a loop around a load
	barePause = "bare:spin+pause" // the same with the processor's hint for such loops
	bareFutex = "bare:futex"      // FUTEX_WAIT and FUTEX_WAKE, nothing else
	spin      = "spin"
	park      = "park"     // told to Go's scheduler
	parkRaw   = "park-raw" // past it, as a role does that has its process for itself
	adaptive  = "adaptive" // its raw kind between processes that have nothing else to run
	eventFD   = "eventfd"
	socket    = "unix"
	nobody    = "nobody waits" // the other goroutine alone
	parkTwo   = "park, GOMAXPROCS=2"
)

var arms = []string{bareSpin, barePause, bareFutex, spin, park, parkRaw, adaptive, eventFD, socket}

// The factors of a cell beside its arm.
const (
	whereFactor = "where" // process, thread or goroutine
	loadFactor  = "load"  // idle, busy or one core
	gapFactor   = "gap"   // lock-step, or how long the writer computes before it posts
)

const (
	process   = "process"
	inTab     = "tab" // workers of a browser's tab
	thread    = "thread"
	goroutine = "goroutine" // of a process with GOMAXPROCS=1
	idle      = "idle"      // each side has a core
	busy      = "busy"      // and shares it with a process that computes
	oneCore   = "one core"  // which both sides share
	lockStep  = "lock-step"
	sixty     = "60hz" // a display's: the writer sleeps in between, and the machine is idle
)

// conditions are those of every arm.
var conditions = []experiment.Factors{
	{whereFactor: process, loadFactor: idle, gapFactor: lockStep},
	{whereFactor: process, loadFactor: idle, gapFactor: "100µs"},
	{whereFactor: process, loadFactor: idle, gapFactor: "1ms"},
	{whereFactor: process, loadFactor: idle, gapFactor: "10ms"},
	{whereFactor: process, loadFactor: busy, gapFactor: lockStep},
	{whereFactor: process, loadFactor: busy, gapFactor: "1ms"},
	{whereFactor: process, loadFactor: oneCore, gapFactor: lockStep},
	{whereFactor: thread, loadFactor: idle, gapFactor: lockStep},
}

// The conditions of a display: a writer that is woken 60 times a second and posts, on a
// machine that has nothing else to do.
var (
	sixtyApart = experiment.Factors{whereFactor: process, loadFactor: idle, gapFactor: sixty}
	sixtyInTab = experiment.Factors{whereFactor: inTab, loadFactor: idle, gapFactor: sixty}
)

// displayed are the arms under them; a tab has those that JavaScript can write.
var (
	displayed      = []string{bareFutex, spin, park, parkRaw, adaptive}
	displayedInTab = []string{spin, park, adaptive}
)

// goroutines is the condition of the arms in sharing.
var goroutines = experiment.Factors{whereFactor: goroutine, loadFactor: idle, gapFactor: sharedGap}

// sharing are the arms that share one processor of Go with another goroutine,
// and the one that need not.
var sharing = []string{nobody, spin, park, parkRaw, adaptive, parkTwo}

// sharedGap is how far apart the signals are that they wait for.
const sharedGap = "1ms"

func cells(p experiment.Profile) (all []experiment.Cell) {
	add := func(arm, group string, condition experiment.Factors) {
		factors := maps.Clone(condition)
		factors[experiment.Arm] = arm
		all = append(all, experiment.Cell{Factors: factors, Group: group})
	}
	for _, c := range conditions {
		if p == experiment.Quick && c[gapFactor] == "10ms" {
			continue // of which a quick run would see a dozen
		}
		for _, arm := range arms {
			if p != experiment.Quick || inQuick(arm, c) {
				add(arm, c.Condition(), c) // whose arms are compared with each other
			}
		}
	}
	for _, arm := range displayed {
		add(arm, sixty, sixtyApart)
	}
	for _, arm := range displayedInTab {
		add(arm, sixty, sixtyInTab)
	}
	for _, arm := range sharing {
		add(arm, goroutine, goroutines)
	}
	return all
}

// inQuick reports whether a quick run has the arm under a condition: what the
// hub's strategies are held against everywhere, the others where nothing is
// between them and the figure.
func inQuick(arm string, condition experiment.Factors) bool {
	switch arm {
	case barePause, eventFD, socket:
		return condition[whereFactor] == process && condition[loadFactor] == idle && condition[gapFactor] == lockStep
	}
	return true
}

// A plan is a cell as its workers are told it.
type plan struct {
	Arm    string
	Where  string
	GapNS  int64 // 0 in lock-step
	Sleeps bool  // in a gap, in which the writer else computes
	Busy   bool
	Cores  core.Cores // none where goroutines share one, whose threads are many
	RunNS  int64      // how long hand-offs are counted
}

const (
	runNS    = int64(50e6)
	busyNS   = int64(150e6) // many slices of a scheduler
	sharedNS = int64(200e6) // the same of Go's
	slowNS   = int64(300e6) // at 10 ms
	sixtyGap = int64(1_000_000_000 / 60)
	sixtyNS  = int64(2e9) // 120 signals
)

func parse(c experiment.Cell) (p plan, err error) {
	p = plan{Arm: c.Factors[experiment.Arm], Where: c.Factors[whereFactor], Busy: c.Factors[loadFactor] == busy, RunNS: runNS}
	if p.Where != goroutine && p.Where != inTab {
		if p.Cores, err = core.Choose(); err == nil && p.Cores == nil {
			err = errors.New("needs two cores, and this process may run on one only")
		}
		if err != nil {
			return p, err
		}
		if c.Factors[loadFactor] == oneCore {
			p.Cores[core.Reader] = p.Cores[core.Writer]
		}
	}
	switch gap := c.Factors[gapFactor]; gap {
	case lockStep:
	case sixty:
		p.GapNS, p.Sleeps, p.RunNS = sixtyGap, true, sixtyNS
		return p, nil
	default:
		d, err := time.ParseDuration(gap)
		if err != nil {
			return p, fmt.Errorf("cell %v: %w", c, err)
		}
		p.GapNS = d.Nanoseconds()
	}
	switch {
	case p.GapNS >= 10e6:
		p.RunNS = slowNS
	case p.Where == goroutine:
		p.RunNS = sharedNS
	case c.Factors[loadFactor] != idle:
		p.RunNS = busyNS
	}
	return p, nil
}

// Sides implements [core.Plan].
func (p plan) Sides() core.Cores { return p.Cores }

// Regions implements [core.Plan]: only the control page is used.
func (p plan) Regions() []core.Region {
	return []core.Region{{Kind: zerocopy.Control, Layout: zerocopy.Layout{Slots: 2, Payload: zerocopy.LineBytes}}}
}

// strategy is that of an arm of the hub, in a process that is alone with it or
// that has other goroutines to run; an error if the hub has no such arm.
func strategy(arm string, alone bool) (hub.Strategy, error) {
	if arm == parkTwo {
		return hub.Park, nil
	}
	s, err := core.Waiting(arm)
	if s == hub.Adaptive && alone {
		s = s.Raw()
	}
	return s, err
}
