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

const (
	// collectBefore is how many ticks before the window every process collects its
	// garbage, so that all start it alike. In the window the collector is the
	// program's own affair, and its cost counts.
	collectBefore = 2
	// collectSeconds is the same at a rate, if it is more: ticks that the collection
	// holds up must be caught up with before the window.
	collectSeconds = 0.1
)

// A runner runs roles on one goroutine: one, or all three in turn.
type runner struct {
	config  copytax.Config
	host    copytax.Role // of the process
	first   copytax.Role // of the runner's own roles
	meter   *lap.Meter
	sampler sampler
	epoch   atomic.Uint64 // of the tick in progress
	own     bool          // the runner's thread does nothing else
	pacer   pacer
	watched int // ticks since the sampler observes
	cutter  cutter

	kernel copytax.KernelActor
	latest copytax.LatestActor             // nil unless the runner is that of a viewer which reads the latest frame
	actors [copytax.NumRoles]copytax.Actor // nil for roles that are not here
	links  []io.Closer
	env    [copytax.NumRoles]copytax.Env
	// times are those at which the kernel published a policy and the viewer had used
	// its frame, by tick of the window and that of the one behind it.
	times [copytax.NumRoles][]int64
	// intended are those at which the ticks should have begun, if there is a rate.
	intended []int64
}

// open opens the link of one role and gives it to its actor.
func (r *runner) open(role copytax.Role, s copytax.Scenario, t copytax.Transport) (err error) {
	switch role {
	case copytax.Kernel:
		if r.kernel, err = openRole(r, role, t.OpenKernel, s.NewKernel); err == nil {
			r.pacer, err = r.newPacer()
		}
	case copytax.Engine:
		_, err = openRole(r, role, t.OpenEngine, s.NewEngine)
	case copytax.Viewer:
		var viewer copytax.Actor
		if viewer, err = openRole(r, role, t.OpenViewer, s.NewViewer); err == nil && r.config.Latest && r.kernel == nil {
			r.latest, err = latestActor(s, viewer)
		}
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
		r.times[role] = make([]int64, r.config.Ticks+1)
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

// latestActor returns the viewer as one that can read the latest frame.
func latestActor(s copytax.Scenario, viewer copytax.Actor) (copytax.LatestActor, error) {
	if latest, ok := viewer.(copytax.LatestActor); ok {
		return latest, nil
	}
	return nil, fmt.Errorf("the viewer of %s cannot read the latest frame", s.Name())
}

// run runs every tick and returns what was measured in the window. Where the viewer
// reads the latest frame, its tick is the use of one and the wait for the next.
func (r *runner) run() (all report, err error) {
	var w window
	r.cutter = newCutter(r.config)
	for due := uint64(0); due <= r.config.LastEpoch(); due++ {
		epoch, err := r.take(due)
		if err != nil {
			return all, fmt.Errorf("tick %d: %w", due, err)
		}
		r.pass(&w, due, epoch)
		if err := r.tick(epoch); err != nil {
			return all, fmt.Errorf("tick %d: %w", epoch, err)
		}
		due = epoch
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

// take returns the epoch of the next tick: the one that is due, or that of the newest
// frame.
func (r *runner) take(due uint64) (epoch uint64, err error) {
	if r.latest == nil {
		return due, nil
	}
	epoch, err = r.latest.Take(due)
	if err == nil && (epoch < due || epoch > r.config.LastEpoch()) {
		err = fmt.Errorf("took frame %d: want %d to %d", epoch, due, r.config.LastEpoch())
	}
	return epoch, err
}

// pass does what is to be done before the ticks from one that was due to the next one
// that there is. The window opens at the first tick that lies in it, and shuts at the last.
func (r *runner) pass(w *window, due, epoch uint64) {
	passes := func(e uint64) bool { return due <= e && e <= epoch }
	warm := uint64(r.config.WarmUp)
	if passes(warm-max(collectBefore, uint64(r.config.Rate*collectSeconds))) && r.isHost() {
		runtime.GC()
	}
	if passes(warm / 2) {
		r.watched = 0
		r.sampler.observe(r.meter.Entered())
	}
	if passes(warm) {
		r.sampler.settle(r.config, r.watched, r.meter.Entered())
		w.open(r)
	}
	if r.isHost() {
		r.cutter.pass(epoch)
	}
	if passes(r.config.LastEpoch()) {
		w.shut(r)
	}
	r.watched++
}

// tick runs one tick of every role that is here. All three take turns in the
// order in which a tick passes through them.
func (r *runner) tick(epoch uint64) error {
	r.epoch.Store(epoch)
	rare := isRare(epoch)
	r.meter.Tick(r.first, rare, r.config.Measured(epoch) && r.sampler.draw(rare))
	if r.kernel != nil {
		r.pacer.Wait(epoch)
		if start := r.pacer.Start(epoch); start != 0 && r.config.Measured(epoch) {
			r.intended[epoch-uint64(r.config.WarmUp)] = start
		}
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
