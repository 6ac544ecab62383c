package worker

import (
	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/scenarios/flock/wasmhost"
	"github.com/copytax/copytax/scenarios/physics/plain"
)

// A backend steps a flock from one of its two frames to the other.
type backend interface {
	frame(slot int) *copytax.Frame
	run(phase Phase, from int, renumber bool) (neighbours uint64, err error)
	close() error
}

// newBackend makes a back end, all but that of the world itself.
func newBackend(name string, m flock.Model, threads int) (backend, error) {
	switch name {
	case "wazero-scalar":
		world, err := wasmhost.New(m, 2, wasmhost.ScalarModule())
		if err != nil {
			return nil, err
		}
		return newHosted(world, m), nil
	case "wazero-threads":
		pool, err := wasmhost.NewPool(m, 2, nil, threads)
		if err != nil {
			return nil, err
		}
		return newHosted(pool, m), nil
	}
	return newPlain(m)
}

// An engine is what a world and a pool of wasmhost have in common.
type engine interface {
	Memory() *copytax.EngineMemory
	Step(epoch, generation uint64, from, to int) error
	Renumber(epoch, generation uint64, from, to int) error
	Sort(epoch, generation uint64, from, to int) error
	Perceive(epoch, generation uint64, from, to int) error
	Neighbours() uint64
	Close() error
}

// A hosted back end is a build of the module in wazero.
type hosted struct {
	engine engine
	memory *copytax.EngineMemory
}

func newHosted(e engine, m flock.Model) *hosted {
	h := &hosted{e, e.Memory()}
	m.Policy.Epoch, m.Policy.Generation = 0, 0 // whatever the request said, it is what every tick reads
	m.Policy.Put(h.memory.Policies[0])
	plain.FillGenome(h.memory.Genomes[0])
	return h
}

func (h *hosted) frame(slot int) *copytax.Frame { return h.memory.Frames[slot] }
func (h *hosted) close() error                  { return h.engine.Close() }

func (h *hosted) run(phase Phase, from int, renumber bool) (uint64, error) {
	var err error
	switch {
	case phase == Sort:
		return 0, h.engine.Sort(0, 0, from, 1-from)
	case phase == Perceive:
		err = h.engine.Perceive(0, 0, from, 1-from)
	case renumber:
		err = h.engine.Renumber(0, 0, from, 1-from)
	default:
		err = h.engine.Step(0, 0, from, 1-from)
	}
	return h.engine.Neighbours(), err
}

// A plainGo back end is package plain.
type plainGo struct {
	flock  *plain.Flock
	policy copytax.Policy
	genome *copytax.Genome
	frames [2]*copytax.Frame
}

func newPlain(m flock.Model) (*plainGo, error) {
	f, err := plain.New(m.Boids, m.Dimensions, m.Cells())
	if err != nil {
		return nil, err
	}
	p := &plainGo{flock: f, policy: m.Policy, genome: copytax.NewGenome(m.Boids)}
	p.frames = [2]*copytax.Frame{copytax.NewFrame(m.Boids), copytax.NewFrame(m.Boids)}
	plain.FillGenome(p.genome)
	return p, nil
}

func (p *plainGo) frame(slot int) *copytax.Frame { return p.frames[slot] }
func (p *plainGo) close() error                  { return nil }

func (p *plainGo) run(phase Phase, from int, renumber bool) (uint64, error) {
	in := plain.Input{Policy: &p.policy, Frame: p.frames[from], Genome: p.genome}
	switch phase {
	case Sort:
		return 0, p.flock.Sort(in)
	case Perceive:
		return p.flock.Perceive(in)
	}
	return p.flock.Step(in, p.frames[1-from], renumber)
}
