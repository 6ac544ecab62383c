package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"
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
	// Engine is the program that is the engine; nil for the supervisor's own.
	// The transport must be one whose engine can be native.
	Engine *Program
}

// A Program is a role by the control plane, with the descriptors and the
// arguments that the supervisor's own program would have got.
type Program struct {
	Path string
	// Setup is a JSON value that it is given with its assignment: what follows
	// from the trial's config by code that is not the program's.
	Setup json.RawMessage
}

// Run runs one trial in fresh processes and returns a sample a role, in the order
// kernel, engine, viewer. However it ends, no process and no descriptor of the
// trial is left. The error names the role that failed first, and says what the
// others said of it.
func Run(ctx context.Context, l *lab.Lab, t Trial) ([]experiment.Sample, error) {
	if t.Engine != nil && !t.Transport.Info().Can(copytax.Engine, copytax.Native) {
		return nil, fmt.Errorf("%s cannot have the engine %s: its engine needs more than a hub", t.Transport.Name(), t.Engine.Path)
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
	all, err := g.trial(ctx, l, t, wiring)
	switch {
	case errors.Is(err, errNoEnd):
		return nil, fmt.Errorf("no end after %v: %s", t.Timeout.Round(time.Millisecond), g.whereabouts())
	case err != nil:
		return nil, err
	}
	return all.samples()
}

// trial starts the roles and conducts their trial.
func (g *group) trial(ctx context.Context, l *lab.Lab, t Trial, wiring *copytax.Wiring) (all report, err error) {
	for role := range copytax.NumRoles {
		if t.Transport.Info().OneProcess && role != copytax.Kernel {
			continue
		}
		if err := g.add(l, t, role, wiring.Files[role]); err != nil {
			return all, fmt.Errorf("start %s: %w", role, err)
		}
	}
	wiring.CloseFiles() // the roles have theirs; when they die, so must the other ends
	return g.conduct(ctx)
}

// add starts the process of a role.
func (g *group) add(l *lab.Lab, t Trial, role copytax.Role, files []*os.File) error {
	ctl, child, err := controlPlane()
	if err != nil {
		return err
	}
	defer child.Close()
	program := Program{Path: l.Self()}
	if role == copytax.Engine && t.Engine != nil {
		program = *t.Engine
	}
	process, err := l.Launch(lab.Program{
		Path: program.Path, Args: []string{RoleVerb, role.String()}, Quiet: true,
		Files: append([]*os.File{child}, files...),
		Grace: settle, // for stderr, should somebody else hold it open
	})
	if err != nil {
		ctl.conn.Close()
		return err
	}
	w := &worker{role: role, process: process, ctl: ctl, at: "starting"}
	g.workers = append(g.workers, w)
	go g.listen(w)
	err = ctl.send(message{Kind: kindAssign, Assign: &assignment{
		Role: role.String(), Scenario: t.Scenario, Transport: t.Transport.Name(), Config: t.Config, Draw: t.Draw,
		Files: len(files), Setup: program.Setup,
	}})
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
		return nil // it has died already, which listen sees
	}
	return err
}
