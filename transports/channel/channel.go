// Package channel is one address space with a goroutine a role: policies, genomes and
// frames are pointers handed over through channels, and nothing is copied.
//
// What it adds to package direct is the hand-over alone, and that two roles can work at
// the same time. The goroutines are not locked to threads, which would make a hand-over
// some twenty times dearer. Go's scheduler works for all of them alike, so that what it
// takes is nobody's phase: it stands in the residual. Start at [Transports].
package channel

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// Transports returns the only transport of the package.
func Transports() []copytax.Transport { return []copytax.Transport{New()} }

// New returns a transport for one trial: its links share a world through it.
func New() copytax.Transport { return &transport{} }

type transport struct{ world *world }

// Name implements copytax.Transport.
func (*transport) Name() string { return "chan" }

// Info implements copytax.Transport.
func (*transport) Info() copytax.Info {
	return copytax.Info{
		Rung:       1,
		Summary:    "one address space, a goroutine a role, pointers through channels",
		OneProcess: true,
		Concurrent: true,
		Latest:     true,
	}
}

// Wire implements copytax.Transport: there is nothing to inherit.
func (*transport) Wire(copytax.Config) (*copytax.Wiring, error) { return &copytax.Wiring{}, nil }

// OpenEngine implements copytax.Transport. It must come first and starts a world.
func (t *transport) OpenEngine(env copytax.Env) (copytax.EngineLink, error) {
	t.world = newWorld(env.Config)
	return &engine{end: t.world.end(env, copytax.Engine), input: env.Slots - 1}, nil
}

// OpenKernel implements copytax.Transport.
func (t *transport) OpenKernel(env copytax.Env) (copytax.KernelLink, error) {
	if t.world == nil {
		return nil, errors.New("open kernel of chan: the engine must be opened first")
	}
	return &kernel{consumer: newConsumer(t.world.end(env, copytax.Kernel))}, nil
}

// OpenViewer implements copytax.Transport.
func (t *transport) OpenViewer(env copytax.Env) (copytax.ViewerLink, error) {
	if t.world == nil {
		return nil, errors.New("open viewer of chan: the engine must be opened first")
	}
	return &viewer{newConsumer(t.world.end(env, copytax.Viewer))}, nil
}

// A world is what the three links see of each other.
type world struct {
	mem    *copytax.EngineMemory
	orders chan uint64                           // epochs of policies that lie in the memory
	frames [copytax.NumRoles]chan *copytax.Frame // for kernel and viewer
	wants  chan struct{}                         // the viewer of the latest frame asks for one
	used   chan uint64                           // epochs that the viewer has used
	free   chan int                              // slots that nobody holds
	holds  []atomic.Int32                        // by slot: readers that have yet to release it, the step included
	gone   [copytax.NumRoles]chan struct{}       // closed by the link's Close
	once   [copytax.NumRoles]sync.Once
}

// usesAhead is how many ticks the viewer can be ahead of the kernel's AwaitUsed.
const usesAhead = 16

func newWorld(c copytax.Config) *world {
	w := &world{
		orders: make(chan uint64, 1), wants: make(chan struct{}, 1), used: make(chan uint64, usesAhead),
		free: make(chan int, c.Slots), holds: make([]atomic.Int32, c.Slots),
	}
	for role := range w.gone {
		w.gone[role], w.frames[role] = make(chan struct{}), make(chan *copytax.Frame, c.Slots)
	}
	for slot := range c.Slots - 1 { // the last one holds the step's first input
		w.free <- slot
	}
	w.holds[c.Slots-1].Store(1)
	return w
}

// An end is one role's part of the world.
type end struct {
	*world
	env  copytax.Env
	role copytax.Role
}

func (w *world) end(env copytax.Env, role copytax.Role) *end { return &end{w, env, role} }

// Close implements every link's.
func (e *end) Close() error {
	e.once[e.role].Do(func() { close(e.gone[e.role]) })
	return nil
}

