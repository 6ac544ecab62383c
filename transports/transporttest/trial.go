package transporttest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/carrier"
)

const (
	heldBoids = 100 // of the trials that are not about the number of boids
	slots     = 3   // one being written, one the step's input, one held
	faultTick = 23  // after a few genomes, in the middle of one
	minTicks  = 40  // faultTick, and a while for the others to notice
)

// The ends of a trial that are no failure of the role that returns them.
var (
	errLeft     = errors.New("left the trial, as planned")
	errProvoked = errors.New("provoked an error, as planned")
)

// A plan says what is different about one trial.
type plan struct {
	boids   int
	overlap bool // now and then the viewer holds a frame while the others go on
	latest  bool // the viewer reads the latest frame
	fault   fault
}

// A fault is what one role does wrong at one tick.
type fault struct {
	kind faultKind
	role copytax.Role
	at   uint64
}

type faultKind int

const (
	noFault    faultKind = iota
	leaves               // closes its link
	asksAhead            // for the epoch after the one that is due
	asksBehind           // for the epoch before
)

func (k faultKind) String() string {
	return [...]string{"does nothing wrong", "leaves", "asks for the next epoch", "asks for the last epoch"}[k]
}

// A trial is one plan on one transport.
type trial struct {
	tr       copytax.Transport
	info     copytax.Info
	cfg      copytax.Config
	plan     plan
	board    *board
	wiring   *copytax.Wiring
	meet     *Rendezvous
	files    [copytax.NumRoles][]*os.File
	counters [copytax.NumRoles]copytax.Counters
	workers  [copytax.NumRoles]*worker
	settings settings // of the collector when the trial began
	patience time.Duration

	mu     sync.Mutex
	failed []error // of roles that have ended, in that order
}

// config is that of a trial of so many boids. A large world takes long, and nothing
// about it depends on the number of ticks.
func config(boids, ticks int) copytax.Config {
	if boids > 2000 {
		ticks = max(ticks/3, minTicks)
	}
	return copytax.Config{
		Boids: boids, Neighbours: 8, Mode: copytax.ConstantDensity, Seed: 1, Ticks: ticks, Slots: slots,
	}
}

func runTrial(tr copytax.Transport, p plan, opt Options) error {
	t := &trial{
		tr: tr, info: tr.Info(), plan: p, meet: NewRendezvous(), board: &board{}, cfg: config(p.boids, opt.Ticks), settings: readSettings(),
	}
	t.cfg.Latest, t.patience = p.latest, min(opt.Patience, opt.Timeout)
	if err := within(opt.Patience, "Wire", t.wire); err != nil {
		return err
	}
	defer t.unwire()
	run := t.together
	if t.info.OneProcess && !t.info.Concurrent {
		run = t.inTurns
	}
	if err := t.supervise(run, opt); err != nil || p.fault.kind != noFault {
		return err
	}
	for _, w := range t.workers {
		if err := w.meter.charged(w.role); err != nil && !t.inOneThread() {
			return err
		}
	}
	return t.checkCounters()
}

// inOneThread reports whether the roles take turns: their links then wait for nothing.
func (t *trial) inOneThread() bool { return t.info.OneProcess && !t.info.Concurrent }

// supervise returns the error of run, or one that says what the roles were at when a
// call, or the trial, took too long.
func (t *trial) supervise(run func() error, opt Options) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	go t.board.watch(opt.Patience, ctx.Done(), cancel)
	done := make(chan error, 1)
	go func() { done <- run() }()
	timer := time.NewTimer(opt.Timeout)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return t.stuck(context.Cause(ctx))
	case <-timer.C:
		return t.stuck(fmt.Errorf("%w, no end after %v: %s", errStuck, opt.Timeout, t.board.whereabouts()))
	}
}

// wire gives every role descriptors of its own, as starting a process does.
func (t *trial) wire() (err error) {
	if t.wiring, err = t.tr.Wire(t.cfg); err != nil {
		return fmt.Errorf("wire: %w", err)
	}
	defer t.wiring.CloseFiles()
	for role, files := range t.wiring.Files {
		for _, f := range files {
			fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
			if err != nil {
				return fmt.Errorf("duplicate %s for the %s: %w", f.Name(), copytax.Role(role), err)
			}
			t.files[role] = append(t.files[role], os.NewFile(uintptr(fd), f.Name()))
		}
	}
	return nil
}

// unwire gives the wiring back. Roles that are stuck, and would spin for ever, are told
// first that all others are gone.
func (t *trial) unwire() {
	for role := range copytax.NumRoles {
		if t.wiring.Lost != nil && call(t.board.roles[role].call.Load()) != ended {
			t.wiring.Lost(role)
		}
	}
	t.wiring.Close()
}

// together runs every role on a goroutine of its own. Links of one process are opened
// on this one.
func (t *trial) together() error {
	var drivers [copytax.NumRoles]driver
	for _, role := range []copytax.Role{copytax.Engine, copytax.Kernel, copytax.Viewer} {
		t.workers[role] = t.newWorker(role)
		if !t.info.OneProcess {
			continue
		}
		var err error
		if drivers[role], err = t.open(t.workers[role]); err != nil {
			return err
		}
	}
	var errs [copytax.NumRoles]error
	var all sync.WaitGroup
	for role, w := range t.workers {
		all.Go(func() {
			errs[role] = caught("the kit's "+w.role.String(), func() error { return t.work(w, drivers[role]) })
			t.fail(errs[role])
		})
	}
	all.Wait()
	return t.judge(errs)
}

