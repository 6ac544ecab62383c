package wasmhost

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/copytax/copytax/scenarios/flock"
)

const (
	chunksPerThread = 16  // that a phase is cut into, so that nobody waits long for the last
	leastChunk      = 256 // boids; fewer are not worth a call
)

// A pool is the threads that step a [World], each of them a lane: an instance of
// the module on the one memory, with a stack, a descriptor and scratch of its own.
// Every frame has the bits that one thread gives it, and every fault the same
// words. Whoever calls the world is the first of the threads, and the others are
// goroutines with a thread of their own.
type pool struct {
	world   *World
	lanes   []*lane
	spins   int
	begin   gate // opened when a phase is to be done
	end     gate // opened when the last lane is through with it
	phase   phase
	quit    bool
	pending atomic.Int32 // lanes that are not through
	next    atomic.Int64 // chunk of the phase that nobody has begun
	alive   sync.WaitGroup
}

// A phase of a step; nobody begins one before all are through with the one before.
type phase struct {
	kind  phaseKind
	total int // boids, or parts
	size  int // of a chunk
}

type phaseKind uint8

const (
	phaseCount phaseKind = iota
	phasePlace
	phaseScatter
	phasePerceive
	phaseIntegrate
	phaseClose
	phases
)

// exports are the names of the phases in the module.
var exports = [phases]string{
	"part_count", "part_place", "part_scatter", "part_perceive", "part_integrate", "part_close",
}

// lastPhase is how far each part of a step goes.
var lastPhase = [...]phaseKind{callSort: phaseScatter, callPerceive: phasePerceive, callStep: phaseClose}

// NewPool is [New] for so many threads, 1 to 64. Close ends them.
func NewPool(m flock.Model, slots int, wasm []byte, threads int) (*World, error) {
	if threads < 1 || threads > maxThreads {
		return nil, fmt.Errorf("pool of %d threads: want 1 to %d", threads, maxThreads)
	}
	w, err := newWorld(m, slots, wasm, threads)
	if err != nil {
		return nil, err
	}
	p := &pool{world: w}
	p.begin.init()
	p.end.init()
	if threads <= runtime.GOMAXPROCS(0) {
		p.spins = 1 << 14 // some 10 µs, which is less than it takes to wake a thread
	}
	for i := range threads {
		l, err := p.newLane(i)
		if err != nil {
			w.Close() // Note: err is what the caller must know; nothing runs yet.
			return nil, err
		}
		p.lanes = append(p.lanes, l)
	}
	for _, l := range p.lanes[1:] {
		p.alive.Go(l.serve)
	}
	w.pool = p
	return w, nil
}

// newLane returns lane number i, with an instance of the module and a stack.
func (p *pool) newLane(i int) (*lane, error) {
	w := p.world
	instance := w.runtime.Module("flock")
	if i > 0 {
		var err error
		config := wazero.NewModuleConfig().WithName(fmt.Sprintf("flock-%d", i))
		if instance, err = w.runtime.InstantiateModule(context.Background(), w.compiled, config); err != nil {
			return nil, fmt.Errorf("instantiate the flock for thread %d: %w", i, err)
		}
	}
	l := &lane{pool: p, index: i, desc: w.descriptor(i), address: uint64(w.plan.desc + i*descBytes)}
	for kind, name := range exports {
		if l.calls[kind] = instance.ExportedFunction(name); l.calls[kind] == nil {
			return nil, fmt.Errorf("the flock exports no function %s", name)
		}
	}
	var ok bool
	if l.pointer, ok = instance.ExportedGlobal("__stack_pointer").(api.MutableGlobal); !ok {
		return nil, fmt.Errorf("the flock exports no stack pointer")
	}
	l.top = l.pointer.Get()
	if i > 0 {
		l.top = uint64(w.plan.stacks + i*stackBytes) // stacks grow downwards
		l.pointer.Set(l.top)
	}
	return l, nil
}

// close ends the threads. Closing twice is safe.
func (p *pool) close() {
	if !p.quit {
		p.quit = true
		p.begin.open()
		p.alive.Wait()
	}
}

// run does the phases of a part of a step, or up to the first that fails.
func (p *pool) run(part function) (status, error) {
	desc, neighbours, last := p.world.desc, uint64(0), lastPhase[part]
	for _, l := range p.lanes {
		l.neighbours, l.status, l.err = 0, statusOK, nil
		copy(l.desc, desc)
	}
	for kind := phaseCount; kind <= last; kind++ {
		p.do(p.plan(kind))
		for _, l := range p.lanes {
			if l.err != nil || l.status != statusOK {
				desc.put(descCulprit, int(l.desc.culprit()))
				return l.status, l.err
			}
		}
	}
	for _, l := range p.lanes {
		neighbours += l.neighbours
	}
	desc.put64(descNeighbours, neighbours)
	return statusOK, nil
}

// plan cuts a phase into chunks.
func (p *pool) plan(kind phaseKind) phase {
	switch kind {
	case phaseCount, phaseScatter:
		return phase{kind, len(p.lanes), 1}
	case phasePerceive, phaseIntegrate:
		size := p.world.model.Boids / (chunksPerThread * len(p.lanes))
		return phase{kind, p.world.model.Boids, (max(size, leastChunk) + 7) &^ 7}
	}
	return phase{kind, 1, 1}
}

// do has all lanes do a phase, and returns when they are through. What has only
// one chunk is done by the caller.
func (p *pool) do(next phase) {
	p.next.Store(0)
	p.phase = next
	if len(p.lanes) == 1 || next.total <= next.size {
		p.lanes[0].work()
		return
	}
	p.pending.Store(int32(len(p.lanes)))
	ended := p.end.turn.Load()
	p.begin.open()
	p.lanes[0].work()
	if p.pending.Add(-1) > 0 {
		p.end.wait(ended, p.spins)
	}
}
