package plain

import (
	"math"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
)

// A spoiler puts something wrong into what a step reads.
type spoiler struct {
	name  string
	spoil func(p *copytax.Policy, f *copytax.Frame, g *copytax.Genome)
}

func spoilers() (all []spoiler) {
	nan := float32(math.NaN())
	policy := func(name string, spoil func(*copytax.Policy)) {
		all = append(all, spoiler{name, func(p *copytax.Policy, _ *copytax.Frame, _ *copytax.Genome) { spoil(p) }})
	}
	policy("dt", func(p *copytax.Policy) { p.Dt = 0 })
	policy("radius", func(p *copytax.Policy) { p.Radius = nan })
	policy("target", func(p *copytax.Policy) { p.Target[2] = 2e6 })
	policy("margin", func(p *copytax.Policy) { p.Margin = -1 })
	policy("speeds", func(p *copytax.Policy) { p.MinSpeed = p.MaxSpeed + 1 })
	policy("bounds", func(p *copytax.Policy) { p.Min[1] = p.Max[1] })
	policy("decay", func(p *copytax.Policy) { p.FitDecay = 1.5 })
	policy("cells", func(p *copytax.Policy) { p.Max[1]++ })
	policy("small cells", func(p *copytax.Policy) { p.Radius /= 2 })
	for c := range copytax.Column(copytax.Columns) {
		all = append(all, spoiler{"frame", func(_ *copytax.Policy, f *copytax.Frame, _ *copytax.Genome) { f.Col(c)[36] = nan }})
	}
	for c := range copytax.Column(copytax.GenomeColumns) {
		all = append(all, spoiler{"genome", func(_ *copytax.Policy, _ *copytax.Frame, g *copytax.Genome) { g.Col(c)[17] = -2e6 }})
	}
	return append(all,
		spoiler{"outside", func(p *copytax.Policy, f *copytax.Frame, _ *copytax.Genome) { f.Col(copytax.Y)[5] = p.Max[1] + 1 }},
		spoiler{"first culprit", func(_ *copytax.Policy, f *copytax.Frame, g *copytax.Genome) {
			f.Col(copytax.X)[30], g.Col(0)[8] = nan, nan
		}})
}

// TestFaultsAreThoseOfTheModule spoils an input and wants the error of the
// module, word for word, in space and in the plane.
func TestFaultsAreThoseOfTheModule(t *testing.T) {
	for _, m := range []flock.Model{flock.ModelOf(config(37, 8)), planeModel(37, 4)} {
		for _, s := range spoilers() {
			p := newPair(t, m)
			policy := m.Policy
			s.spoil(&policy, p.memory.Frames[1], p.memory.Genomes[0])
			policy.Put(p.memory.Policies[0])
			copy(p.from.Data, p.memory.Frames[1].Data)
			_, got := p.Flock.Step(p.input(&policy), p.to, false)
			want := p.World.Step(0, 0, 1, 0)
			if text(got) != text(want) {
				t.Errorf("%s in %d dimensions: got error %v, want %v", s.name, m.Dimensions, got, want)
			}
			if m.Dimensions == 3 && want == nil {
				t.Errorf("%s: the module took a step", s.name)
			}
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestFlocksThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		boids, dimensions int
		cells             [3]uint32
	}{{-1, 3, [3]uint32{1, 1, 1}}, {1 << 27, 3, [3]uint32{1, 1, 1}}, {9, 4, [3]uint32{1, 1, 1}}, {9, 3, [3]uint32{1, 0, 1}}, {9, 2, [3]uint32{1, 1 << 11, 1}}} {
		if _, err := New(c.boids, c.dimensions, c.cells); err == nil {
			t.Errorf("%+v: a flock was made", c)
		}
	}
}

// TestSizesMustFit hands a flock frames and genomes of other sizes.
func TestSizesMustFit(t *testing.T) {
	m := flock.ModelOf(config(37, 8))
	p := newPair(t, m)
	in := p.input(&m.Policy)
	if _, err := p.Flock.Step(in, copytax.NewFrame(36), false); err == nil {
		t.Error("a frame that is too small was written")
	}
	short := in
	short.Frame = copytax.NewFrame(38)
	if err := p.Flock.Sort(short); err == nil {
		t.Error("a frame of too many boids was read")
	}
	short = in
	short.Genome = copytax.NewGenome(36)
	if err := p.Flock.Sort(short); err == nil {
		t.Error("a genome of too few boids was read")
	}
}

// TestAnEmptyFlockSteps has nobody to move.
func TestAnEmptyFlockSteps(t *testing.T) {
	m := flock.ModelOf(config(0, 8))
	p := newPair(t, m)
	if got, err := p.Flock.Step(p.input(&m.Policy), p.to, true); got != 0 || err != nil {
		t.Errorf("got %d neighbours and error %v, want none", got, err)
	}
}
