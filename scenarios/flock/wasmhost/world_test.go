package wasmhost

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
)

// A testWorld is a World without a link: two slots in turn, one policy, and
// the genes that the golden file is made with.
type testWorld struct {
	*World
	cfg    copytax.Config
	memory *copytax.EngineMemory
	policy copytax.Policy
	slot   int // of the last frame
}

func newTestWorld(t testing.TB, cfg copytax.Config) *testWorld {
	return newTestWorldOf(t, cfg, module)
}

func newTestWorldOf(t testing.TB, cfg copytax.Config, module []byte) *testWorld {
	t.Helper()
	return startTestWorld(t, cfg, flock.ModelOf(cfg), module)
}

// newModelTestWorld is newTestWorld for any model.
func newModelTestWorld(t testing.TB, m flock.Model) *testWorld {
	return startTestWorld(t, copytax.Config{Boids: m.Boids, Seed: m.Seed, Slots: minSlots}, m, module)
}

func startTestWorld(t testing.TB, cfg copytax.Config, m flock.Model, module []byte) *testWorld {
	t.Helper()
	w, err := New(m, cfg.Slots, module)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	tw := &testWorld{World: w, cfg: cfg, memory: w.Memory(), slot: cfg.Slots - 1}
	tw.setPolicy(m.Policy)
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

// advance is a tick of the engine, with new numbers once a generation.
func (w *testWorld) advance(t testing.TB, tick int) {
	t.Helper()
	step, to := w.Step, (w.slot+1)%len(w.memory.Frames)
	if tick%copytax.GenerationTicks == 0 {
		step = w.Renumber
	}
	if err := step(0, 0, w.slot, to); err != nil {
		t.Fatal(err)
	}
	w.slot = to
}

// scratch is the working memory of a step, which holds nothing between two.
func (w *testWorld) scratch() []byte {
	size := scratchBytes(w.cfg.Boids, w.model.Cells(), 1)
	whole := w.plan.orders - w.plan.scratch
	return w.all[w.plan.scratch : w.plan.scratch+min(size, whole)]
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

// TestSeedDependsOnTheSeed checks the first frame against what it promises.
func TestSeedDependsOnTheSeed(t *testing.T) {
	w := newTestWorld(t, testConfig(1000, 8))
	speed := float64(w.policy.MinSpeed+w.policy.MaxSpeed) / 2
	for i := range w.cfg.Boids {
		p, v := at(w.frame(), copytax.X, i), at(w.frame(), copytax.VX, i)
		energy, fitness := w.frame().Col(copytax.Energy)[i], w.frame().Col(copytax.Fitness)[i]
		for axis := range p {
			if p[axis] < float64(w.policy.Min[axis]) || p[axis] > float64(w.policy.Max[axis]) {
				t.Fatalf("boid %d starts at %v", i, p)
			}
		}
		if math.Abs(v.length()-speed) > 1e-6 || energy < 0.5 || energy > 0.75 || fitness != 0 {
			t.Fatalf("boid %d starts with speed %v, energy %v, fitness %v", i, v.length(), energy, fitness)
		}
	}
	same, other := testConfig(1000, 8), testConfig(1000, 8)
	other.Seed++
	if a, b := w.frame().Data, newTestWorld(t, same).frame().Data; !slices.Equal(a, b) {
		t.Error("one seed gave two first frames")
	}
	if a, b := w.frame().Data, newTestWorld(t, other).frame().Data; slices.Equal(a[:1000], b[:1000]) {
		t.Error("two seeds gave one first frame")
	}
}

// TestStepHoldsItsLimits runs a flock that is driven hard and checks what a
// step promises of every frame.
func TestStepHoldsItsLimits(t *testing.T) {
	w := newTestWorld(t, testConfig(513, 32))
	p := w.policy
	p.Goal, p.MaxAccel, p.Target = 50, 200, [3]float32{99, -99, 1}
	w.setPolicy(p)
	const rounding = 1e-5
	for range 200 {
		w.tick(t)
		for i := range w.cfg.Boids {
			speed := at(w.frame(), copytax.VX, i).length()
			if speed < float64(p.MinSpeed)-rounding || speed > float64(p.MaxSpeed)+rounding {
				t.Fatalf("boid %d has speed %v", i, speed)
			}
			for axis, x := range at(w.frame(), copytax.X, i) {
				if x < float64(p.Min[axis]) || x > float64(p.Max[axis]) {
					t.Fatalf("boid %d is at %v on axis %d", i, x, axis)
				}
			}
			for _, c := range []copytax.Column{copytax.Energy, copytax.Fitness} {
				if v := w.frame().Col(c)[i]; !(v >= 0 && v <= 1) {
					t.Fatalf("boid %d has %v in column %d", i, v, c)
				}
			}
		}
	}
}

func TestStepDoesNotAllocate(t *testing.T) {
	w := newTestWorld(t, testConfig(100, 8))
	if got := testing.AllocsPerRun(100, func() { w.tick(t) }); got != 0 {
		t.Errorf("a step allocates %v times, want 0", got)
	}
}

func TestGenomeHashIsThatOfTheKernel(t *testing.T) {
	w := newTestWorld(t, testConfig(101, 8))
	for generation := range uint64(2) {
		pool := flock.NewPool(101, 5+generation)
		pool.Seed(w.memory.Genomes[generation])
		got, err := w.GenomeHash(generation)
		if err != nil {
			t.Fatal(err)
		}
		if want := pool.Hash(false); got != want {
			t.Errorf("generation %d hashes to %016x, want %016x", generation, got, want)
		}
	}
}

func TestWorldsThatCannotBe(t *testing.T) {
	for name, twist := range map[string]func(*copytax.Config){
		"-1 boids":   func(c *copytax.Config) { c.Boids = -1 },
		"1 slots":    func(c *copytax.Config) { c.Slots = 1 },
		"a module":   func(c *copytax.Config) { c.Boids = 60_000_000 },
		"99 slots":   func(c *copytax.Config) { c.Boids, c.Slots = 2_000_000, 99 },
		"3000000000": func(c *copytax.Config) { c.Boids = 3_000_000_000 },
	} {
		cfg := testConfig(10, 8)
		twist(&cfg)
		w, err := Open(cfg)
		if err == nil {
			w.Close()
			t.Errorf("%s: a world was made", name)
		} else if !strings.Contains(err.Error(), name) {
			t.Errorf("got error %v, want one that says %q", err, name)
		}
	}
}
