package wasmhost

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
)

var poolSizes = []int{1, 2, 3, 4, 7}

// newTestPool returns a world of several threads that is as w is now.
func newTestPool(t testing.TB, w *testWorld, threads int) *testWorld {
	t.Helper()
	c := openTestPool(t, w.model, threads)
	c.slot = w.slot
	copy(c.memory.Policies[0], w.memory.Policies[0])
	copy(c.genome().Data, w.genome().Data)
	copy(c.frame().Data, w.frame().Data)
	return c
}

func openTestPool(t testing.TB, m flock.Model, threads int) *testWorld {
	t.Helper()
	c, err := NewPool(m, 2, nil, threads)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(c.Close(), c.Close()); err != nil {
			t.Errorf("closed twice: %v", err)
		}
	})
	return &testWorld{World: c, cfg: copytax.Config{Boids: m.Boids}, memory: c.Memory(), slot: 1}
}

// TestPoolsGiveTheGoldenChains steps the golden worlds with several threads.
func TestPoolsGiveTheGoldenChains(t *testing.T) {
	want := readGolden(t)
	for _, threads := range poolSizes {
		for i, g := range goldens() {
			w := newTestWorld(t, g.cfg)
			p := flock.DefaultPolicy(g.cfg)
			g.twist(&p)
			w.setPolicy(p)
			p.Put(w.first)
			if err := w.Seed(w.slot); err != nil {
				t.Fatal(err)
			}
			c := newTestPool(t, w, threads)
			chain, neighbours := uint64(fnvBasis), uint64(0)
			for tick := range g.steps {
				c.advance(t, tick)
				chain = fnvFrame(chain, c.frame())
				neighbours += c.Neighbours()
			}
			got := fmt.Sprintf("%s %d %d %d %016x %d ", g.name, g.cfg.Boids, g.steps, g.cfg.Seed, chain, neighbours)
			if !strings.HasPrefix(want[i], got) {
				t.Errorf("%d threads: got  %s\nwant %.80s", threads, got, want[i])
			}
		}
	}
}

// TestScalarModuleGivesTheGoldenChains steps the golden worlds without vectors.
func TestScalarModuleGivesTheGoldenChains(t *testing.T) {
	for _, g := range goldens() {
		w, scalar := newTestWorld(t, g.cfg), newTestWorldOf(t, g.cfg, ScalarModule())
		p := flock.DefaultPolicy(g.cfg)
		g.twist(&p)
		w.setPolicy(p)
		scalar.setPolicy(p)
		for tick := range g.steps {
			w.advance(t, tick)
			scalar.advance(t, tick)
			if !slices.Equal(w.frame().Data, scalar.frame().Data) || w.Neighbours() != scalar.Neighbours() {
				t.Fatalf("%s: tick %d without vectors differs", g.name, tick)
			}
		}
	}
}

// TestPoolsAgreeOnALargeFlock has enough boids for many chunks, in space and in
// the plane.
func TestPoolsAgreeOnALargeFlock(t *testing.T) {
	for _, dimensions := range []int{2, 3} {
		m := flock.ModelOf(testConfig(20_000, 8))
		if m.Dimensions = dimensions; dimensions == 2 {
			m.Policy.Max[0], m.Policy.Max[1] = 90, 90
		}
		one := poolFrame(t, m, 1)
		for _, threads := range poolSizes[1:] {
			if !slices.Equal(one, poolFrame(t, m, threads)) {
				t.Errorf("%d dimensions: %d threads give another frame than one", dimensions, threads)
			}
		}
	}
}

// poolFrame returns the frame after five ticks.
func poolFrame(t *testing.T, m flock.Model, threads int) []float32 {
	t.Helper()
	c := openTestPool(t, m, threads)
	m.Policy.Put(c.memory.Policies[0])
	flock.NewPool(m.Boids, 3).Seed(c.memory.Genomes[0])
	if err := c.Seed(1); err != nil {
		t.Fatal(err)
	}
	for tick := range 5 {
		c.advance(t, tick)
	}
	if c.Neighbours() == 0 {
		t.Error("nobody has a neighbour")
	}
	return slices.Clone(c.frame().Data)
}

// TestPoolsFailInTheSameWords spoils the input of a pool and of a world, and
// wants the pool to go on once it is good again.
func TestPoolsFailInTheSameWords(t *testing.T) {
	nan := float32(math.NaN())
	for _, threads := range poolSizes {
		w := newTestWorld(t, testConfig(2000, 8))
		c := newTestPool(t, w, threads)
		for _, spoil := range []func(f *copytax.Frame, g *copytax.Genome, p *copytax.Policy){
			func(f *copytax.Frame, _ *copytax.Genome, _ *copytax.Policy) { f.Col(copytax.X)[1999] = nan },
			func(f *copytax.Frame, g *copytax.Genome, _ *copytax.Policy) {
				f.Col(copytax.Y)[1500], g.Col(0)[700] = nan, nan
			},
			func(f *copytax.Frame, _ *copytax.Genome, _ *copytax.Policy) { f.Col(copytax.VX)[0] = 2e6 },
			func(f *copytax.Frame, _ *copytax.Genome, _ *copytax.Policy) { f.Col(copytax.Fitness)[1234] = nan },
			func(_ *copytax.Frame, g *copytax.Genome, _ *copytax.Policy) { g.Col(3)[1700] = nan },
			func(_ *copytax.Frame, _ *copytax.Genome, p *copytax.Policy) { p.MinSpeed = 99 },
			func(_ *copytax.Frame, _ *copytax.Genome, p *copytax.Policy) { p.Max[2] *= 2 },
		} {
			c.failsLike(t, w, spoil)
		}
		w.tick(t)
		c.advance(t, 1)
		if !slices.Equal(c.frame().Data, w.frame().Data) {
			t.Errorf("%d threads: after faults a pool gives another frame", threads)
		}
	}
}