// fail notes the error of a role, if it is one, and wakes those that wait to hear from
// it.
func (t *trial) fail(err error) {
	if err == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed = append(t.failed, err)
	t.meet.Fail(err)
}

// stuck puts what roles have failed of before what the others wait for.
func (t *trial) stuck(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return errors.Join(append(slices.Clone(t.failed), err)...)
}

// judge decides which ends the plan allows: none but clean ones without a
// fault; with one, the faulty role's planned end and an error of all others.
func (t *trial) judge(errs [copytax.NumRoles]error) error {
	if t.plan.fault.kind == noFault {
		return errors.Join(errs[:]...)
	}
	for role, err := range errs {
		planned := errors.Is(err, errLeft) || errors.Is(err, errProvoked)
		switch {
		case errors.As(err, new(mismatch)):
			return err
		case copytax.Role(role) == t.plan.fault.role && !planned:
			return fmt.Errorf("did not get as far as its fault: %w", err)
		case copytax.Role(role) != t.plan.fault.role && err == nil:
			return fmt.Errorf("%s noticed nothing", copytax.Role(role))
		}
	}
	return nil
}

// work is the life of one role: open, unless it has been, tick, close.
func (t *trial) work(w *worker, d driver) (err error) {
	if t.info.OwnThread {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
	}
	if d == nil {
		if d, err = t.open(w); err != nil {
			return err
		}
	}
	for epoch := uint64(0); epoch <= t.cfg.LastEpoch() && err == nil; epoch++ {
		err = d.tick(epoch)
	}
	if err == nil {
		err = t.settings.kept()
	}
	if err != nil {
		t.meet.Fail(err)
	}
	return w.finish(d, err)
}

// A driver makes the calls of one role to its link.
type driver interface {
	tick(epoch uint64) error
	close() error
}

func (t *trial) open(w *worker) (d driver, err error) {
	err = w.do(opening, 0, func() error {
		switch w.role {
		case copytax.Kernel:
			k := &kernel{worker: w}
			k.link, err = t.tr.OpenKernel(w.env())
			d = k
		case copytax.Engine:
			d, err = t.openEngine(w)
		default:
			v := &viewer{worker: w}
			v.link, err = t.tr.OpenViewer(w.env())
			if d = v; t.plan.latest {
				d = &latestViewer{viewer: v}
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

func (t *trial) openEngine(w *worker) (*engine, error) {
	link, err := t.tr.OpenEngine(w.env())
	if err != nil {
		return nil, err
	}
	return newEngine(w, link)
}

// newEngine gives link the memory of an engine, which it closes if that fails.
func newEngine(w *worker, link copytax.EngineLink) (e *engine, err error) {
	e = &engine{worker: w, link: link, previous: slots - 1}
	if e.world, e.mem, err = carrier.Bind(link, w.cfg.Boids, w.cfg.Slots); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

// finish closes twice. After a trial that went wrong a link may complain about
// its peers, but not the second time about having been closed.
func (w *worker) finish(d driver, err error) error {
	first := w.do(closing, 0, d.close)
	second := w.do(closing, 1, d.close)
	w.board.roles[w.role].call.Store(uint32(ended))
	switch {
	case err != nil:
		return err
	case first != nil:
		return first
	case second != nil:
		return fmt.Errorf("a second time: %w", second)
	}
	return nil
}

// inTurns runs every role on this goroutine. A role that leaves must make some
// call of another one fail in the same tick or the next.
func (t *trial) inTurns() (err error) {
	var drivers [copytax.NumRoles]driver
	defer func() {
		for role, d := range drivers {
			if d != nil {
				err = t.workers[role].finish(d, err)
			}
		}
		err = t.judgeTurns(err)
	}()
	for _, role := range []copytax.Role{copytax.Engine, copytax.Kernel, copytax.Viewer} {
		t.workers[role] = t.newWorker(role)
		if drivers[role], err = t.open(t.workers[role]); err != nil {
			return err
		}
	}
	for epoch := uint64(0); epoch <= t.cfg.LastEpoch(); epoch++ {
		if err := t.turn(epoch, drivers); err != nil {
			return err
		}
	}
	return t.settings.kept()
}

// turn makes one tick in the order of its messages. A role that has left does
// nothing more; the error that is looked for is another's.
func (t *trial) turn(epoch uint64, drivers [copytax.NumRoles]driver) error {
	k, ok := drivers[copytax.Kernel].(*kernel)
	if !ok {
		return fmt.Errorf("kernel is a %T", drivers[copytax.Kernel])
	}
	steps := []struct {
		role copytax.Role
		do   func(uint64) error
	}{
		{copytax.Kernel, k.begin},
		{copytax.Engine, drivers[copytax.Engine].tick},
		{copytax.Kernel, k.read},
		{copytax.Viewer, drivers[copytax.Viewer].tick},
		{copytax.Kernel, k.await},
	}
	f := t.plan.fault
	for _, s := range steps {
		if f.kind == leaves && s.role == f.role && epoch > f.at {
			continue
		}
		err := s.do(epoch)
		if errors.Is(err, errLeft) {
			err = drivers[s.role].close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// judgeTurns is judge for roles that take turns: the first error ends the trial.
func (t *trial) judgeTurns(err error) error {
	switch {
	case t.plan.fault.kind == noFault:
		return err
	case errors.As(err, new(mismatch)):
		return err
	case err == nil:
		return errors.New("no other role noticed anything")
	case t.plan.fault.kind != leaves && !errors.Is(err, errProvoked):
		return fmt.Errorf("did not get as far as its fault: %w", err)
	}
	return nil
}
