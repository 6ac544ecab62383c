package control

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
)

// A group is the processes of one trial.
type group struct {
	workers []*worker
	events  chan event

	tellLost func(copytax.Role) // by the transport's means; nil if it has none
	lost     []*worker          // whose control planes closed before they were told to leave
	leaving  bool               // all have been told to leave
	spent    map[string]float64 // beside the roles
}

// A worker is the process of a role as its supervisor sees it.
type worker struct {
	role    copytax.Role
	process Process
	ctl     *channel
	at      string // what it was last known to do
	doing   string // what it says of that, asked by ask
	end     end
}

// An event is a message from a worker, the loss of its control plane, which
// the operating system closes first of all when a process dies, or its end.
type event struct {
	from *worker
	at   time.Time // when the supervisor saw it
	msg  message
	lost bool
	exit bool
	err  error // of an exit
}

// listen turns a worker's messages and its end into events. One that sends what is no
// message is not listened to any more.
func (g *group) listen(w *worker) {
	for {
		msg, err := w.ctl.receive()
		if errors.Is(err, errNonsense) {
			g.events <- event{from: w, at: time.Now(), msg: message{Kind: kindError, Error: "sent on the " + err.Error(), At: lab.Nanotime()}}
			w.process.Kill()
		}
		if err != nil {
			break
		}
		g.events <- event{from: w, at: time.Now(), msg: msg}
	}
	g.events <- event{from: w, at: time.Now(), lost: true}
	at, err := w.process.End()
	g.events <- event{from: w, at: at, exit: true, err: err}
}

// conduct runs the protocol: all ready, go, all reported, exit, all gone.
func (g *group) conduct(ctx context.Context) (all report, err error) {
	if _, err := g.until(ctx, kindReady, "ready"); err != nil {
		return all, err
	}
	before := g.outlay()
	g.tell(kindGo, "in its ticks")
	if all, err = g.until(ctx, kindReport, "done"); err != nil {
		return all, err
	}
	g.spent = g.outlay().metrics(before)
	g.leaving = true
	g.tell(kindExit, "told to leave")
	return all, g.untilGone(ctx)
}

// send sends m to all. A worker that cannot be told is dying, which listen sees.
func (g *group) send(m message) {
	for _, w := range g.workers {
		_ = w.ctl.send(m)
	}
}

// tell sends a message of the given kind to all, who then are at something else.
func (g *group) tell(kind, at string) {
	g.send(message{Kind: kind})
	for _, w := range g.workers {
		w.at = at
	}
}

// answering is how long a worker has to say what it does. Those whose program does not
// know the question never do.
const answering = 200 * time.Millisecond

// ask asks each worker that is left what it does. The trial is over: what it says
// disturbs no measurement.
func (g *group) ask() {
	for _, w := range g.workers {
		go w.ctl.send(message{Kind: kindStatus}) // which may block, until kill closes the connection
	}
	patience := time.After(answering)
	for slices.ContainsFunc(g.workers, func(w *worker) bool { return w.end.seen.IsZero() && w.doing == "" }) {
		select {
		case <-patience:
			return
		case e := <-g.events:
			if g.note(e); e.msg.Kind == kindStatus {
				e.from.doing = e.msg.Doing
			}
		}
	}
}

// whereabouts says what each worker that is left was last known to do, and what it says
// of it itself.
func (g *group) whereabouts() string {
	var all []string
	for _, w := range g.workers {
		if w.end.gone.IsZero() {
			all = append(all, fmt.Sprintf("%s %s (%s)", w.role, w.at, cmp.Or(w.doing, "it does not say more")))
		}
	}
	return strings.Join(all, ", ")
}

// until takes events until each worker has sent a message of the given kind, by
// which it is known to be at something else, and returns the reports in them. What
// one shares before the ticks it tells all.
func (g *group) until(ctx context.Context, kind, at string) (all report, err error) {
	for missing := len(g.workers); missing > 0; {
		select {
		case <-ctx.Done():
			return all, context.Cause(ctx)
		case e := <-g.events:
			switch {
			case e.ends():
				g.note(e)
				return all, g.postMortem()
			case e.msg.Kind == kindShare && kind == kindReport:
				return all, fmt.Errorf("the %s shares %q in its ticks: whatever roles tell each other on the control plane is said before the first tick", e.from.role, e.msg.Key)
			case e.msg.Kind == kindShare:
				g.send(message{Kind: kindValue, Key: e.msg.Key, Value: e.msg.Value})
			case e.msg.Kind == kind && e.from.at != at:
				missing--
				e.from.at = at
				if e.msg.Report != nil {
					all.add(*e.msg.Report)
				}
			}
		}
	}
	return all, nil
}

// untilGone waits until all workers have left in good order.
func (g *group) untilGone(ctx context.Context) error {
	patience := time.After(parting)
	for g.left() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-patience:
			g.ask()
			return fmt.Errorf("not gone within %v: %s", parting, g.whereabouts())
		case e := <-g.events:
			g.note(e)
			if e.err != nil || e.msg.Kind == kindError {
				return g.postMortem()
			}
		}
	}
	return nil
}

// left reports whether a worker's process is left.
func (g *group) left() bool {
	return slices.ContainsFunc(g.workers, func(w *worker) bool { return w.end.gone.IsZero() })
}

// kill ends what is left of the group and waits until it is gone.
func (g *group) kill() {
	for _, w := range g.workers {
		w.process.Kill()
	}
	for _, w := range g.workers {
		_, _ = w.process.End() // it was killed, or how it ended is known
		w.ctl.conn.Close()
	}
}
