package rung

import (
	"fmt"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
)

// maxThreads is the most that a step of the module can be shared by.
const maxThreads = 64

// names are the back ends of this worker: the engine's module, its build without
// vectors, the engine's module shared by threads, and plain Go.
var names = [...]string{"wazero", "wazero-scalar", "wazero-threads", "go"}

// A timed is a phase that can be timed; each contains the one before.
type timed uint8

const (
	phaseSort timed = iota
	phasePerceive
	phaseStep
)

func phaseOf(name string) (timed, bool) {
	i := slices.Index([]string{"sort", "perceive", "step"}, name)
	return timed(max(i, 0)), i >= 0
}

// An arm is a back end with a world of two frames. It steps from one of them to
// the other.
type arm interface {
	frame(slot int) *copytax.Frame
	run(p timed, from int, renumber bool) (neighbours uint64, err error)
	close() error
}

// arm returns a back end that has the current frame, and the slot that it has it
// in.
func (w *worker) arm(name string) (arm, int, error) {
	i := slices.Index(names[:], name)
	switch {
	case i < 0:
		return nil, 0, fmt.Errorf("unknown back end %q", name)
	case i == 0:
		return w.main, w.slot, nil
	case w.arms[i] == nil:
		var err error
		if w.arms[i], err = newArm(name, w.model, w.threads); err != nil {
			w.arms[i] = nil
			return nil, 0, err
		}
	}
	copy(w.arms[i].frame(0).Data, w.frame().Data)
	return w.arms[i], 0, nil
}

// newArm makes a back end, all but that of the worker's own world.
func newArm(name string, m flock.Model, threads int) (arm, error) {
	switch name {
	case "wazero-scalar":
		world, err := flock.NewModelWorld(m, 2, flock.ScalarModule())
		if err != nil {
			return nil, err
		}
		return newEngineArm(world, m), nil
	case "wazero-threads":
		crew, err := flock.NewCrew(m, 2, nil, threads)
		if err != nil {
			return nil, err
		}
		return newEngineArm(crew, m), nil
	}
	return newGoArm(m)
}

// close ends all worlds. What cannot be unmapped dies with the process.
func (w *worker) close() {
	if w.main != nil {
		w.main.close()
	}
	for _, a := range w.arms {
		if a != nil {
			a.close()
		}
	}
}

// An engine is what a World and a Crew have in common.
type engine interface {
	Memory() *copytax.EngineMemory
	Step(epoch, generation uint64, from, to int) error
	Renumber(epoch, generation uint64, from, to int) error
	Sort(epoch, generation uint64, from, to int) error
	Perceive(epoch, generation uint64, from, to int) error
	Neighbours() uint64
	Close() error
}

// An engineArm is a build of the module in wazero.
type engineArm struct {
	engine engine
	memory *copytax.EngineMemory
}

func newEngineArm(e engine, m flock.Model) *engineArm {
	a := &engineArm{e, e.Memory()}
	m.Policy.Epoch, m.Policy.Generation = 0, 0 // whatever the request said, it is what every tick reads
	m.Policy.Put(a.memory.Policies[0])
	fillGenome(a.memory.Genomes[0])
	return a
}

func (a *engineArm) frame(slot int) *copytax.Frame { return a.memory.Frames[slot] }
func (a *engineArm) close() error                  { return a.engine.Close() }

func (a *engineArm) run(p timed, from int, renumber bool) (uint64, error) {
	switch {
	case p == phaseSort:
		return 0, a.engine.Sort(0, 0, from, 1-from)
	case p == phasePerceive:
		err := a.engine.Perceive(0, 0, from, 1-from)
		return a.engine.Neighbours(), err
	case renumber:
		err := a.engine.Renumber(0, 0, from, 1-from)
		return a.engine.Neighbours(), err
	}
	err := a.engine.Step(0, 0, from, 1-from)
	return a.engine.Neighbours(), err
}

// A goArm is plain Go.
type goArm struct {
	flock  *Flock
	policy copytax.Policy
	genome *copytax.Genome
	frames [2]*copytax.Frame
}

func newGoArm(m flock.Model) (*goArm, error) {
	f, err := New(m.Boids, m.Dimensions, m.Cells())
	if err != nil {
		return nil, err
	}
	a := &goArm{flock: f, policy: m.Policy, genome: copytax.NewGenome(m.Boids)}
	a.frames = [2]*copytax.Frame{copytax.NewFrame(m.Boids), copytax.NewFrame(m.Boids)}
	fillGenome(a.genome)
	return a, nil
}

func (a *goArm) frame(slot int) *copytax.Frame { return a.frames[slot] }
func (a *goArm) close() error                  { return nil }

func (a *goArm) run(p timed, from int, renumber bool) (uint64, error) {
	in := Input{Policy: &a.policy, Frame: a.frames[from], Genome: a.genome}
	switch p {
	case phaseSort:
		return 0, a.flock.Sort(in)
	case phasePerceive:
		return a.flock.Perceive(in)
	}
	return a.flock.Step(in, a.frames[1-from], renumber)
}
