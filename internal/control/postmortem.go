package control

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
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

// An end is what is known of how a worker ended.
type end struct {
	said string    // why it gave up, empty if it did not say
	at   int64     // when it said so, in ns of CLOCK_MONOTONIC, by its own clock
	seen time.Time // when the supervisor saw the first sign of it, zero as long as there is none
	gone time.Time // when the process was seen to have ended, zero before that
	told bool      // it ended well, after it had been told to
	late bool      // it did not leave in time, and was killed for it
}

// note takes down what an event says of its worker's end. A lost control plane
// before the trial is over is told to the others at once.
func (g *group) note(e event) {
	w := e.from
	if e.lost && !g.leaving && !w.end.late {
		g.lose(w)
	}
	if e.exit {
		w.end.gone, w.end.told = e.at, g.leaving && e.err == nil
	}
	if e.msg.Kind == kindError {
		w.end.said, w.end.at = e.msg.Error, e.msg.At
	}
	if e.ends() && w.end.seen.IsZero() && !w.end.late {
		w.end.seen = e.at
	}
}

// ends reports whether the event is a sign of its worker's end.
func (e event) ends() bool { return e.lost || e.exit || e.msg.Kind == kindError }

// lose tells the others that w has ended: on the control plane, which finds
// those that wait for the supervisor, and by the transport, which finds those
// that wait for w.
func (g *group) lose(w *worker) {
	g.lost = append(g.lost, w)
	g.send(message{Kind: kindLost, Key: w.role.String()})
	g.remind()
}

// remind tells by the transport, once more, who has ended.
func (g *group) remind() {
	if g.tellLost == nil {
		return
	}
	for _, w := range g.lost {
		g.tellLost(w.role)
	}
}

// postMortem waits until everybody has left, kills who has not within settle, and
// returns how it came about. A busy machine may need longer for the end of a
// process that has closed its control plane, and how it ended is the point.
func (g *group) postMortem() error {
	patience, end, again := time.After(settle), time.After(parting), time.Tick(reminder)
	for g.left() {
		select {
		case e := <-g.events:
			g.note(e)
		case <-again:
			g.remind()
		case <-patience:
			g.hasten()
		case <-end:
			return g.findings()
		}
	}
	return g.findings()
}

// hasten kills the workers that show no sign of their end, or have said why
// they leave and have not left.
func (g *group) hasten() {
	for _, w := range g.workers {
		if w.end.gone.IsZero() && !slices.Contains(g.lost, w) {
			w.end.late = true
			w.process.Kill()
		}
	}
}

// findings says in one line who failed first and how, and then what the others
// said and how long after it they were gone.
func (g *group) findings() error {
	ended := slices.SortedStableFunc(slices.Values(g.workers), func(a, b *worker) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), a.before(b))
	})
	first := ended[0]
	parts := []string{first.role.String() + ": " + first.cause()}
	for _, w := range ended[1:] {
		if w.end.told {
			break // as did those behind it
		}
		parts = append(parts, w.role.String()+w.followed(first.end.seen)+": "+w.cause())
	}
	return errors.New(strings.Join(parts, "; "))
}

// rank orders workers by how telling their ends are: one that died without a
// word is the cause; of those that spoke any may be; one that is still there
// is not, nor one that ended well.
func (w *worker) rank() int {
	switch {
	case w.end.told:
		return 3
	case w.end.said != "":
		return 1
	case !w.end.seen.IsZero():
		return 0
	}
	return 2
}

// before orders ends of the same rank. Those who spoke did so by one clock,
// and what the later ones say is that an earlier one went away.
func (w *worker) before(other *worker) int {
	if w.end.said != "" {
		return cmp.Compare(w.end.at, other.end.at)
	}
	return w.end.seen.Compare(other.end.seen)
}

// followed says how long after the first failure the worker was gone.
func (w *worker) followed(first time.Time) string {
	if w.end.late || w.end.gone.IsZero() {
		return fmt.Sprintf(" (not gone within %v, killed)", settle)
	}
	// Two ends at once may be seen in either order.
	later := max(w.end.gone.Sub(first), 0)
	return fmt.Sprintf(" (gone %.1f ms later)", float64(later.Microseconds())/1e3)
}

// cause says why the worker ended.
func (w *worker) cause() string {
	switch {
	case w.end.said != "":
		return w.end.said
	case w.end.late:
		return "said nothing"
	case w.end.gone.IsZero():
		return "closed its control plane and did not end"
	}
	return w.process.Death()
}