// receive takes what comes next on a channel, in the Wait phase, unless one of the
// roles that it depends on has gone and left nothing there.
func receive[T any](e *end, from <-chan T, peers ...copytax.Role) (v T, err error) {
	e.env.Meter.Enter(copytax.Wait)
	defer e.env.Meter.Enter(copytax.Compute)
	first, last := peers[0], peers[len(peers)-1]
	select {
	case v = <-from:
		return v, nil
	case <-e.gone[first]:
	case <-e.gone[last]:
	}
	select {
	case v = <-from:
		return v, nil
	default:
		return v, cmp.Or(e.left(first), e.left(last))
	}
}

// send puts v on a channel that has room for it, in the Send phase.
func send[T any](e *end, to chan<- T, v T) {
	e.env.Meter.Enter(copytax.Send)
	to <- v
	e.env.Meter.Enter(copytax.Compute)
}

// drop ends one hold on a slot.
func (e *end) drop(slot int) {
	if e.holds[slot].Add(-1) == 0 {
		send(e, e.free, slot)
	}
}

// left returns an error if the role has gone.
func (e *end) left(role copytax.Role) error {
	select {
	case <-e.gone[role]:
		return fmt.Errorf("the %s went away: %w", role, io.ErrUnexpectedEOF)
	default:
		return nil
	}
}

type engine struct {
	*end
	input      int    // slot of the step's input
	next       uint64 // epoch of the next policy
	generation uint64
}

var _ copytax.EngineLink = (*engine)(nil)

// Bind implements copytax.EngineLink.
func (e *engine) Bind(m *copytax.EngineMemory) error {
	if len(m.Frames) != e.env.Slots {
		return fmt.Errorf("bind engine memory of %d slots, want %d", len(m.Frames), e.env.Slots)
	}
	e.mem = m
	return nil
}

// AcquirePolicy implements copytax.EngineLink. The policy lies where the kernel wrote it.
func (e *engine) AcquirePolicy(epoch uint64) (uint64, error) {
	if epoch != e.next {
		return 0, fmt.Errorf("acquire policy %d: %d is due", epoch, e.next)
	}
	got, err := receive(e.end, e.orders, copytax.Kernel)
	if err != nil {
		return 0, fmt.Errorf("acquire policy %d: %w", epoch, err)
	}
	p := zerocopy.PolicyAt(e.mem.Policies[epoch%2])
	if got != epoch || p.Epoch != epoch || p.Generation != e.generation && p.Generation != e.generation+1 {
		return 0, fmt.Errorf("acquire policy %d: got that of epoch %d and generation %d", epoch, p.Epoch, p.Generation)
	}
	e.next, e.generation = epoch+1, p.Generation
	return p.Generation, nil
}

// LoanFrame implements copytax.EngineLink. It waits for a slot that nobody holds.
func (e *engine) LoanFrame(epoch uint64) (*copytax.Frame, error) {
	slot, err := receive(e.end, e.free, copytax.Kernel, copytax.Viewer)
	if err != nil {
		return nil, fmt.Errorf("loan a slot for frame %d: %w", epoch, err)
	}
	f := e.mem.Frames[slot]
	f.Epoch = epoch
	return f, nil
}

// PublishFrame implements copytax.EngineLink. The step's input is given back: the frame
// takes its place.
func (e *engine) PublishFrame(f *copytax.Frame) error {
	readers := []copytax.Role{copytax.Viewer, copytax.Kernel}
	wanted, err := e.wanted(f.Epoch)
	if err != nil {
		return fmt.Errorf("publish frame %d: %w", f.Epoch, err)
	}
	if !wanted {
		readers = readers[1:]
	}
	e.holds[f.Slot].Store(int32(len(readers)) + 1)
	for _, role := range readers {
		send(e.end, e.frames[role], f)
	}
	e.drop(e.input)
	e.input = f.Slot
	return nil
}

// wanted reports whether the viewer takes the frame. One of the latest frame must have
// asked, and is waited for behind the last frame alone.
func (e *engine) wanted(epoch uint64) (bool, error) {
	switch {
	case !e.env.Latest:
		return true, nil
	case epoch == e.env.LastEpoch():
		_, err := receive(e.end, e.wants, copytax.Viewer)
		return true, err
	}
	e.env.Meter.Enter(copytax.Wait)
	defer e.env.Meter.Enter(copytax.Compute)
	select {
	case <-e.wants:
		return true, nil
	default:
		return false, e.left(copytax.Viewer)
	}
}
