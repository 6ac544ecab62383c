package flock

import (
	"math"
	"testing"

	"github.com/copytax/copytax"
)

// A testWorld is a World without a link: two slots in turn, one policy, and
// the genes that the golden file is made with.
type testWorld struct {
	*World
	memory *copytax.EngineMemory
	policy copytax.Policy
	slot   int // of the last frame
}

func newTestWorld(t testing.TB, cfg copytax.Config) *testWorld {
	return newTestWorldOf(t, cfg, module)
}

func newTestWorldOf(t testing.TB, cfg copytax.Config, module []byte) *testWorld {
	t.Helper()
	w, err := newWorld(cfg, module)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	tw := &testWorld{World: w, memory: w.Memory(), slot: cfg.Slots - 1}
	tw.setPolicy(DefaultPolicy(cfg))
	for c := range copytax.Column(copytax.GenomeColumns) {
		for i := range tw.memory.Genomes[0].Col(c) {
			tw.memory.Genomes[0].Col(c)[i] = 0.25 + float32((7*i+13*int(c))%64)/64
		}
	}
	if err := w.Seed(tw.slot); err != nil {
		t.Fatal(err)
	}
	return tw
}

func (w *testWorld) setPolicy(p copytax.Policy) {
	w.policy = p
	p.Put(w.memory.Policies[0])
}

func (w *testWorld) frame() *copytax.Frame { return w.memory.Frames[w.slot] }

func (w *testWorld) genome() *copytax.Genome { return w.memory.Genomes[0] }

// try steps from the last frame to the other slot, which becomes the last
// frame when it succeeds.
func (w *testWorld) try() error {
	to := (w.slot + 1) % len(w.memory.Frames)
	if err := w.Step(0, 0, w.slot, to); err != nil {
		return err
	}
	w.slot = to
	return nil
}

func (w *testWorld) tick(t testing.TB) {
	t.Helper()
	if err := w.try(); err != nil {
		t.Fatal(err)
	}
}

func testConfig(boids, neighbours int) copytax.Config {
	return copytax.Config{Boids: boids, Neighbours: neighbours, Mode: copytax.ConstantDensity, Seed: 42, Slots: 2}
}

// fill sets a column to one value.
func fill(column []float32, v float32) {
	for i := range column {
		column[i] = v
	}
}

func finite(v float32) bool { return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) }
