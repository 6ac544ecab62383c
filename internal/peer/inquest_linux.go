package peer

import (
	"cmp"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// settle is how long the roles that are left have to leave after a first
	// failure, before they are killed. What they say meanwhile is part of the
	// trial's error, and they may speak before the operating system says that
	// the first one died. With what the supervisor needs to see a death, none
	// should outlive another by more than 100 ms.
	settle = 90 * time.Millisecond
	// reminder is the time between two calls of Wiring.Lost for the same role.
	reminder = 5 * time.Millisecond
)

// An end is what is known of how a member ended.
type end struct {
	said string    // why it gave up, empty if it did not say
	at   int64     // when it said so, in ns of CLOCK_MONOTONIC, by its own clock
	seen time.Time // when the supervisor saw the first sign of it, zero as long as there is none
	exit error     // of the process; nil is a good one, if it is gone
	gone time.Time // when the process was seen to have ended, zero before that
	told bool      // it ended well, after it had been told to
	late bool      // it did not leave in time, and was killed for it
}

// note takes down what an event says of its member's end. A lost control plane
// before the trial is over is told to the others at once.
func (p *party) note(e event) {
	m := e.from
	if e.lost && !p.leaving && !m.end.late {
		p.lose(m)
	}
	if e.exit {
		m.end.gone, m.end.exit, m.end.told = e.at, e.err, p.leaving && e.err == nil
	}
	if e.msg.Kind == kindError {
		m.end.said, m.end.at = e.msg.Error, e.msg.At
	}
	if e.ends() && m.end.seen.IsZero() && !m.end.late {
		m.end.seen = e.at
	}
}

// ends reports whether the event is a sign of its member's end.
func (e event) ends() bool { return e.lost || e.exit || e.msg.Kind == kindError }

// lose tells the others that m has ended: on the control plane, which finds
// those that wait for the supervisor, and by the transport, which finds those
// that wait for m.
func (p *party) lose(m *member) {
	p.lost = append(p.lost, m)
	for _, to := range p.members {
		if to != m {
			_ = to.ctl.send(message{Kind: kindLost, Key: m.role.String()}) // as in tell
		}
	}
	p.remind()
}

// remind tells by the transport, once more, who has ended.
func (p *party) remind() {
	if p.tellLost == nil {
		return
	}
	for _, m := range p.lost {
		p.tellLost(m.role)
	}
}

// blame waits until everybody has left, kills who has not within settle, and
// returns how it came about. A busy machine may need longer for the end of a
// process that has closed its control plane, and how it ended is the point.
func (p *party) blame() error {
	patience, end := time.NewTimer(settle), time.NewTimer(parting)
	defer patience.Stop()
	defer end.Stop()
	again := time.NewTicker(reminder)
	defer again.Stop()
	for p.left() {
		select {
		case e := <-p.events:
			p.note(e)
		case <-again.C:
			p.remind()
		case <-patience.C:
			p.hasten()
		case <-end.C:
			return p.verdict()
		}
	}
	return p.verdict()
}

// hasten kills the members that show no sign of their end, or have said why
// they leave and have not left.
func (p *party) hasten() {
	for _, m := range p.members {
		if m.end.gone.IsZero() && !slices.Contains(p.lost, m) {
			m.end.late = true
			_ = m.cmd.Process.Kill() // already dead is what we want
		}
	}
}

// verdict says in one line who failed first and how, and then what the others
// said and how long after it they were gone.
func (p *party) verdict() error {
	ended := slices.SortedStableFunc(slices.Values(p.members), func(a, b *member) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), a.before(b))
	})
	first := ended[0]
	parts := []string{first.role.String() + ": " + first.cause()}
	for _, m := range ended[1:] {
		if m.end.told {
			break // as did those behind it
		}
		parts = append(parts, m.role.String()+m.followed(first.end.seen)+": "+m.cause())
	}
	return errors.New(strings.Join(parts, "; "))
}

// rank orders members by how telling their ends are: one that died without a
// word is the cause; of those that spoke any may be; one that is still there
// is not, nor one that ended well.
func (m *member) rank() int {
	switch {
	case m.end.told:
		return 3
	case m.end.said != "":
		return 1
	case !m.end.seen.IsZero():
		return 0
	}
	return 2
}

// before orders ends of the same rank. Those who spoke did so by one clock,
// and what the later ones say is that an earlier one went away.
func (m *member) before(other *member) int {
	if m.end.said != "" {
		return cmp.Compare(m.end.at, other.end.at)
	}
	return m.end.seen.Compare(other.end.seen)
}

// followed says how long after the first failure the member was gone.
func (m *member) followed(first time.Time) string {
	if m.end.late || m.end.gone.IsZero() {
		return fmt.Sprintf(" (not gone within %v, killed)", settle)
	}
	// Two ends at once may be seen in either order.
	later := max(m.end.gone.Sub(first), 0)
	return fmt.Sprintf(" (gone %.1f ms later)", float64(later.Microseconds())/1e3)
}

// cause says why the member ended.
func (m *member) cause() string {
	switch {
	case m.end.said != "":
		return m.end.said
	case m.end.late:
		return "said nothing"
	case m.end.gone.IsZero():
		return "closed its control plane and did not end"
	}
	how := describe(m.end.exit)
	said, _, _ := strings.Cut(strings.TrimSpace(m.stderr.String()), "\n")
	if said != "" {
		how += ": " + said
	}
	return how
}

// describe says how a process ended.
func describe(err error) string {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "left before the trial was over"
	case !errors.As(err, &exit):
		return err.Error()
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return fmt.Sprintf("killed by signal %d (%s)", status.Signal(), unix.SignalName(status.Signal()))
	}
	return exit.Error()
}
