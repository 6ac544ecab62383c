package peer

import (
	"errors"
	"fmt"
	"os"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/lap"
)

// A cast is the roles that one process plays: one, or all three in turn.
type cast struct {
	config    copytax.Config
	host      copytax.Role
	one       bool // all roles are played here
	ownThread bool
	meter     *lap.Meter
	sampler   sampler
	clock     func() int64

	kernel  copytax.KernelActor
	actors  [copytax.NumRoles]copytax.Actor // of the roles played here
	links   []interface{ Close() error }
	env     [copytax.NumRoles]copytax.Env
	publish []int64 // times by tick of the window
	used    []int64
}

// cast opens links and actors for the assignment.
func (s *session) cast(reg Registry, a assignment) (*cast, error) {
	scenario, err := reg.Scenario(a.Scenario)
	if err != nil {
		return nil, err
	}
	transport, err := reg.Transport(a.Transport)
	if err != nil {
		return nil, err
	}
	host, err := copytax.ParseRole(a.Role)
	if err != nil {
		return nil, err
	}
	info := transport.Info()
	cost := lap.Calibrate(info.OwnThread)
	c := &cast{
		config: a.Config, host: host, one: info.OneProcess, ownThread: info.OwnThread,
		meter: lap.New(host, info.OwnThread, cost), sampler: sampler{seed: a.Draw, cost: cost}, clock: lap.Monotonic(),
	}
	for role := range copytax.NumRoles {
		c.env[role] = c.newEnv(s, role)
	}
	for i := range a.Files {
		file := os.NewFile(uintptr(ControlFD+1+i), fmt.Sprintf("data-plane-%d", i))
		c.env[host].Files = append(c.env[host].Files, file)
	}
	for _, role := range []copytax.Role{copytax.Engine, copytax.Kernel, copytax.Viewer} {
		if !c.one && role != host {
			continue
		}
		if err := c.open(role, scenario, transport); err != nil {
			err = s.giveUp(fmt.Errorf("open %s of %s: %w", role, a.Transport, err))
			return nil, errors.Join(err, c.close())
		}
	}
	return c, nil
}

func (c *cast) newEnv(s *session, role copytax.Role) copytax.Env {
	env := copytax.Env{
		Config: c.config, Meter: c.meter, Counters: &copytax.Counters{}, Rendezvous: s, Alone: !c.one,
		Mark: func(uint64) {},
	}
	switch role {
	case copytax.Kernel:
		c.publish = make([]int64, c.config.Ticks)
		env.Mark = func(epoch uint64) { c.mark(c.publish, epoch) }
	case copytax.Viewer:
		c.used = make([]int64, c.config.Ticks)
		env.Mark = func(epoch uint64) { c.mark(c.used, epoch) }
	}
	return env
}

func (c *cast) mark(times []int64, epoch uint64) {
	if c.config.Measured(epoch) {
		times[epoch-uint64(c.config.WarmUp)] = c.clock()
	}
}

// open opens the link of one role and gives it to its actor.
func (c *cast) open(role copytax.Role, s copytax.Scenario, t copytax.Transport) (err error) {
	env := c.env[role]
	switch role {
	case copytax.Kernel:
		var link copytax.KernelLink
		if link, err = t.OpenKernel(env); err != nil {
			return err
		}
		c.links = append(c.links, link)
		if c.kernel, err = s.NewKernel(env, link); err == nil {
			c.actors[role] = c.kernel
		}
	case copytax.Engine:
		var link copytax.EngineLink
		if link, err = t.OpenEngine(env); err != nil {
			return err
		}
		c.links = append(c.links, link)
		c.actors[role], err = s.NewEngine(env, link)
	case copytax.Viewer:
		var link copytax.ViewerLink
		if link, err = t.OpenViewer(env); err != nil {
			return err
		}
		c.links = append(c.links, link)
		c.actors[role], err = s.NewViewer(env, link)
	}
	if err != nil {
		c.actors[role] = nil // an interface that holds a nil pointer is not nil
	}
	return err
}

// close closes the links, so that peers notice, and then the actors whose
// memory the links may alias.
func (c *cast) close() error {
	c.meter.Close()
	var errs []error
	for _, l := range c.links {
		errs = append(errs, l.Close())
	}
	for _, a := range c.actors {
		if a != nil {
			errs = append(errs, a.Close())
		}
	}
	c.links, c.actors = nil, [copytax.NumRoles]copytax.Actor{}
	return errors.Join(errs...)
}

// played returns the roles that this process plays.
func (c *cast) played() (roles []copytax.Role) {
	for role, a := range c.actors {
		if a != nil {
			roles = append(roles, copytax.Role(role))
		}
	}
	return roles
}
