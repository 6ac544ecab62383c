package wasmhost

import (
	"math"
	"slices"
	"testing"

	"github.com/copytax/copytax"
)

// twin is a world of the same boids as w under another policy.
func (w *testWorld) twin(t *testing.T, p copytax.Policy) *testWorld {
	t.Helper()
	m := w.model
	m.Policy = p
	other := newModelTestWorld(t, m)
	copy(other.frame().Data, w.frame().Data)
	copy(other.genome().Data, w.genome().Data)
	return other
}

// scale multiplies columns of a frame, by a power of two and therefore exactly.
func scale(f *copytax.Frame, from, to copytax.Column, by float32) {
	for c := from; c <= to; c++ {
		for i := range f.Col(c) {
			f.Col(c)[i] *= by
		}
	}
}

// sameBits wants two worlds to have one frame.
func sameBits(t *testing.T, what string, a, b *copytax.Frame) {
	t.Helper()
	for c := range copytax.Column(copytax.Columns) {
		for i, v := range a.Col(c) {
			if got := b.Col(c)[i]; math.Float32bits(got) != math.Float32bits(v) {
				t.Fatalf("%s: boid %d, column %d: got %v, want %v", what, i, c, got, v)
			}
		}
	}
}

// sameFlight steps two worlds and wants one frame of both at every tick, once the
// other's columns from a first one to the velocities are multiplied by a factor.
func sameFlight(t *testing.T, what string, w, other *testWorld, from copytax.Column, by float32) {
	t.Helper()
	for tick := range 100 {
		w.advance(t, tick)
		other.advance(t, tick)
		back := copytax.NewFrame(w.cfg.Boids)
		copy(back.Data, other.frame().Data)
		scale(back, from, copytax.VZ, by)
		sameBits(t, what, w.frame(), back)
	}
}

// TestUnitOfLengthDoesNotMatter measures lengths in another unit, a power of two so
// that nothing rounds otherwise. Goal is left out: 1 + |t|² is no length.
func TestUnitOfLengthDoesNotMatter(t *testing.T) {
	for _, by := range []float32{8, 1.0 / 32} {
		w := newTestWorld(t, testConfig(500, 8))
		p := w.policy
		p.Goal = 0
		w.setPolicy(p)
		for _, length := range []*float32{&p.Radius, &p.Margin, &p.MinSpeed, &p.MaxSpeed, &p.MaxAccel} {
			*length *= by
		}
		for axis := range p.Min {
			p.Min[axis], p.Max[axis], p.Target[axis] = p.Min[axis]*by, p.Max[axis]*by, p.Target[axis]*by
		}
		p.EnergyCost /= by * by
		other := w.twin(t, p)
		scale(other.frame(), copytax.X, copytax.VZ, by)
		sameFlight(t, "another unit of length", w, other, copytax.X, 1/by)
	}
}

// TestUnitOfTimeDoesNotMatter does the same with time.
func TestUnitOfTimeDoesNotMatter(t *testing.T) {
	const by = 4
	w := newTestWorld(t, testConfig(500, 8))
	p := w.policy
	p.Dt *= by
	p.EnergyCost *= by * by * by
	for _, rate := range []*float32{&p.Alignment, &p.MinSpeed, &p.MaxSpeed, &p.EnergyGain} {
		*rate /= by
	}
	for _, pull := range []*float32{&p.Separation, &p.Cohesion, &p.Goal, &p.WallGain, &p.MaxAccel} {
		*pull /= by * by
	}
	other := w.twin(t, p)
	scale(other.frame(), copytax.VX, copytax.VZ, 1.0/by)
	sameFlight(t, "another unit of time", w, other, copytax.VX, by)
}

