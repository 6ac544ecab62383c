package plain

import "github.com/copytax/copytax"

// integrate moves every boid and writes the new frame. It returns whether all
// velocities, energies, fitnesses and genes that it read were sane.
func (f *Flock) integrate(in Input, to *copytax.Frame, renumber bool) bool {
	n := len(f.place)
	px, py, pz := f.vectors(in.Frame, copytax.X)
	vx, vy, vz := f.vectors(in.Frame, copytax.VX)
	es, fs := in.Frame.Col(copytax.Energy)[:n], in.Frame.Col(copytax.Fitness)[:n]
	px, py, pz, vx, vy, vz = px[:n], py[:n], pz[:n], vx[:n], vy[:n], vz[:n]
	next, genes := writer{}, genes{}
	next.px, next.py, next.pz, next.vx, next.vy, next.vz, next.energy, next.fitness = to.Columns()
	genes.separation, genes.alignment, genes.cohesion, genes.goal = in.Genome.Columns()
	ok, totals, law := true, f.totals, &f.law
	for i, at := range f.place {
		id := i
		if renumber {
			id = int(at)
		}
		s := state{vector{px[i], py[i], pz[i]}, vector{vx[i], vy[i], vz[i]}, es[i], fs[i]}
		g := genes.of(id)
		ok = ok && s.sane() && g.sane()
		next.put(id, law.advance(s, g, &totals[at]))
	}
	for c := range copytax.Columns {
		clear(to.Data[c*copytax.Stride(n):][n:copytax.Stride(n)])
	}
	return ok
}

// A writer holds the columns of a frame, all of one length.
type writer struct{ px, py, pz, vx, vy, vz, energy, fitness []float32 }

func (w *writer) put(id int, s state) {
	w.px[id], w.py[id], w.pz[id] = s.p.x, s.p.y, s.p.z
	w.vx[id], w.vy[id], w.vz[id] = s.v.x, s.v.y, s.v.z
	w.energy[id], w.fitness[id] = s.energy, s.fitness
}

// genes holds the columns of a genome.
type genes struct{ separation, alignment, cohesion, goal []float32 }

func (g *genes) of(id int) weights {
	return weights{g.separation[id], g.alignment[id], g.cohesion[id], g.goal[id]}
}
