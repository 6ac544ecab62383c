package worker

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/scenarios/physics/plain"
)

// MaxThreads is the most that a step of the module can be shared by.
const MaxThreads = 64

// Engine is the back end that advances a world: the module of the engine.
const Engine = "wazero"

const plainName = "go"

var names = [...]string{Engine, "wazero-scalar", "wazero-threads", plainName}

// A Phase is a part of the step that can be timed.
type Phase string

// The phases, each of which contains those before it.
const (
	Sort     Phase = "sort"     // check and sort by cell
	Perceive Phase = "perceive" // and add up the neighbours
	Step     Phase = "step"     // and move
)

// Phases lists all phases.
func Phases() []Phase { return []Phase{Sort, Perceive, Step} }

// A World is a flock at some tick, in one of the two slots of the engine's module.
// Other back ends are made when first asked for. One goroutine at a time may use
// it.
type World struct {
	model    flock.Model
	threads  int
	ticks    int
	chain    uint64
	engine   *hosted
	slot     int
	backends map[string]backend
}

// Open returns the first frame of a model. threads is for back ends that use
// several.
func Open(m flock.Model, threads int) (*World, error) {
	inGo, err := newPlain(m) // which refuses what none can do
	if err != nil {
		return nil, err
	}
	engine, err := newHosted(m, nil, 0)
	if err != nil {
		return nil, err
	}
	if err := engine.Seed(0); err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	return &World{model: m, threads: threads, chain: plain.Basis, engine: engine, backends: map[string]backend{plainName: inGo}}, nil
}

// Frame returns the current frame, valid until the next Advance.
func (w *World) Frame() *copytax.Frame { return w.engine.frame(w.slot) }

// renumber tells whether the next tick begins a generation.
func (w *World) renumber() bool { return w.ticks%copytax.GenerationTicks == 0 }

// Advance steps the world and returns the hash over all frames since the first and
// the neighbours of the last one. After a fault the world is at the last good
// frame.
func (w *World) Advance(ticks int) (chain, neighbours uint64, err error) {
	for range ticks {
		if neighbours, err = w.engine.run(Step, w.slot, w.renumber()); err != nil {
			return 0, 0, fmt.Errorf("tick %d: %w", w.ticks, err)
		}
		w.slot = 1 - w.slot
		w.ticks++
		w.chain = plain.Hash(w.chain, w.Frame())
	}
	return w.chain, neighbours, nil
}

// Time runs a phase of a back end on the current frame, and returns how long all
// repetitions took and how many neighbours the last one found. The heap is
// collected before and the frame is copied to where the back end reads it, neither
// of which is counted.
func (w *World) Time(name string, phase Phase, reps int) (took time.Duration, neighbours uint64, err error) {
	if !slices.Contains(Phases(), phase) {
		return 0, 0, fmt.Errorf("phase %q: want sort, perceive or step", phase)
	}
	b, slot, err := w.backend(name)
	if err != nil {
		return 0, 0, err
	}
	runtime.GC()
	start := time.Now()
	for range reps {
		if neighbours, err = b.run(phase, slot, w.renumber()); err != nil {
			return 0, 0, err
		}
	}
	return time.Since(start), neighbours, nil
}

// Digest returns the hash of the frame that one step of a back end gives, and the
// neighbours that it finds, and leaves the world as it is.
func (w *World) Digest(name string) (hash, neighbours uint64, err error) {
	b, slot, err := w.backend(name)
	if err != nil {
		return 0, 0, err
	}
	neighbours, err = b.run(Step, slot, w.renumber())
	if err != nil {
		return 0, 0, err
	}
	return plain.Hash(plain.Basis, b.frame(1-slot)), neighbours, nil
}

// Candidates returns how many boids lie in the cells around a boid of the current
// frame, itself included: at how many a step has to look, the mean.
func (w *World) Candidates() (float64, error) {
	b, slot, err := w.backend(plainName)
	if err != nil {
		return 0, err
	}
	_, err = b.run(Sort, slot, false)
	return b.(*plainGo).flock.Candidates(), err
}

// backend returns a back end that has the current frame, and the slot that it has
// it in.
func (w *World) backend(name string) (backend, int, error) {
	if name == Engine {
		return w.engine, w.slot, nil
	}
	if w.backends[name] == nil {
		b, err := newBackend(name, w.model, w.threads)
		if err != nil {
			return nil, 0, err
		}
		w.backends[name] = b
	}
	copy(w.backends[name].frame(0).Data, w.Frame().Data)
	return w.backends[name], 0, nil
}

// Close ends all back ends.
func (w *World) Close() error {
	err := w.engine.Close()
	for _, b := range w.backends {
		err = errors.Join(err, b.Close())
	}
	return err
}
