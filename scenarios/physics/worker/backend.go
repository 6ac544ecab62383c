package worker

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/scenarios/flock/wasmhost"
	"github.com/copytax/copytax/scenarios/physics/plain"
)

// A backend steps a flock from one of its two frames to the other.
type backend interface {
	frame(slot int) *copytax.Frame
	run(phase Phase, from int, renumber bool) (neighbours uint64, err error)
	Close() error
}

// newBackend makes a back end, all but those that every world has.
func newBackend(name string, m flock.Model, threads int) (backend, error) {
	switch name {
	case "wazero-scalar":
		return newHosted(m, wasmhost.ScalarModule(), 0)
	case "wazero-threads":
		return newHosted(m, nil, threads)
	}
	return nil, fmt.Errorf("unknown back end %q", name)
}

// A hosted back end is a build of the module in wazero.
type hosted struct {
	*wasmhost.World
	memory *copytax.EngineMemory
}

// newHosted makes one; 0 threads is one that is no pool.
func newHosted(m flock.Model, wasm []byte, threads int) (h *hosted, err error) {
	h = &hosted{}
	if threads == 0 {
		h.World, err = wasmhost.New(m, 2, wasm)
	} else {
		h.World, err = wasmhost.NewPool(m, 2, wasm, threads)
	}
	if err != nil {
		return nil, err
	}
	h.memory = h.Memory()
	m.Policy.Epoch, m.Policy.Generation = 0, 0 // whatever the request said, it is what every tick reads
	m.Policy.Put(h.memory.Policies[0])
	plain.FillGenome(h.memory.Genomes[0])
	return h, nil
}

func (h *hosted) frame(slot int) *copytax.Frame { return h.memory.Frames[slot] }

func (h *hosted) run(phase Phase, from int, renumber bool) (neighbours uint64, err error) {
	switch {
	case phase == Sort:
		return 0, h.Sort(0, 0, from, 1-from)
	case phase == Perceive:
		err = h.Perceive(0, 0, from, 1-from)
	case renumber:
		err = h.Renumber(0, 0, from, 1-from)
	default:
		err = h.Step(0, 0, from, 1-from)
	}
	return h.Neighbours(), err
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
	p := &plainGo{f, m.Policy, copytax.NewGenome(m.Boids), [2]*copytax.Frame{copytax.NewFrame(m.Boids), copytax.NewFrame(m.Boids)}}
	plain.FillGenome(p.genome)
	return p, nil
}

func (p *plainGo) frame(slot int) *copytax.Frame { return p.frames[slot] }
func (p *plainGo) Close() error                  { return nil }

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
