package transporttest

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
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
			fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
			if err != nil {
				return fmt.Errorf("duplicate %s for the %s: %w", f.Name(), copytax.Role(role), err)
			}
			t.files[role] = append(t.files[role], os.NewFile(uintptr(fd), f.Name()))
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
	var desks [copytax.NumRoles]*desk
	type end struct {
		role copytax.Role
		err  error
	}
	ends := make(chan end, len(desks))
	for role := range copytax.NumRoles {
		desks[role] = t.newDesk(role)
		go func() { ends <- end{role, t.play(desks[role])} }()
	}
	timer := time.NewTimer(t.timeout)
	defer timer.Stop()
	var errs [copytax.NumRoles]error
	for range desks {
		select {
		case e := <-ends:
			errs[e.role] = e.err
			desks[e.role].ended.Store(true)
		case <-timer.C:
			return fmt.Errorf("%w after %v: %s", errStuck, t.timeout, describe(desks[:], errs[:]))
		}
	}
	return t.judge(errs)
}

// describe says what each role was doing, or how it ended.
func describe(desks []*desk, errs []error) string {
	var parts []string
	for i, d := range desks {
		state := fmt.Sprintf("%s is in %s", d.role, d.doing.Load())
		if d.ended.Load() {
			state = fmt.Sprintf("%s ended with %v", d.role, errs[i])
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

// play is the life of one role: open, tick, close.
func (t *trial) play(d *desk) error {
	if t.info.OwnThread {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
	}
	a, err := t.open(d)
	if err != nil {
		err = fmt.Errorf("open %s: %w", d.role, err)
		t.meet.Fail(err)
		return err
	}
	for epoch := uint64(0); epoch < uint64(t.cfg.Ticks) && err == nil; epoch++ {
		err = a.tick(epoch)
	}
	if err != nil {
		t.meet.Fail(err)
	}
	return d.finish(a, err)
}

// An actor is a role at work.
type actor interface {
	tick(epoch uint64) error
	close() error
}

func (t *trial) open(d *desk) (actor, error) {
	switch d.role {
	case copytax.Kernel:
		return t.openKernel(d)
	case copytax.Engine:
		return t.openEngine(d)
	default:
		return t.openViewer(d)
	}
}

// finish closes twice. After a trial that went wrong a link may complain about
// its peers, but not the second time about having been closed.
func (d *desk) finish(a actor, err error) error {
	first, second := a.close(), a.close()
	if err != nil {
		return err
	}
	if first != nil {
		return fmt.Errorf("close %s: %w", d.role, first)
	}
	if second != nil {
		return fmt.Errorf("close %s a second time: %w", d.role, second)
	}
	return nil
}

// inTurns runs every role on this goroutine. A role that leaves must make some
// call of another one fail in the same tick or the next.
func (t *trial) inTurns() (err error) {
	var desks [copytax.NumRoles]*desk
	var actors [copytax.NumRoles]actor
	defer func() {
		for role, a := range actors {
			if a != nil {
				err = desks[role].finish(a, err)
			}
		}
		err = t.judgeTurns(err)
	}()
	for _, role := range []copytax.Role{copytax.Engine, copytax.Kernel, copytax.Viewer} {
		desks[role] = t.newDesk(role)
		if actors[role], err = t.open(desks[role]); err != nil {
			return fmt.Errorf("open %s: %w", role, err)
		}
	}
	for epoch := uint64(0); epoch < uint64(t.cfg.Ticks); epoch++ {
		if err := t.turn(epoch, actors); err != nil {
			return err
		}
	}
	return nil
}

// turn plays one tick in the order of its messages. A role that has left does
// nothing more; the error that is looked for is another's.
func (t *trial) turn(epoch uint64, actors [copytax.NumRoles]actor) error {
	k, ok := actors[copytax.Kernel].(*kernel)
	if !ok {
		return fmt.Errorf("kernel is a %T", actors[copytax.Kernel])
	}
	steps := []struct {
		role copytax.Role
		do   func(uint64) error
	}{
		{copytax.Kernel, k.begin},
		{copytax.Engine, actors[copytax.Engine].tick},
		{copytax.Kernel, k.read},
		{copytax.Viewer, actors[copytax.Viewer].tick},
		{copytax.Kernel, k.await},
	}
	f := t.plan.fault
	for _, s := range steps {
		if f.kind == leaves && s.role == f.role && epoch > f.at {
			continue
		}
		err := s.do(epoch)
		if errors.Is(err, errLeft) {
			err = actors[s.role].close()
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
