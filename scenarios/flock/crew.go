package flock

import (
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/copytax/copytax"
)

const (
	chunksPerThread = 16  // that a phase is cut into, so that nobody waits long for the last
	leastChunk      = 256 // boids; fewer are not worth a call
)

// A Crew steps a [World] with several threads: as many instances of the module
// on one memory, each with its own stack, descriptor and desk. Every frame has
// the bits that one thread gives it, and every fault the same words. One
// goroutine at a time may use a Crew; it is the first of the threads, and the
// others are goroutines with a thread of their own.
type Crew struct {
	world   *World
	hands   []*hand
	spins   int
	begin   gate // opened when a phase is to be done
	end     gate // opened when the last hand is through with it
	phase   phase
	quit    bool
	pending atomic.Int32 // hands that are not through
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

// NewCrew is [NewModelWorld] for so many threads, 1 to 64. Close ends them.
func NewCrew(m Model, slots int, wasm []byte, threads int) (*Crew, error) {
	if threads < 1 || threads > maxThreads {
		return nil, fmt.Errorf("crew of %d threads: want 1 to %d", threads, maxThreads)
	}
	w, err := newThreadedWorld(m, slots, wasm, threads)
	if err != nil {
		return nil, err
	}
	c := &Crew{world: w}
	c.begin.init()
	c.end.init()
	if threads <= runtime.GOMAXPROCS(0) {
		c.spins = 1 << 14 // some 10 µs, which is less than it takes to wake a thread
	}
	for i := range threads {
		h, err := c.hire(i)
		if err != nil {
			w.Close() // Note: err is what the caller must know; nothing runs yet.
			return nil, err
		}
		c.hands = append(c.hands, h)
	}
	for _, h := range c.hands[1:] {
		c.alive.Go(h.live)
	}
	return c, nil
}

// hire returns hand number i, with an instance of the module and a stack.
func (c *Crew) hire(i int) (*hand, error) {
	w := c.world
	instance := w.runtime.Module("flock")
	if i > 0 {
		var err error
		config := wazero.NewModuleConfig().WithName(fmt.Sprintf("flock-%d", i))
		if instance, err = w.runtime.InstantiateModule(context.Background(), w.compiled, config); err != nil {
			return nil, fmt.Errorf("instantiate the flock for thread %d: %w", i, err)
		}
	}
	at := w.plan.desc + i*descBytes
	h := &hand{crew: c, index: i, desc: descriptor(w.all[at : at+descBytes : at+descBytes]), address: uint64(at)}
	for p, name := range exports {
		if h.calls[p] = instance.ExportedFunction(name); h.calls[p] == nil {
			return nil, fmt.Errorf("the flock exports no function %s", name)
		}
	}
	var ok bool
	if h.pointer, ok = instance.ExportedGlobal("__stack_pointer").(api.MutableGlobal); !ok {
		return nil, fmt.Errorf("the flock exports no stack pointer")
	}
	h.top = h.pointer.Get()
	if i > 0 {
		h.top = uint64(w.plan.stacks + i*stackBytes) // stacks grow downwards
		h.pointer.Set(h.top)
	}
	return h, nil
}

// Memory is [World.Memory].
func (c *Crew) Memory() *copytax.EngineMemory { return c.world.Memory() }

// Seed is [World.Seed], by one thread.
func (c *Crew) Seed(slot int) error { return c.world.Seed(slot) }

// Neighbours is [World.Neighbours].
func (c *Crew) Neighbours() uint64 { return c.world.Neighbours() }

// Step is [World.Step].
func (c *Crew) Step(epoch, generation uint64, from, to int) error {
	return c.play("step", phaseClose, 0, epoch, generation, from, to)
}

// Renumber is [World.Renumber].
func (c *Crew) Renumber(epoch, generation uint64, from, to int) error {
	return c.play("step", phaseClose, 1, epoch, generation, from, to)
}

// Sort is [World.Sort].
func (c *Crew) Sort(epoch, generation uint64, from, to int) error {
	return c.play("sort", phaseScatter, 0, epoch, generation, from, to)
}

// Perceive is [World.Perceive].
func (c *Crew) Perceive(epoch, generation uint64, from, to int) error {
	return c.play("perceive", phasePerceive, 0, epoch, generation, from, to)
}

// Close ends the threads, then closes the world. Closing twice is safe.
func (c *Crew) Close() error {
	if !c.quit {
		c.quit = true
		c.begin.open()
		c.alive.Wait()
	}
	return c.world.Close()
}

// play does the phases of a step up to the last one.
func (c *Crew) play(what string, last phaseKind, renumber uint32, epoch, generation uint64, from, to int) error {
	w := c.world
	w.aim(epoch, generation, from, to)
	w.desc.put(descRenumber, renumber)
	for _, h := range c.hands {
		h.neighbours, h.status, h.err = 0, statusOK, nil
		copy(h.desc, w.desc)
	}
	neighbours := uint64(0)
	for kind := phaseCount; kind <= last; kind++ {
		c.do(c.plan(kind))
		for _, h := range c.hands {
			if h.err != nil || h.status != statusOK {
				w.desc.put(descCulprit, h.desc.culprit())
				return w.explain(what, h.status, h.err, w.policies[epoch%2])
			}
		}
	}
	for _, h := range c.hands {
		neighbours += h.neighbours
	}
	binary.LittleEndian.PutUint64(w.desc[descNeighbours:], neighbours)
	return nil
}

// plan cuts a phase into chunks.
func (c *Crew) plan(kind phaseKind) phase {
	switch kind {
	case phaseCount, phaseScatter:
		return phase{kind, len(c.hands), 1}
	case phasePerceive, phaseIntegrate:
		size := c.world.model.Boids / (chunksPerThread * len(c.hands))
		return phase{kind, c.world.model.Boids, (max(size, leastChunk) + 7) &^ 7}
	}
	return phase{kind, 1, 1}
}

// do has all hands do a phase, and returns when they are through. What has only
// one chunk is done by the caller.
func (c *Crew) do(p phase) {
	c.next.Store(0)
	c.phase = p
	if len(c.hands) == 1 || p.total <= p.size {
		c.hands[0].work()
		return
	}
	c.pending.Store(int32(len(c.hands)))
	ended := c.end.turn.Load()
	c.begin.open()
	c.hands[0].work()
	if c.pending.Add(-1) > 0 {
		c.end.wait(ended, c.spins)
	}
}