// TestPlaceDoesNotMatter moves the whole world by a power of two. Positions are put
// on a lattice on which all distances are exact, so that whatever depends on
// distances has the same bits; only a new position itself may round otherwise.
func TestPlaceDoesNotMatter(t *testing.T) {
	const by, lattice = 16, 1 << 12
	w := newTestWorld(t, testConfig(500, 8))
	p := w.policy
	for axis := range p.Min {
		p.Min[axis], p.Max[axis], p.Target[axis] = p.Min[axis]+by, p.Max[axis]+by, p.Target[axis]+by
	}
	other := w.twin(t, p)
	for range 50 {
		for c := range copytax.Column(copytax.Columns) {
			for i, v := range w.frame().Col(c) {
				if c <= copytax.Z {
					v = float32(math.Floor(float64(v)*lattice) / lattice)
					w.frame().Col(c)[i], other.frame().Col(c)[i] = v, v+by
				} else {
					other.frame().Col(c)[i] = v
				}
			}
		}
		w.tick(t)
		other.tick(t)
		back := copytax.NewFrame(500)
		copy(back.Data, other.frame().Data)
		for c := copytax.X; c <= copytax.Z; c++ {
			for i, v := range w.frame().Col(c) {
				if off := abs32(back.Col(c)[i] - by - v); off > 16*roundoff+4*roundoff { // halves of two ulps
					t.Fatalf("boid %d moved by %v, then by %v", i, v, back.Col(c)[i]-by)
				}
				back.Col(c)[i] = v
			}
		}
		sameBits(t, "another place", w.frame(), back)
	}
}

// order returns, for each boid, its place in the order of cells that the kernel
// declares: strips of eight rows along x, through all layers; by id within a cell.
func (w *testWorld) order() []int {
	const slack, strip = 1.0 / 4096, 8
	cells, per := w.model.Cells(), (1-float32(slack))/w.policy.Radius
	cell := make([]int, w.cfg.Boids)
	for i := range cell {
		var at [3]int
		for axis := range at {
			v := float32(w.frame().Col(copytax.Column(axis))[i]-w.policy.Min[axis]) * per
			at[axis] = int(min(max(v, 0), float32(cells[axis]-1)))
		}
		first := at[1] / strip * strip
		height := min(strip, int(cells[1])-first)
		cell[i] = (first*int(cells[2])+at[2]*height+at[1]-first)*int(cells[0]) + at[0]
	}
	ids := make([]int, len(cell))
	for i := range ids {
		ids[i] = i
	}
	slices.SortStableFunc(ids, func(a, b int) int { return cell[a] - cell[b] })
	return inverse(ids)
}

func inverse(perm []int) []int {
	back := make([]int, len(perm))
	for place, id := range perm {
		back[id] = place
	}
	return back
}

// renumbered copies columns with row i at place[i].
func renumbered(to, from []float32, n, columns int, place []int) {
	for c := range columns {
		for i, p := range place {
			to[c*copytax.Stride(n)+p] = from[c*copytax.Stride(n)+i]
		}
	}
}

// TestRenumberIsAStep wants a step into new numbers to be the same step, bit for
// bit, with the rows in the order of cells, given the genes in that order.
func TestRenumberIsAStep(t *testing.T) {
	w := newTestWorld(t, testConfig(1003, 8))
	for range 5 {
		w.tick(t)
		place, genes := w.order(), slices.Clone(w.genome().Data)
		to := 1 - w.slot
		if err := w.Step(0, 0, w.slot, to); err != nil {
			t.Fatal(err)
		}
		want := copytax.NewFrame(1003)
		renumbered(want.Data, w.memory.Frames[to].Data, 1003, copytax.Columns, place)
		renumbered(w.genome().Data, genes, 1003, copytax.GenomeColumns, place)
		if err := w.Renumber(0, 0, w.slot, to); err != nil {
			t.Fatal(err)
		}
		sameBits(t, "renumbered", want, w.memory.Frames[to])
		copy(w.genome().Data, genes)
	}
}

// TestNumbersDoNotMatter shuffles the ids. The sums then run in another order, so
// that both results are within the tolerance of the truth.
func TestNumbersDoNotMatter(t *testing.T) {
	w := newTestWorld(t, testConfig(700, 32))
	for round := range uint64(5) {
		w.tick(t)
		other := w.twin(t, w.policy)
		place := drawsOf(round).Perm(700)
		renumbered(other.frame().Data, w.frame().Data, 700, copytax.Columns, place)
		renumbered(other.genome().Data, w.genome().Data, 700, copytax.GenomeColumns, place)
		twice(t, w, other, place, [3]copytax.Column{0, 1, 2})
	}
}

