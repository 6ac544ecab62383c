package transporttest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// A desk is what a role has beside its link.
type desk struct {
	*trial
	role  copytax.Role
	meter meter
	doing atomic.Value // string: the call that it is in
	ended atomic.Bool
}

func (t *trial) newDesk(role copytax.Role) *desk {
	d := &desk{trial: t, role: role}
	d.doing.Store("open")
	return d
}

func (d *desk) env() copytax.Env {
	return copytax.Env{
		Config: d.cfg, Files: d.files[d.role], Meter: &d.meter,
		Counters: &d.counters[d.role], Rendezvous: d.meet, Mark: func(uint64) {},
	}
}

// do makes one call to the link and looks at the meter after it.
func (d *desk) do(what string, epoch uint64, call func() error) error {
	name := fmt.Sprintf("%s %d", what, epoch)
	d.doing.Store(name)
	if err := call(); err != nil {
		return fmt.Errorf("%s: %s: %w", d.role, name, err)
	}
	if err := d.meter.settled(); err != nil {
		return mismatchf("%s: %s: %w", d.role, name, err)
	}
	return nil
}

// acquire makes a call that asks for an epoch. At the tick of a fault it asks
// for a wrong one, which must fail.
func (d *desk) acquire(what string, epoch uint64, call func(uint64) error) error {
	ask := epoch
	if f := d.plan.fault; f.role == d.role && f.at == epoch {
		switch f.kind {
		case asksAhead:
			ask++
		case asksBehind:
			ask--
		}
	}
	err := d.do(what, ask, func() error { return call(ask) })
	if ask == epoch || errors.As(err, new(mismatch)) {
		return err
	}
	if err == nil {
		return mismatchf("%s: %s %d succeeded while %d was due", d.role, what, ask, epoch)
	}
	return fmt.Errorf("%w: %w", errProvoked, err)
}

// leaving returns errLeft at the tick at which the plan has the role leave.
func (d *desk) leaving(epoch uint64) error {
	if f := d.plan.fault; f.kind == leaves && f.role == d.role && f.at == epoch {
		return errLeft
	}
	return nil
}

// prove asks a link for the address proof of f, if it must have one.
func (d *desk) prove(link any, f *copytax.Frame) error {
	p, ok := link.(copytax.Prover)
	if !ok {
		if d.info.ZeroCopy {
			return mismatchf("%s: link %T copies nothing and proves nothing", d.role, link)
		}
		return nil
	}
	proof, err := p.Prove(f)
	if err != nil {
		return mismatchf("%s: prove frame %d: %w", d.role, f.Epoch, err)
	}
	if want := fmt.Sprintf("%p", &f.Data[0]); proof.Address != want {
		return mismatchf("%s: prove frame %d: address %s, want %s", d.role, f.Epoch, proof.Address, want)
	}
	if d.info.ZeroCopy && !proof.Holds() {
		return mismatchf("%s: prove frame %d: not in the hub: %+v", d.role, f.Epoch, proof)
	}
	return nil
}

// The overlap: in the first tick of every ten the viewer holds its frame until
// the engine has written the one after next, and the kernel, which does not
// wait for it, catches up in the third.
const (
	overlapTicks = 10
	overlapDepth = 2
)

func (d *desk) holds(epoch uint64) bool {
	return d.plan.overlap && epoch%overlapTicks == 0 && epoch+overlapDepth < uint64(d.cfg.Ticks)
}

type kernel struct {
	*desk
	link    copytax.KernelLink
	unused  []uint64 // epochs that the kernel has not yet seen used
	genomes uint64   // number of genomes published
}

func (t *trial) openKernel(d *desk) (actor, error) {
	link, err := t.tr.OpenKernel(d.env())
	if err != nil {
		return nil, err
	}
	return &kernel{desk: d, link: link}, nil
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
	p, err := k.policy(epoch)
	if err != nil {
		return err
	}
	var g *copytax.Genome
	if p.Generation == k.genomes {
		if g, err = k.genome(); err != nil {
			return err
		}
	}
	if err := k.do("publish policy", epoch, func() error { return k.link.Publish(p, g) }); err != nil {
		return err
	}
	return k.leaving(epoch)
}

// policy returns the policy of epoch, in the link's memory in every second
// tick if the link lends any, on the heap in the others.
func (k *kernel) policy(epoch uint64) (*copytax.Policy, error) {
	p, err := policyOf(epoch)
	loaner, ok := k.link.(copytax.PolicyLoaner)
	if err != nil || !ok || !k.info.ZeroCopy && epoch%2 == 1 {
		return p, err
	}
	loan := loaner.LoanPolicy(epoch)
	*loan = *p
	return loan, nil
}

// genome fills the next genome.
func (k *kernel) genome() (g *copytax.Genome, err error) {
	err = k.do("loan genome", k.genomes, func() error {
		g, err = k.link.LoanGenome()
		return err
	})
	if err != nil {
		return nil, err
	}
	if g.N != k.cfg.Boids || len(g.Data) != copytax.GenomeColumns*copytax.Stride(g.N) {
		return nil, mismatchf("kernel: loaned a genome of %d boids, %d floats: want %d boids", g.N, len(g.Data), k.cfg.Boids)
	}
	fill(g, copytax.GenomeColumns, genomePattern, k.genomes)
	g.Generation = k.genomes
	k.genomes++
	return g, nil
}