func (c *testWorld) failsLike(t *testing.T, w *testWorld, spoil func(*copytax.Frame, *copytax.Genome, *copytax.Policy)) {
	t.Helper()
	frame, genome := slices.Clone(w.frame().Data), slices.Clone(w.genome().Data)
	p := w.policy
	spoil(w.frame(), w.genome(), &p)
	p.Put(w.memory.Policies[0])
	copy(c.memory.Policies[0], w.memory.Policies[0])
	copy(c.frame().Data, w.frame().Data)
	copy(c.memory.Genomes[0].Data, w.genome().Data)
	want, got := w.try(), c.Step(0, 0, c.slot, 1-c.slot)
	if want == nil || got == nil || got.Error() != want.Error() {
		t.Errorf("%d threads: got error %v, want %v", len(c.pool.lanes), got, want)
	}
	w.setPolicy(w.policy)
	copy(c.memory.Policies[0], w.memory.Policies[0])
	for _, f := range []*copytax.Frame{w.frame(), c.frame()} {
		copy(f.Data, frame)
	}
	for _, g := range []*copytax.Genome{w.genome(), c.memory.Genomes[0]} {
		copy(g.Data, genome)
	}
}

// TestPoolsSurviveATrap leaves the instances without a stack.
func TestPoolsSurviveATrap(t *testing.T) {
	for _, threads := range poolSizes {
		w := newTestWorld(t, testConfig(2000, 8))
		c := newTestPool(t, w, threads)
		for _, h := range c.pool.lanes {
			h.pointer.Set(0)
		}
		err := c.Step(0, 0, c.slot, 1-c.slot)
		if err == nil || !strings.Contains(err.Error(), "trapped") {
			t.Fatalf("%d threads without a stack: got error %v, want a trap", threads, err)
		}
		for _, h := range c.pool.lanes {
			h.pointer.Set(h.top) // of those that had nothing to do
		}
		w.tick(t)
		c.advance(t, 1)
		if !slices.Equal(c.frame().Data, w.frame().Data) {
			t.Errorf("%d threads: after a trap a pool gives another frame", threads)
		}
	}
}

// TestAnotherInstanceLeavesTheMemoryAlone adds an instance to a world in use.
func TestAnotherInstanceLeavesTheMemoryAlone(t *testing.T) {
	w, err := newWorld(flock.ModelOf(testConfig(100, 8)), 2, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Seed(0); err != nil {
		t.Fatal(err)
	}
	// What the module keeps as data begins behind its stack; only the flag there
	// says that it has been written.
	data := w.all[stackBytes:w.plan.desc]
	flag := bytes.LastIndexByte(bytes.TrimRight(data, "\x00"), 2)
	if flag < 0 {
		t.Fatal("no flag says that the data of the module has been written")
	}
	for i := range data[:flag] {
		data[i] ^= 0x5a
	}
	before := slices.Clone(w.all)
	c := &pool{world: w}
	h, err := c.newLane(1)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, w.all) {
		t.Error("a second instance wrote to the memory of the first")
	}
	if first := w.runtime.Module("flock").ExportedGlobal("__stack_pointer").Get(); h.pointer.Get() == first {
		t.Errorf("both instances have the stack at %d", first)
	}
}

func TestPoolStepDoesNotAllocate(t *testing.T) {
	c := newTestPool(t, newTestWorld(t, testConfig(2000, 8)), 2)
	if got := testing.AllocsPerRun(50, func() { c.advance(t, 1) }); got >= 1 {
		t.Errorf("a step allocates %v times, want 0", got)
	}
}

func TestPoolsThatCannotBe(t *testing.T) {
	for _, threads := range []int{0, -1, 65} {
		if _, err := NewPool(flock.ModelOf(testConfig(10, 8)), 2, nil, threads); err == nil {
			t.Errorf("a pool of %d threads was made", threads)
		}
	}
}

// BenchmarkPoolStep reports millions of boid-steps per second of wall.
func BenchmarkPoolStep(b *testing.B) {
	for _, boids := range []int{10_000, 100_000} {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("boids=%d/threads=%d", boids, threads), func(b *testing.B) {
				c := newTestPool(b, newTestWorld(b, testConfig(boids, 8)), threads)
				for tick := range 30 {
					c.advance(b, tick)
				}
				for b.Loop() {
					if err := c.Step(0, 0, c.slot, 1-c.slot); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(boids)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mboids/s")
			})
		}
	}
}