// TestAxesDoNotMatter calls x y, y z and z x.
func TestAxesDoNotMatter(t *testing.T) {
	w := newTestWorld(t, testConfig(700, 32))
	for range 5 {
		w.tick(t)
		turned, axes := w.policy, [3]copytax.Column{1, 2, 0}
		turned.Target = [3]float32{1, 2, 3}
		p := w.policy
		p.Target = [3]float32{2, 3, 1} // turned.Target[axes[i]] == p.Target[i]
		w.setPolicy(p)
		other := w.twin(t, turned)
		for axis, to := range axes {
			for _, first := range []copytax.Column{copytax.X, copytax.VX} {
				copy(other.frame().Col(first+to), w.frame().Col(first+copytax.Column(axis)))
			}
		}
		twice(t, w, other, drawsOf(0).identity(700), axes)
	}
}

func (draws) identity(n int) []int {
	perm := make([]int, n)
	for i := range perm {
		perm[i] = i
	}
	return perm
}

// twice steps w and other, whose boid place[i] is boid i of w with its axes turned,
// and wants the same of both to within the tolerance of each.
func twice(t *testing.T, w, other *testWorld, place []int, axes [3]copytax.Column) {
	t.Helper()
	o := oracle{w.policy, w.frame(), w.genome()}
	to := 1 - w.slot
	for _, each := range []*testWorld{w, other} {
		if err := each.Step(0, 0, each.slot, 1-each.slot); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := w.Neighbours(), other.Neighbours(); a != b {
		t.Fatalf("%d neighbours, then %d", a, b)
	}
	a, b := w.memory.Frames[to], other.memory.Frames[1-other.slot]
	for i, there := range place {
		allowed := tolerance(o.lawOf(i), o.sightOf(i))
		for c := range copytax.Column(copytax.Columns) {
			same := c
			if c < copytax.Energy {
				same = c/3*3 + axes[c%3]
			}
			got, want := b.Col(same)[there], a.Col(c)[i]
			if off := math.Abs(float64(got - want)); !(off <= 2*allowed[c]) {
				t.Fatalf("boid %d, column %d: got %v, want %v ± %.2g", i, c, got, want, 2*allowed[c])
			}
		}
	}
}

// TestMomentumIsKept leaves boids of equal genes nothing but their separation. What
// i gets from j is then the opposite of what j gets from i, to the last bit, since
// both compute it from the same difference; all that can be lost is what the sums
// round away, for which the tolerances allow.
func TestMomentumIsKept(t *testing.T) {
	w := newTestWorld(t, testConfig(900, 16))
	p := w.policy
	p.Alignment, p.Cohesion, p.Goal, p.WallGain = 0, 0, 0, 0
	p.MinSpeed, p.MaxSpeed, p.MaxAccel = 0, 1e6, 1e6
	w.setPolicy(p)
	for c := range copytax.Column(copytax.GenomeColumns) {
		fill(w.genome().Col(c), 0.75)
	}
	for c := copytax.X; c <= copytax.Z; c++ { // away from the walls, which reflect
		for i, v := range w.frame().Col(c) {
			w.frame().Col(c)[i] = 0.75*v + 0.125*p.Max[c]
		}
	}
	lost, allowed := momentumLost(t, w)
	t.Logf("%.2g of momentum lost, %.2g allowed, %.1f neighbours", lost, allowed, float64(w.Neighbours())/900)
	if lost > allowed {
		t.Errorf("momentum %v was lost, want at most %v", lost, allowed)
	}
	w.genome().Col(copytax.GeneSeparation)[450] *= 1.25
	if lost, allowed := momentumLost(t, w); lost <= allowed {
		t.Errorf("a boid that pushes harder than it is pushed lost only %v", lost)
	}
}

// momentumLost returns by how much the sum of all velocities changes in a step, along
// the axis where that is most, and how much of it rounding may explain: independent
// errors within ± bᵢ add up to more than 6 √Σ bᵢ² once in thirty million (Hoeffding).
func momentumLost(t *testing.T, w *testWorld) (lost, allowed float64) {
	t.Helper()
	o := oracle{w.policy, w.frame(), w.genome()}
	if err := w.Step(0, 0, w.slot, 1-w.slot); err != nil {
		t.Fatal(err)
	}
	for c := copytax.VX; c <= copytax.VZ; c++ {
		sum := 0.0
		for i, v := range w.memory.Frames[1-w.slot].Col(c) {
			sum += float64(v) - float64(w.frame().Col(c)[i])
		}
		lost = max(lost, math.Abs(sum))
	}
	for i := range w.cfg.Boids {
		one := tolerance(o.lawOf(i), o.sightOf(i))[copytax.VX]
		allowed += one * one
	}
	return lost, 6 * math.Sqrt(allowed)
}
