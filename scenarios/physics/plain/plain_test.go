package plain

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/scenarios/flock/wasmhost"
)

// A golden world of the file that the tests of the Rust crate read.
type golden struct {
	name, policy      string
	boids, steps      int
	seed              uint64
	chain, neighbours uint64
}

func goldens(t testing.TB) (all []golden) {
	t.Helper()
	f, err := os.Open("../../../rust/flock/testdata/golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for scan := bufio.NewScanner(f); scan.Scan(); {
		var g golden
		if strings.HasPrefix(scan.Text(), "#") {
			continue
		}
		if _, err := fmt.Sscanf(scan.Text(), "%s %d %d %d %x %d %s",
			&g.name, &g.boids, &g.steps, &g.seed, &g.chain, &g.neighbours, &g.policy); err != nil {
			t.Fatalf("%.60s: %v", scan.Text(), err)
		}
		all = append(all, g)
	}
	if len(all) < 3 {
		t.Fatalf("%d golden worlds, want at least 3", len(all))
	}
	return all
}

func (g golden) model(t testing.TB) flock.Model {
	t.Helper()
	block := make([]byte, copytax.PolicyBytes)
	if _, err := hex.Decode(block, []byte(g.policy)); err != nil {
		t.Fatal(err)
	}
	m := flock.Model{Boids: g.boids, Dimensions: 3, Seed: g.seed}
	if err := m.Policy.Get(block); err != nil {
		t.Fatal(err)
	}
	return m
}

// A pair is a Flock beside the module that it must equal.
type pair struct {
	*wasmhost.World
	*Flock
	memory   *copytax.EngineMemory
	from, to *copytax.Frame // of the Flock
	slot     int            // the module's last frame
}

func newPair(t testing.TB, m flock.Model) *pair {
	t.Helper()
	w, err := wasmhost.New(m, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	f, err := New(m.Boids, m.Dimensions, m.Cells())
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{World: w, Flock: f, memory: w.Memory(), from: copytax.NewFrame(m.Boids), to: copytax.NewFrame(m.Boids), slot: 1}
	m.Policy.Put(p.memory.Policies[0])
	FillGenome(p.memory.Genomes[0])
	if err := w.Seed(1); err != nil {
		t.Fatal(err)
	}
	copy(p.from.Data, p.memory.Frames[1].Data)
	return p
}

func (p *pair) input(policy *copytax.Policy) Input {
	return Input{Policy: policy, Frame: p.from, Genome: p.memory.Genomes[0]}
}

func TestGoldenChains(t *testing.T) {
	for _, g := range goldens(t) {
		m := g.model(t)
		p := newPair(t, m)
		chain, total := Basis, uint64(0)
		for tick := range g.steps {
			neighbours, err := p.Flock.Step(p.input(&m.Policy), p.to, tick%copytax.GenerationTicks == 0)
			if err != nil {
				t.Fatal(err)
			}
			p.from, p.to = p.to, p.from
			chain = Hash(chain, p.from)
			total += neighbours
		}
		if chain != g.chain || total != g.neighbours {
			t.Errorf("%s: chain %016x and %d neighbours, want %016x and %d", g.name, chain, total, g.chain, g.neighbours)
		}
	}
}

// TestThePlaneIsThatOfTheModule steps a flock in two dimensions, whose z and
// third components of the policy are garbage, beside the module.
func TestThePlaneIsThatOfTheModule(t *testing.T) {
	m := planeModel(700, 6)
	p := newPair(t, m)
	for tick := range 130 {
		for _, f := range []*copytax.Frame{p.from, p.memory.Frames[p.slot]} {
			f.Col(copytax.Z)[3], f.Col(copytax.VZ)[5] = 77, -3
		}
		got, err := p.Flock.Step(p.input(&m.Policy), p.to, tick%60 == 0)
		if err != nil {
			t.Fatal(err)
		}
		step := p.World.Step
		if tick%60 == 0 {
			step = p.World.Renumber
		}
		if err := step(0, 0, p.slot, 1-p.slot); err != nil {
			t.Fatal(err)
		}
		p.slot = 1 - p.slot
		p.from, p.to = p.to, p.from
		if want := p.World.Neighbours(); got != want || got == 0 {
			t.Fatalf("tick %d: %d neighbours, want %d, not 0", tick, got, want)
		}
		if want := p.memory.Frames[p.slot].Data; Hash(Basis, p.from) != Hash(Basis, p.memory.Frames[p.slot]) ||
			!slices.Equal(p.from.Data, want) {
			t.Fatalf("tick %d: the frame differs from the module's", tick)
		}
	}
}

// planeModel is a flock in the plane whose edge gives about so many neighbours.
func planeModel(boids int, neighbours float64) flock.Model {
	m := flock.ModelOf(copytax.Config{Boids: boids, Neighbours: 8, Mode: copytax.ConstantDensity, Seed: 5, Slots: 2})
	edge := float32(math.Sqrt(math.Pi * float64(boids) / neighbours))
	m.Dimensions = 2
	m.Policy.Max = [3]float32{edge, edge, -9}
	m.Policy.Target = [3]float32{edge / 2, edge / 2, 55}
	return m
}

func TestStepDoesNotAllocate(t *testing.T) {
	m := flock.ModelOf(config(300, 8))
	p := newPair(t, m)
	got := testing.AllocsPerRun(20, func() {
		if _, err := p.Flock.Step(p.input(&m.Policy), p.to, false); err != nil {
			t.Fatal(err)
		}
	})
	if got != 0 {
		t.Errorf("a step allocates %v times, want 0", got)
	}
}

func config(boids, neighbours int) copytax.Config {
	return copytax.Config{Boids: boids, Neighbours: neighbours, Mode: copytax.ConstantDensity, Seed: 42, Slots: 2}
}
