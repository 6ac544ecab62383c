package transporttest

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
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
	errStuck    = errors.New("roles are stuck")
)

// A plan says what is different about one trial.
type plan struct {
	boids   int
	overlap bool // now and then the viewer holds a frame while the others go on
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
	timeout  time.Duration
	meet     *Rendezvous
	files    [copytax.NumRoles][]*os.File
	counters [copytax.NumRoles]copytax.Counters
	filled   atomic.Uint64 // epoch+1 of the last frame that the engine has written
	released atomic.Uint64 // epoch+1 of the last frame that the viewer was about to release
}

func runTrial(tr copytax.Transport, p plan, opt Options) error {
	t := &trial{
		tr: tr, info: tr.Info(), plan: p, timeout: opt.Timeout, meet: NewRendezvous(),
		cfg: copytax.Config{
			Boids: p.boids, Neighbours: 8, Mode: copytax.ConstantDensity, Seed: 1,
			Ticks: opt.Ticks, Slots: slots,
		},
	}
	if err := t.wire(); err != nil {
		return err
	}
	run := t.together
	if t.info.OneProcess {
		run = t.inTurns
	}
	if err := run(); err != nil {
		return err
	}
	return t.checkCounters()
}

// wire gives every role descriptors of its own, as starting a process does.
func (t *trial) wire() error {
	w, err := t.tr.Wire(t.cfg)
	if err != nil {
		return fmt.Errorf("wire: %w", err)
	}
	defer w.Close()
	for role, files := range w.Files {
		for _, f := range files {
			own, err := lab.Duplicate(f)
			if err != nil {
				return fmt.Errorf("for the %s: %w", copytax.Role(role), err)
			}
			t.files[role] = append(t.files[role], own)
		}
	}
	return nil
}

// checkCounters looks at what the links counted in a whole trial.
func (t *trial) checkCounters() error {
	for role := range copytax.NumRoles {
		c := &t.counters[role]
		copied, wire, calls := c.CopiedBytes.Load(), c.WireBytes.Load(), c.Syscalls.Load()
		if copied < 0 || wire < 0 || calls < 0 {
			return fmt.Errorf("%s counts %d bytes copied, %d on the wire, %d system calls", role, copied, wire, calls)
		}
		if t.info.ZeroCopy && copied != 0 {
			return fmt.Errorf("%s copied %d bytes, want 0 of a transport that copies nothing", role, copied)
		}
	}
	return nil
}

// together runs every role on a goroutine of its own.
func (t *trial) together() error {
	var workers [copytax.NumRoles]*worker
	type end struct {
		role copytax.Role
		err  error
	}
	ends := make(chan end, len(workers))
	for role := range copytax.NumRoles {
		workers[role] = t.newWorker(role)
		go func() { ends <- end{role, t.work(workers[role])} }()
	}
	timer := time.NewTimer(t.timeout)
	defer timer.Stop()
	var errs [copytax.NumRoles]error
	for range workers {
		select {
		case e := <-ends:
			errs[e.role] = e.err
			workers[e.role].ended.Store(true)
		case <-timer.C:
			return fmt.Errorf("%w after %v: %s", errStuck, t.timeout, describe(workers[:], errs[:]))
		}
	}
	return t.judge(errs)
}

// describe says what each role was doing, or how it ended.
func describe(workers []*worker, errs []error) string {
	var parts []string
	for i, w := range workers {
		state := fmt.Sprintf("%s is in %s", w.role, w.doing.Load())
		if w.ended.Load() {
			state = fmt.Sprintf("%s ended with %v", w.role, errs[i])
		}
		parts = append(parts, state)
	}
	return strings.Join(parts, "; ")
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

// work is the life of one role: open, tick, close.
func (t *trial) work(w *worker) error {
	if t.info.OwnThread {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
	}
	d, err := t.open(w)
	if err != nil {
		t.meet.Fail(err)
		return err
	}
	for epoch := uint64(0); epoch < uint64(t.cfg.Ticks) && err == nil; epoch++ {
		err = d.tick(epoch)
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
		d = v
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", w.role, err)
	}
	return d, nil
}

func (t *trial) openEngine(w *worker) (*engine, error) {
	link, err := t.tr.OpenEngine(w.env())
	if err != nil {
		return nil, err
	}
	e := &engine{worker: w, link: link, previous: slots - 1}
	if e.world, e.mem, err = carrier.Bind(link, t.cfg.Boids, t.cfg.Slots); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

// finish closes twice. After a trial that went wrong a link may complain about
// its peers, but not the second time about having been closed.
func (w *worker) finish(d driver, err error) error {
	first, second := d.close(), d.close()
	if err != nil {
		return err
	}
	if first != nil {
		return fmt.Errorf("close %s: %w", w.role, first)
	}
	if second != nil {
		return fmt.Errorf("close %s a second time: %w", w.role, second)
	}
	return nil
}

// inTurns runs every role on this goroutine. A role that leaves must make some
// call of another one fail in the same tick or the next.
func (t *trial) inTurns() (err error) {
	var workers [copytax.NumRoles]*worker
	var drivers [copytax.NumRoles]driver
	defer func() {
		for role, d := range drivers {
			if d != nil {
				err = workers[role].finish(d, err)
			}
		}
		err = t.judgeTurns(err)
	}()
	for _, role := range []copytax.Role{copytax.Engine, copytax.Kernel, copytax.Viewer} {
		workers[role] = t.newWorker(role)
		if drivers[role], err = t.open(workers[role]); err != nil {
			return err
		}
	}
	for epoch := uint64(0); epoch < uint64(t.cfg.Ticks); epoch++ {
		if err := t.turn(epoch, drivers); err != nil {
			return err
		}
	}
	return nil
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
