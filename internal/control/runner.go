package control

import (
	"fmt"
	"runtime"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/lap"
)

// collectBefore is how many ticks before the window every process collects its
// garbage, so that all start it alike. In the window the collector is the
// program's own affair, and its cost counts.
const collectBefore = 2

// A runner runs roles on one goroutine: one, or all three in turn.
type runner struct {
	config  copytax.Config
	host    copytax.Role // of the process
	first   copytax.Role // of the runner's own roles
	meter   *lap.Meter
	sampler sampler

	kernel  copytax.KernelActor
	actors  [copytax.NumRoles]copytax.Actor // nil for roles that are not here
	links   []interface{ Close() error }
	env     [copytax.NumRoles]copytax.Env
	publish []int64 // times by tick of the window
	used    []int64
}

func (r *runner) newEnv(s *session, role copytax.Role, alone bool) copytax.Env {
	env := copytax.Env{
		Config: r.config, Meter: r.meter, Counters: &copytax.Counters{}, Rendezvous: s, Alone: alone,
		Mark: func(uint64) {},
	}
	switch role {
	case copytax.Kernel:
		r.publish = make([]int64, r.config.Ticks)
		env.Mark = func(epoch uint64) { r.mark(r.publish, epoch) }
	case copytax.Viewer:
		r.used = make([]int64, r.config.Ticks)
		env.Mark = func(epoch uint64) { r.mark(r.used, epoch) }
	}
	return env
}

func (r *runner) mark(times []int64, epoch uint64) {
	if r.config.Measured(epoch) {
		times[epoch-uint64(r.config.WarmUp)] = lab.Nanotime()
	}
}

// open opens the link of one role and gives it to its actor.
func (r *runner) open(role copytax.Role, s copytax.Scenario, t copytax.Transport) (err error) {
	env := r.env[role]
	switch role {
	case copytax.Kernel:
		var link copytax.KernelLink
		if link, err = t.OpenKernel(env); err != nil {
			return err
		}
		r.links = append(r.links, link)
		if r.kernel, err = s.NewKernel(env, link); err == nil {
			r.actors[role] = r.kernel
		}
	case copytax.Engine:
		var link copytax.EngineLink
		if link, err = t.OpenEngine(env); err != nil {
			return err
		}
		r.links = append(r.links, link)
		r.actors[role], err = s.NewEngine(env, link)
	case copytax.Viewer:
		var link copytax.ViewerLink
		if link, err = t.OpenViewer(env); err != nil {
			return err
		}
		r.links = append(r.links, link)
		r.actors[role], err = s.NewViewer(env, link)
	}
	if err != nil {
		r.actors[role] = nil // an interface that holds a nil pointer is not nil
	}
	return err
}

// roles returns the roles that are here.
func (r *runner) roles() (roles []copytax.Role) {
	for role, a := range r.actors {
		if a != nil {
			roles = append(roles, copytax.Role(role))
		}
	}
	return roles
}

// isHost reports whether the figures of the process are this runner's to read.
func (r *runner) isHost() bool { return r.first == r.host }

// run runs every tick and adds to report what was measured in the window.
func (r *runner) run(report *Report) error {
	var w window
	warm, last := uint64(r.config.WarmUp), r.config.LastEpoch()
	for epoch := uint64(0); epoch <= last; epoch++ {
		if epoch+collectBefore == warm && r.isHost() {
			runtime.GC()
		}
		if epoch == warm/2 {
			r.sampler.observe(r.meter.Entered())
		}
		if epoch == warm {
			r.sampler.settle(r.config, r.meter.Entered())
			if err := w.open(r); err != nil {
				return err
			}
		}
		if epoch == last {
			if err := w.shut(r); err != nil {
				return err
			}
		}
		if err := r.tick(epoch); err != nil {
			return fmt.Errorf("tick %d: %w", epoch, err)
		}
	}
	return r.report(report, &w)
}

// tick runs one tick of every role that is here. All three take turns in the
// order in which a tick passes through them.
func (r *runner) tick(epoch uint64) error {
	rare := isRare(epoch)
	r.meter.Tick(r.first, rare, r.config.Measured(epoch) && r.sampler.draw(rare))
	if r.kernel != nil {
		if err := r.kernel.Begin(epoch); err != nil {
			return err
		}
	}
	for _, role := range []copytax.Role{copytax.Engine, copytax.Viewer} {
		if r.actors[role] == nil {
			continue
		}
		r.meter.Turn(role)
		if err := r.actors[role].Tick(epoch); err != nil {
			return err
		}
	}
	if r.kernel == nil {
		return nil
	}
	r.meter.Turn(copytax.Kernel)
	return r.kernel.Tick(epoch)
}
