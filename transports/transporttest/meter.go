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
	since   time.Time     // of the phase, in a call
	compute time.Duration // in this call so far
	entered [copytax.MaxPhases]bool
	long    int // calls that took a while,
	hollow  int // and those of them that spent most of it in no phase
}

// Enter implements [copytax.Meter].
func (m *meter) Enter(p copytax.Phase) {
	if (p == copytax.Residual || p == copytax.Metering) && m.wrong == nil {
		m.wrong = fmt.Errorf("the link entered phase %d, which is not a link's", p)
	}
	m.lap()
	m.phase, m.entered[p] = p, true
}

// lap ends a stretch of a call.
func (m *meter) lap() {
	if !m.inCall {
		return
	}
	now := time.Now()
	if m.phase == copytax.Compute {
		m.compute += now.Sub(m.since)
	}
	m.since = now
}

// call makes a call to a link, whose time it takes. A panic is an error.
func (m *meter) call(what string, f func() error) error {
	start := time.Now()
	m.inCall, m.since, m.compute = true, start, 0
	err := caught(what, f)
	m.lap()
	m.inCall = false
	if took := m.since.Sub(start); took > longCall {
		m.long++
		if m.compute > took/2 {
			m.hollow++
		}
	}
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
// waits for another role. Now and then the operating system takes the core away just
// there, which is why calls are counted and not their time.
const (
	longCall    = 50 * time.Microsecond
	hollowLeast = 20 // calls of a trial
)

// charged returns an error unless a role's link has charged what it does to the phases
// of a link.
func (m *meter) charged(role copytax.Role) error {
	others := m.entered
	others[copytax.Compute] = false
	switch {
	case others == [copytax.MaxPhases]bool{}:
		return fmt.Errorf("the %s's link charges nothing: it never entered a phase, so that its work counts as the program's", role)
	case m.hollow >= hollowLeast && 2*m.hollow > m.long:
		return fmt.Errorf("the %s's link charges too little: of %d calls that took more than %v, %d spent most of it in no phase of a link",
			role, m.long, longCall, m.hollow)
	}
	return nil
}
