package transporttest

import (
	"errors"
	"fmt"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy/hub"
)

// A worker is what a role has beside its link.
type worker struct {
	*trial
	role   copytax.Role
	meter  *meter // nil in a process of the role's own, whose meter is the program's
	mark   func(epoch uint64)
	copies int64 // bytes that the role has made its link copy
	seen   []copytax.Sight
}

// saw notes a frame, every float of which was looked at, where those of kernel and viewer
// are compared.
func (w *worker) saw(epoch uint64) {
	if w.cfg.Latest {
		w.seen = append(w.seen, copytax.Sight{Epoch: epoch})
	}
}

func (t *trial) newWorker(role copytax.Role) *worker {
	return &worker{trial: t, role: role, meter: &meter{}, mark: func(uint64) {}}
}

func (w *worker) env() copytax.Env {
	return copytax.Env{
		Config: w.cfg, Files: w.files[w.role], Meter: w.meter,
		Counters: &w.counters[w.role], Rendezvous: w.meet, Mark: w.mark,
	}
}

// do makes one call to the link and looks at the meter after it.
func (w *worker) do(c call, epoch uint64, f func() error) error {
	post := &w.board.roles[w.role]
	post.begin(c, epoch)
	err := w.call(c, f)
	post.end(c, epoch, err)
	if err != nil {
		return fmt.Errorf("%s: %s %d: %w", w.role, c, epoch, err)
	}
	if w.meter == nil {
		return nil
	}
	if err := w.meter.settled(); err != nil {
		return mismatchf("%s: %s %d: %w", w.role, c, epoch, err)
	}
	return nil
}

func (w *worker) call(c call, f func() error) error {
	if w.meter == nil {
		return f() // a panic ends the process, which says so
	}
	return w.meter.call(c.String(), f)
}

// acquire makes a call that asks for an epoch. At the tick of a fault it asks
// for a wrong one, which must fail.
func (w *worker) acquire(c call, epoch uint64, f func(uint64) error) error {
	ask := epoch
	if f := w.plan.fault; f.role == w.role && f.at == epoch {
		switch f.kind {
		case asksAhead:
			ask++
		case asksBehind:
			ask--
		}
	}
	err := w.do(c, ask, func() error { return f(ask) })
	if ask == epoch || errors.As(err, new(mismatch)) {
		return err
	}
	if err == nil {
		return mismatchf("%s: %s %d succeeded while %d was due", w.role, c, ask, epoch)
	}
	return fmt.Errorf("%w: %w", errProvoked, err)
}

// leaving returns errLeft at the tick at which the plan has the role leave.
func (w *worker) leaving(epoch uint64) error {
	if f := w.plan.fault; f.kind == leaves && f.role == w.role && f.at == epoch {
		return errLeft
	}
	return nil
}

// prove asks a link for the address proof of f, if it must have one. To look at the
// process's map is dear: it is done in the first ticks and then now and then.
func (w *worker) prove(link any, f *copytax.Frame) error {
	if f.Epoch >= slots && f.Epoch%16 != 0 {
		return nil
	}
	p, ok := link.(copytax.Prover)
	if !ok {
		if w.info.ZeroCopy {
			return mismatchf("%s: link %T copies nothing and proves nothing", w.role, link)
		}
		return nil
	}
	proof, err := p.Prove(f)
	if err != nil {
		return mismatchf("%s: prove frame %d: %w", w.role, f.Epoch, err)
	}
	if want := fmt.Sprintf("%p", &f.Data[0]); proof.Address != want {
		return mismatchf("%s: prove frame %d: address %s, want %s", w.role, f.Epoch, proof.Address, want)
	}
	if w.info.ZeroCopy && !proof.Holds() {
		return mismatchf("%s: prove frame %d: not in the hub: %+v", w.role, f.Epoch, proof)
	}
	return nil
}

// A source is the link of a role that frames come to.
type source interface {
	AcquireFrame(epoch uint64) (*copytax.Frame, error)
}

