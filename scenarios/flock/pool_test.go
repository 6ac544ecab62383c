package flock

import (
	"slices"
	"testing"

	"github.com/copytax/copytax"
)

// bred runs a pool for some generations on a fitness that rises with the first
// gene, and returns the last genome.
func bred(n, generations int, seed uint64) (*copytax.Genome, *Pool) {
	p, g := NewPool(n, seed), copytax.NewGenome(n)
	p.Seed(g)
	for range generations {
		fitness := slices.Clone(g.Col(copytax.GeneSeparation))
		p.Breed(g, fitness)
	}
	return g, p
}

func mean(v []float32) (m float64) {
	for _, x := range v {
		m += float64(x) / float64(len(v))
	}
	return m
}

func TestPoolSelectsWhatIsFit(t *testing.T) {
	first, _ := bred(2000, 0, 1)
	last, _ := bred(2000, 12, 1)
	if before, after := mean(first.Col(copytax.GeneSeparation)), mean(last.Col(copytax.GeneSeparation)); after < before+0.3 {
		t.Errorf("the gene that is fit went from %.3f to %.3f, want a rise of 0.3", before, after)
	}
	if last.Generation != 12 {
		t.Errorf("generation %d, want 12", last.Generation)
	}
}

func TestGenesStayInRange(t *testing.T) {
	for _, n := range []int{1, 3, 100} {
		g, _ := bred(n, 50, 7)
		for c := range copytax.Column(copytax.GenomeColumns) {
			for i, gene := range g.Col(c) {
				if !(gene >= geneMin && gene <= geneMax) {
					t.Fatalf("%d boids: gene %d of boid %d is %v", n, c, i, gene)
				}
			}
		}
	}
}

func TestPoolIsSeeded(t *testing.T) {
	a, pa := bred(100, 5, 1)
	b, pb := bred(100, 5, 1)
	c, pc := bred(100, 5, 2)
	if !slices.Equal(a.Data, b.Data) || pa.Hash(false) != pb.Hash(false) {
		t.Error("the same seed breeds two genomes")
	}
	if slices.Equal(a.Data, c.Data) || pa.Hash(false) == pc.Hash(false) {
		t.Error("two seeds breed the same genome")
	}
}

// The loan is written once and never read: it may be memory of the hub that
// the engine reads at the same time.
func TestPoolKeepsItsOwnGenes(t *testing.T) {
	g, p := bred(50, 3, 1)
	hash := p.Hash(false)
	for i := range g.Data {
		g.Data[i] = -1
	}
	if p.Hash(false) != hash {
		t.Error("the pool's genes changed with the loan")
	}
	next := copytax.NewGenome(50)
	p.Breed(next, make([]float32, 50))
	if slices.Min(next.Col(copytax.GeneGoal)) < geneMin {
		t.Error("the pool bred from the loan")
	}
}

func TestHashOfAGenerationThatWasNotPublished(t *testing.T) {
	g, p := bred(50, 3, 1)
	hash := p.Hash(false)
	p.Breed(g, make([]float32, 50))
	if p.Hash(false) == hash || p.Hash(true) != hash {
		t.Error("the hash of the generation before is lost by breeding")
	}
}

func TestPoolDoesNotAllocate(t *testing.T) {
	g, p := bred(200, 1, 1)
	fitness := make([]float32, 200)
	if n := testing.AllocsPerRun(10, func() { p.Breed(g, fitness) }); n != 0 {
		t.Errorf("Breed allocates %v times, want 0", n)
	}
}
