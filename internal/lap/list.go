package lap

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/copytax/copytax"
)

// A list is the phases that a meter knows: the standard ones, and those that its
// roles have defined.
type list struct {
	names    [copytax.MaxPhases]string
	blocking [copytax.MaxPhases]bool
	n        copytax.Phase
}

func standard() list {
	l := list{n: copytax.StandardPhases}
	for p := range l.n {
		l.names[p], l.blocking[p] = p.String(), p.Blocking()
	}
	return l
}

// ownPhase reports whether a phase is the meter's own, which no lap is of.
func ownPhase(p copytax.Phase) bool { return p == copytax.Residual || p == copytax.Metering }

// Pace is the phase in which a role waits until a tick is due, at a rate: the
// schedule's and no link's.
const Pace = "pace"

// Define implements copytax.PhaseDefiner. It must not be called in the window.
func (m *Meter) Define(name string, blocking bool) (copytax.Phase, error) {
	if name == Pace {
		return 0, fmt.Errorf("define the phase %q: it is the runner's own, which waits there until a tick is due", name)
	}
	return m.define(name, blocking)
}

// DefinePace defines [Pace], which blocks. It is for who keeps the schedule alone.
func (m *Meter) DefinePace() (copytax.Phase, error) { return m.define(Pace, true) }

func (m *Meter) define(name string, blocking bool) (copytax.Phase, error) {
	l := &m.phases
	if known := slices.Index(l.names[:l.n], name); known >= 0 {
		p := copytax.Phase(known)
		if ownPhase(p) {
			return 0, fmt.Errorf("define the phase %q: it is the meter's own", name)
		}
		if l.blocking[p] != blocking {
			return 0, fmt.Errorf("define the phase %q with blocking %v: it is there with %v", name, blocking, !blocking)
		}
		return p, nil
	}
	switch {
	case !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(name):
		return 0, fmt.Errorf("define the phase %q: want small letters, digits and underscores", name)
	case l.n == copytax.MaxPhases:
		return 0, fmt.Errorf("define the phase %q: there are %d already", name, l.n)
	}
	p := l.n
	l.names[p], l.blocking[p] = name, blocking
	l.n++
	return p, nil
}