// frame acquires the frame of epoch from link and looks at every float of it.
func (w *worker) frame(link source, epoch uint64) (f *copytax.Frame, err error) {
	err = w.acquire(acquiringFrame, epoch, func(ask uint64) (err error) {
		f, err = link.AcquireFrame(ask)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := compare(f.Table(), w.cfg.Boids, epoch); err != nil {
		return nil, fmt.Errorf("%s: %w", w.role, err)
	}
	return f, w.prove(link, f)
}

// The overlap: in the first tick of every ten the viewer holds its frame until
// the engine has written the one after next, and the kernel, which does not
// wait for it, catches up in the third. In the sixth the kernel holds its frame until
// the engine has written the next.
const (
	overlapTicks = 10
	overlapDepth = 2
	kernelHolds  = 5
)

func (w *worker) holds(epoch uint64) bool {
	return w.plan.overlap && epoch%overlapTicks == 0 && epoch+overlapDepth <= w.cfg.LastEpoch()
}

// awaitFilled waits until the engine has written the frame of epoch, but not
// for long: on some carriers a publish waits until its reader asks.
func (w *worker) awaitFilled(epoch uint64) {
	for range 20 {
		if w.board.filled.Load() > epoch {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

type kernel struct {
	*worker
	link    copytax.KernelLink
	own     copytax.Policy // written anew for each tick
	held    *copytax.Frame // over the end of a tick
	unused  []uint64       // epochs that the kernel has not yet seen used
	genomes uint64         // number of genomes published
}

func (k *kernel) close() error { return k.link.Close() }

func (k *kernel) tick(epoch uint64) error {
	for _, step := range []func(uint64) error{k.begin, k.read, k.await} {
		if err := step(epoch); err != nil {
			return err
		}
	}
	return nil
}

// begin publishes the policy of epoch, and a genome when one is due.
func (k *kernel) begin(epoch uint64) error {
	p := k.policy(epoch)
	var g *copytax.Genome
	if p.Generation == k.genomes {
		var err error
		if g, err = k.genome(); err != nil {
			return err
		}
	}
	k.mark(epoch)
	if err := k.do(publishingPolicy, epoch, func() error { return k.link.Publish(p, g) }); err != nil {
		return err
	}
	if p == &k.own {
		k.own = *policyOf(^epoch) // a link that has kept the pointer sends this
	}
	return k.leaving(epoch)
}

// policy returns the policy of epoch, in the link's memory in every second
// tick if the link lends any, in the kernel's own in the others.
func (k *kernel) policy(epoch uint64) *copytax.Policy {
	p := &k.own
	if loaner, ok := k.link.(copytax.PolicyLoaner); ok && epoch%2 == 0 {
		p = loaner.LoanPolicy(epoch)
	} else {
		k.copies += copytax.PolicyBytes
	}
	*p = *policyOf(epoch)
	return p
}

// genome fills the next genome.
func (k *kernel) genome() (g *copytax.Genome, err error) {
	err = k.do(loaningGenome, k.genomes, func() error {
		g, err = k.link.LoanGenome()
		return err
	})
	if err != nil {
		return nil, err
	}
	if g.N != k.cfg.Boids || len(g.Data) != copytax.GenomeColumns*copytax.Stride(g.N) {
		return nil, mismatchf("kernel: loaned a genome of %d boids, %d floats: want %d boids", g.N, len(g.Data), k.cfg.Boids)
	}
	g.Generation = k.genomes
	fill(g.Table())
	k.genomes++
	return g, nil
}

// read looks at every float of the frame of epoch.
func (k *kernel) read(epoch uint64) error {
	if err := k.letGo(epoch); err != nil {
		return err
	}
	f, err := k.frame(k.link, epoch)
	if err != nil {
		return err
	}
	k.saw(epoch)
	if epoch%overlapTicks == kernelHolds && epoch < k.cfg.LastEpoch() && k.plan.overlap {
		k.held = f
		return nil
	}
	return k.do(releasingFrame, epoch, func() error { return k.link.ReleaseFrame(f) })
}

// letGo looks once more at a frame that has been held since the tick before, and
// releases it.
func (k *kernel) letGo(epoch uint64) error {
	f := k.held
	if f == nil {
		return nil
	}
	k.held = nil
	k.awaitFilled(epoch)
	if err := compare(f.Table(), k.cfg.Boids, epoch-1); err != nil {
		return fmt.Errorf("kernel, while holding the frame: %w", err)
	}
	return k.do(releasingFrame, epoch-1, func() error { return k.link.ReleaseFrame(f) })
}

// await waits until the viewer has used the frame of epoch, or, while the
// viewer holds one, leaves that to a later tick.
func (k *kernel) await(epoch uint64) error {
	if k.cfg.Latest {
		return nil // nobody tells
	}
	k.unused = append(k.unused, epoch)
	if k.holds(k.unused[0]) && epoch < k.unused[0]+overlapDepth {
		return nil
	}
	for _, e := range k.unused {
		if err := k.do(awaitingUse, e, func() error { return k.link.AwaitUsed(e) }); err != nil {
			return err
		}
		if got := k.board.released.Load(); got < e+1 {
			return mismatchf("kernel: told that frame %d has been used; the viewer has released %d frames", e, got)
		}
	}
	k.unused = k.unused[:0]
	return nil
}

type engine struct {
	*worker
	link     copytax.EngineLink
	world    []byte
	mem      *copytax.EngineMemory
	previous int           // slot of the step's input
	written  [slots]uint64 // epoch+1 of the frame in each slot
}

// close closes the link before the memory that it may still hold. Where the others read
// in that memory it stays until they have ended.
func (e *engine) close() error {
	err := e.link.Close()
	if !e.info.OneProcess {
		err = errors.Join(err, e.unmap())
	}
	return err
}

func (e *engine) unmap() error {
	world := e.world
	e.world = nil
	return hub.Unmap(world)
}

func (e *engine) tick(epoch uint64) error {
	if err := e.order(epoch); err != nil {
		return err
	}
	if err := e.leaving(epoch); err != nil {
		return err
	}
	f, err := e.loan(epoch)
	if err != nil {
		return err
	}
	if err := e.intact(epoch, f.Slot); err != nil {
		return err
	}
	fill(f.Table())
	e.board.filled.Store(epoch + 1)
	if err := e.prove(e.link, f); err != nil {
		return err
	}
	return e.do(publishingFrame, epoch, func() error { return e.link.PublishFrame(f) })
}

// intact looks at the frames in the slots that are not lent, the step's input among
// them: they are the engine's memory, and a link that publishes one leaves it as it is.
func (e *engine) intact(epoch uint64, lent int) error {
	for slot, f := range e.mem.Frames {
		if slot == lent || e.written[slot] == 0 {
			continue
		}
		s := f.Table()
		s.Number = e.written[slot] - 1
		if err := compare(s, e.cfg.Boids, s.Number); err != nil {
			return fmt.Errorf("engine: its own memory, slot %d, before the step of tick %d: %w", slot, epoch, err)
		}
	}
	e.written[lent] = epoch + 1
	return nil
}

// order acquires the policy of epoch and looks at it and at its genome.
func (e *engine) order(epoch uint64) error {
	var generation uint64
	err := e.acquire(acquiringPolicy, epoch, func(ask uint64) (err error) {
		generation, err = e.link.AcquirePolicy(ask)
		return err
	})
	if err != nil {
		return err
	}
	if want := generationOf(epoch); generation != want {
		return mismatchf("engine: policy %d asks for generation %d, want %d", epoch, generation, want)
	}
	if err := comparePolicy(e.mem.Policies[epoch%2], epoch); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	if err := compare(e.mem.Genomes[generation%2].Table(), e.cfg.Boids, generation); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	return nil
}

// loan takes a slot and checks that it is one of the engine's and a free one.
func (e *engine) loan(epoch uint64) (f *copytax.Frame, err error) {
	err = e.do(loaningFrame, epoch, func() error {
		f, err = e.link.LoanFrame(epoch)
		return err
	})
	if err != nil {
		return nil, err
	}
	if f.Slot < 0 || f.Slot >= slots || &f.Data[0] != &e.mem.Frames[f.Slot].Data[0] {
		return nil, mismatchf("engine: loaned slot %d for frame %d is not the engine's", f.Slot, epoch)
	}
	if f.Slot == e.previous {
		return nil, mismatchf("engine: loaned slot %d for frame %d holds the step's input", f.Slot, epoch)
	}
	if f.N != e.cfg.Boids || f.Epoch != epoch {
		return nil, mismatchf("engine: loaned a frame of %d boids and epoch %d, want %d and %d", f.N, f.Epoch, e.cfg.Boids, epoch)
	}
	e.previous = f.Slot
	return f, nil
}

type viewer struct {
	*worker
	link copytax.ViewerLink
}

func (v *viewer) close() error { return v.link.Close() }

func (v *viewer) tick(epoch uint64) error {
	f, err := v.frame(v.link, epoch)
	if err != nil {
		return err
	}
	if err := v.look(f, epoch); err != nil {
		return err
	}
	if err := v.leaving(epoch); err != nil {
		return err
	}
	v.board.released.Store(epoch + 1)
	if err := v.do(releasingFrame, epoch, func() error { return v.link.ReleaseFrame(f) }); err != nil {
		return err
	}
	v.mark(epoch)
	return nil
}

// look compares every float again, after a while in the ticks that ask for it.
func (v *viewer) look(f *copytax.Frame, epoch uint64) error {
	switch {
	case v.holds(epoch):
		v.awaitFilled(epoch + overlapDepth)
	case epoch%16 == 15:
		time.Sleep(time.Millisecond) // an AwaitUsed that does not wait would be back by now
	}
	if err := compare(f.Table(), v.cfg.Boids, epoch); err != nil {
		return fmt.Errorf("viewer, while holding the frame: %w", err)
	}
	return nil
}
