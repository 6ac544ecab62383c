package control

import (
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/copytax/copytax"
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
	epoch   atomic.Uint64 // of the tick in progress

	kernel copytax.KernelActor
	actors [copytax.NumRoles]copytax.Actor // nil for roles that are not here
	links  []io.Closer
	env    [copytax.NumRoles]copytax.Env
	// times are those at which the kernel published a policy and the viewer had used
	// its frame, by tick of the window.
	times [copytax.NumRoles][]int64
}

// open opens the link of one role and gives it to its actor.
func (r *runner) open(role copytax.Role, s copytax.Scenario, t copytax.Transport) (err error) {
	switch role {
	case copytax.Kernel:
		r.kernel, err = openRole(r, role, t.OpenKernel, s.NewKernel)
	case copytax.Engine:
		_, err = openRole(r, role, t.OpenEngine, s.NewEngine)
	case copytax.Viewer:
		_, err = openRole(r, role, t.OpenViewer, s.NewViewer)
	}
	return err
}

// openRole notes the link and, if there is no error, the actor.
func openRole[L io.Closer, A copytax.Actor](
	r *runner, role copytax.Role, open func(copytax.Env) (L, error), start func(copytax.Env, L) (A, error),
) (actor A, err error) {
	link, err := open(r.env[role])
	if err != nil {
		return actor, err
	}
	r.links = append(r.links, link)
	if actor, err = start(r.env[role], link); err == nil {
		r.actors[role] = actor
		r.times[role] = make([]int64, r.config.Ticks)
	}
	return actor, err
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

// run runs every tick and returns what was measured in the window.
func (r *runner) run() (all report, err error) {
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
			w.open(r)
		}
		if epoch == last {
			w.shut(r)
		}
		if err := r.tick(epoch); err != nil {
			return all, fmt.Errorf("tick %d: %w", epoch, err)
		}
	}
	return r.report(&w)
}

// doing says which tick the runner is in, and for how long it has waited or worked
// there. Any goroutine may ask.
func (r *runner) doing() string {
	tick := fmt.Sprintf("tick %d", r.epoch.Load())
	switch phase, since := r.meter.Doing(); {
	case phase != "":
		return fmt.Sprintf("%s, in %s for %v", tick, phase, since.Round(time.Millisecond))
	case since != 0:
		return fmt.Sprintf("%s, at work for %v", tick, since.Round(time.Millisecond))
	}
	return tick
}

// tick runs one tick of every role that is here. All three take turns in the
// order in which a tick passes through them.
func (r *runner) tick(epoch uint64) error {
	r.epoch.Store(epoch)
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
