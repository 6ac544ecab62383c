package transporttest

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/copytax/copytax"
)

// A meter checks how a link uses it. It is not synchronized, so that the race
// detector sees a link that calls it from a goroutine other than the role's.
type meter struct {
	phase   copytax.Phase
	wrong   error
	inCall  bool
	since   time.Time                        // of the phase, in a call
	took    [copytax.MaxPhases]time.Duration // in calls
	entered [copytax.MaxPhases]bool
}

// Enter implements [copytax.Meter].
func (m *meter) Enter(p copytax.Phase) {
	if (p == copytax.Residual || p == copytax.Metering) && m.wrong == nil {
		m.wrong = fmt.Errorf("the link entered phase %d, which is not a link's", p)
	}
	if m.inCall {
		now := time.Now()
		m.took[m.phase] += now.Sub(m.since)
		m.since = now
	}
	m.phase, m.entered[p] = p, true
}

// call makes a call to a link, whose time it takes. A panic is an error.
func (m *meter) call(what string, f func() error) error {
	m.inCall, m.since = true, time.Now()
	err := caught(what, f)
	m.took[m.phase] += time.Since(m.since)
	m.inCall = false
	return err
}

// caught returns the error of f, or its panic as one, with the stack.
func caught(what string, f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = mismatchf("panic in %s: %v\n%s", what, r, debug.Stack())
		}
	}()
	return f()
}

// settled returns an error unless the meter stands in Compute and was used rightly.
func (m *meter) settled() error {
	if m.phase != copytax.Compute {
		return errors.Join(m.wrong, fmt.Errorf("the link left the meter in %s, want compute", m.phase))
	}
	return m.wrong
}

// Most of what a link does must be charged to phases of its own. What is left over is
// the way into the first phase and out of the last one, microseconds of a call that
// waits for another role.
const (
	computeShare = 0.5
	computeLeast = 5 * time.Millisecond // of a trial: below it the clock's own cost would show
)

// charged returns an error unless a role's link has charged what it does to the phases
// of a link.
func (m *meter) charged(role copytax.Role) error {
	any, total := false, time.Duration(0)
	for p := range copytax.Phase(copytax.MaxPhases) {
		any = any || p != copytax.Compute && m.entered[p]
		total += m.took[p]
	}
	compute := m.took[copytax.Compute]
	switch {
	case !any:
		return fmt.Errorf("the %s's link charges nothing: it never entered a phase, so that its work counts as the program's", role)
	case compute > computeLeast && float64(compute) > computeShare*float64(total):
		return fmt.Errorf("the %s's link charges too little: of %v in its calls %v are in no phase of a link", role, total, compute)
	}
	return nil
}