// read looks at every float of the frame of epoch.
func (k *kernel) read(epoch uint64) error {
	var f *copytax.Frame
	err := k.acquire("acquire frame", epoch, func(ask uint64) (err error) {
		f, err = k.link.AcquireFrame(ask)
		return err
	})
	if err != nil {
		return err
	}
	if err := compareFrame(f, k.cfg.Boids, epoch); err != nil {
		return fmt.Errorf("kernel: %w", err)
	}
	if err := k.prove(k.link, f); err != nil {
		return err
	}
	return k.do("release frame", epoch, func() error { return k.link.ReleaseFrame(f) })
}

// await waits until the viewer has used the frame of epoch, or, while the
// viewer holds one, leaves that to a later tick.
func (k *kernel) await(epoch uint64) error {
	k.unused = append(k.unused, epoch)
	if k.holds(k.unused[0]) && epoch < k.unused[0]+overlapDepth {
		return nil
	}
	for _, e := range k.unused {
		if err := k.do("await use of frame", e, func() error { return k.link.AwaitUsed(e) }); err != nil {
			return err
		}
		if got := k.released.Load(); got < e+1 {
			return mismatchf("kernel: told that frame %d has been used; the viewer has released %d frames", e, got)
		}
	}
	k.unused = k.unused[:0]
	return nil
}

type engine struct {
	*desk
	link     copytax.EngineLink
	world    []byte
	mem      *copytax.EngineMemory
	previous int // slot of the step's input
}

func (t *trial) openEngine(d *desk) (actor, error) {
	link, err := t.tr.OpenEngine(d.env())
	if err != nil {
		return nil, err
	}
	e := &engine{desk: d, link: link, previous: slots - 1}
	if err := e.bind(); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

// bind gives the link its memory, laid out as the engine's linear memory is.
func (e *engine) bind() (err error) {
	layout := zerocopy.Layout{Boids: e.cfg.Boids, Slots: e.cfg.Slots}
	split := layout.OrdersBytes()
	if e.world, err = zerocopy.Reserve(split + layout.FramesBytes()); err != nil {
		return err
	}
	orders, frames := e.world[:split:split], e.world[split:]
	if mapper, ok := e.link.(copytax.MemoryMapper); ok {
		if err := mapper.MapOrders(orders); err != nil {
			return fmt.Errorf("map orders: %w", err)
		}
		if err := mapper.MapFrames(frames); err != nil {
			return fmt.Errorf("map frames: %w", err)
		}
	}
	e.mem = layout.EngineMemory(orders, frames)
	return e.link.Bind(e.mem)
}

// close closes the link before the memory that it may still hold.
func (e *engine) close() error {
	err := errors.Join(e.link.Close(), zerocopy.Unmap(e.world))
	e.world = nil
	return err
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
	fill(f, copytax.Columns, framePattern, epoch)
	e.filled.Store(epoch + 1)
	if err := e.prove(e.link, f); err != nil {
		return err
	}
	return e.do("publish frame", epoch, func() error { return e.link.PublishFrame(f) })
}

// order acquires the policy of epoch and looks at it and at its genome.
func (e *engine) order(epoch uint64) error {
	var generation uint64
	err := e.acquire("acquire policy", epoch, func(ask uint64) (err error) {
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
	if err := compareGenome(e.mem.Genomes[generation%2], e.cfg.Boids, generation); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	return nil
}

// loan takes a slot and checks that it is one of the engine's and a free one.
func (e *engine) loan(epoch uint64) (f *copytax.Frame, err error) {
	err = e.do("loan frame", epoch, func() error {
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
	*desk
	link copytax.ViewerLink
}

func (t *trial) openViewer(d *desk) (actor, error) {
	link, err := t.tr.OpenViewer(d.env())
	if err != nil {
		return nil, err
	}
	return &viewer{d, link}, nil
}

func (v *viewer) close() error { return v.link.Close() }

func (v *viewer) tick(epoch uint64) error {
	var f *copytax.Frame
	err := v.acquire("acquire frame", epoch, func(ask uint64) (err error) {
		f, err = v.link.AcquireFrame(ask)
		return err
	})
	if err != nil {
		return err
	}
	if err := v.look(f, epoch); err != nil {
		return err
	}
	if err := v.leaving(epoch); err != nil {
		return err
	}
	v.released.Store(epoch + 1)
	return v.do("release frame", epoch, func() error { return v.link.ReleaseFrame(f) })
}

// look compares every float, and again after a while in the ticks that ask for it.
func (v *viewer) look(f *copytax.Frame, epoch uint64) error {
	if err := compareFrame(f, v.cfg.Boids, epoch); err != nil {
		return fmt.Errorf("viewer: %w", err)
	}
	if err := v.prove(v.link, f); err != nil {
		return err
	}
	switch {
	case v.holds(epoch):
		v.awaitFilled(epoch + overlapDepth)
	case epoch%16 == 15:
		time.Sleep(time.Millisecond) // an AwaitUsed that does not wait would be back by now
	}
	if err := compareFrame(f, v.cfg.Boids, epoch); err != nil {
		return fmt.Errorf("viewer, while holding the frame: %w", err)
	}
	return nil
}

// awaitFilled waits until the engine has written the frame of epoch, but not
// for long: on some carriers a publish waits until the viewer asks.
func (v *viewer) awaitFilled(epoch uint64) {
	for range 50 {
		if v.filled.Load() > epoch {
			return
		}
		time.Sleep(time.Millisecond)
	}
}
