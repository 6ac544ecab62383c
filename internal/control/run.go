package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
)

// RoleVerb is the hidden verb with which copytax starts itself for a role, whose
// name is behind it, so that a list of processes tells them apart.
const RoleVerb = "role"

// errNoEnd ends a trial that takes too long.
var errNoEnd = errors.New("no end")

// parting is how long a role has to leave once it has been told to.
const parting = 10 * time.Second

// A Trial is what is to be run.
type Trial struct {
	Scenario  string
	Transport copytax.Transport
	Config    copytax.Config
	Draw      uint64        // seed of the sample of ticks, which should differ from trial to trial
	Timeout   time.Duration // for the whole trial, start and end of the processes included
	// Placement says what each role runs in; empty is [copytax.Go]. The transport must
	// be able to have it.
	Placement copytax.Placement
	// Runtimes are those besides [copytax.Go] that this program has.
	Runtimes map[copytax.Runtime]Runtime
}

// Run runs one trial in fresh processes and returns a sample a role, in the order
// kernel, engine, viewer. However it ends, no process and no descriptor of the
// trial is left. The error names the role that failed first, and says what the
// others said of it.
func Run(ctx context.Context, l *lab.Lab, t Trial) ([]experiment.Sample, error) {
	runtimes, err := t.runtimes()
	if err != nil {
		return nil, err
	}
	ctx, cancel := lab.WithTimeout(ctx, t.Timeout, errNoEnd)
	defer cancel()
	wiring, err := t.Transport.Wire(t.Config)
	if err != nil {
		return nil, fmt.Errorf("wire %s: %w", t.Transport.Name(), err)
	}
	defer wiring.Close()
	g := &group{events: make(chan event, 64), tellLost: wiring.Lost}
	defer g.kill()
	all, err := g.trial(ctx, l, t, runtimes, wiring)
	switch {
	case errors.Is(err, errNoEnd):
		g.ask()
		return nil, fmt.Errorf("no end after %v: %s", t.Timeout.Round(time.Millisecond), g.whereabouts())
	case err != nil:
		return nil, err
	}
	samples, err := all.samples(t.Config)
	if err != nil {
		return nil, err
	}
	if samples[copytax.Kernel].Metrics == nil {
		return nil, errors.New("the kernel reported no metrics")
	}
	maps.Copy(samples[copytax.Kernel].Metrics, g.spent)
	return samples, nil
}

// trial starts the roles and conducts their trial.
func (g *group) trial(
	ctx context.Context, l *lab.Lab, t Trial, runtimes [copytax.NumRoles]Runtime, wiring *copytax.Wiring,
) (all report, err error) {
	for role := range copytax.NumRoles {
		if t.Transport.Info().OneProcess && role != copytax.Kernel {
			continue
		}
		a := &Assignment{
			Protocol: Protocol, Role: role.String(), Scenario: t.Scenario, Transport: t.Transport.Name(), Config: t.Config, Draw: t.Draw,
		}
		if err := g.add(ctx, l, runtimes[role], a, role, wiring.Files[role]); err != nil {
			return all, fmt.Errorf("start %s: %w", role, err)
		}
	}
	wiring.CloseFiles() // the roles have theirs; when they die, so must the other ends
	return g.conduct(ctx)
}

// add starts the process of a role and sends it its assignment. One that cannot be
// told has died already, which listen sees.
func (g *group) add(ctx context.Context, l *lab.Lab, in Runtime, a *Assignment, role copytax.Role, files []*os.File) error {
	process, conn, err := in.Start(ctx, l, a, files)
	if err != nil {
		return err
	}
	w := &worker{role: role, process: process, ctl: newChannel(conn, longestUp), at: "starting"}
	g.workers = append(g.workers, w)
	go g.listen(w)
	assign, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode the assignment: %w", err)
	}
	_ = w.ctl.send(message{Kind: kindAssign, Assign: assign})
	return nil
}
