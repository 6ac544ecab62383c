package flock

import (
	"math"
	"math/bits"
	"math/rand/v2"

	"github.com/copytax/copytax"
)

const (
	geneMin      = 0.5 // of every gene: a weight relative to the policy's
	geneMax      = 1.5
	tournament   = 3        // candidates for each parent
	mutationOdds = 1.0 / 32 // of each gene
	mutationStep = 0.1      // at most, either way
)

// A Pool is the genetic algorithm: it holds the genes of the last generation
// and breeds the next by tournament, uniform crossover and mutation. Its draws
// depend on the seed alone.
type Pool struct {
	genes   *copytax.Genome // of the last generation, the pool's own
	parents *copytax.Genome // of the one before, while breeding
	rng     *rand.PCG
}

// NewPool returns a pool of n boids without genes.
func NewPool(n int, seed uint64) *Pool {
	return &Pool{
		genes: copytax.NewGenome(n), parents: copytax.NewGenome(n),
		rng: rand.NewPCG(seed, 0x67656e6f6d65), // "genome": other draws of the seed must differ
	}
}

// Seed draws the first generation, uniformly, into dst and the pool.
func (p *Pool) Seed(dst *copytax.Genome) {
	dst.Generation = 0
	for c := range copytax.Column(copytax.GenomeColumns) {
		own, out := p.genes.Col(c), dst.Col(c)
		for i := range own {
			own[i] = geneMin + float32((geneMax-geneMin)*p.unit())
			out[i] = own[i]
		}
	}
}

// Breed draws the next generation into dst and the pool. fitness holds one
// value a boid of the generation that ends.
func (p *Pool) Breed(dst *copytax.Genome, fitness []float32) {
	p.genes, p.parents = p.parents, p.genes
	p.genes.Generation = p.parents.Generation + 1
	dst.Generation = p.genes.Generation
	var from, own, out [copytax.GenomeColumns][]float32
	for c := range from {
		from[c], own[c], out[c] = p.parents.Col(copytax.Column(c)), p.genes.Col(copytax.Column(c)), dst.Col(copytax.Column(c))
	}
	for i := range fitness {
		pair := [2]int{p.pick(fitness), p.pick(fitness)}
		coins := p.rng.Uint64()
		for c := range from {
			gene := from[c][pair[coins>>c&1]]
			if coins>>(8+8*c)&0xff < 256*mutationOdds {
				gene = p.mutate(gene)
			}
			own[c][i], out[c][i] = gene, gene
		}
	}
}

// pick returns the fittest of a few boids drawn at random.
func (p *Pool) pick(fitness []float32) int {
	best := p.below(len(fitness))
	for range tournament - 1 {
		if i := p.below(len(fitness)); fitness[i] > fitness[best] {
			best = i
		}
	}
	return best
}

// mutate moves a gene by up to mutationStep and keeps it in its range.
func (p *Pool) mutate(gene float32) float32 {
	gene += float32(mutationStep * (2*p.unit() - 1))
	return min(max(gene, geneMin), geneMax)
}

// unit returns a draw from [0, 1) on a grid of 2^-24, exact in float32.
func (p *Pool) unit() float32 { return float32(p.rng.Uint64()>>40) / (1 << 24) }

// below returns a draw from 0 to n-1 by Lemire's multiplication. Its bias is
// n/2^64. Note: rand.Rand's own is unbiased, but how it draws may change.
func (p *Pool) below(n int) int {
	hi, _ := bits.Mul64(p.rng.Uint64(), uint64(n))
	return int(hi)
}

// Hash returns the FNV-1a hash of a generation, as copytax.Evidence defines it:
// of the last one, or of the one before when the last was never published.
func (p *Pool) Hash(unpublished bool) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	genes := p.genes
	if unpublished {
		genes = p.parents
	}
	h := uint64(offset)
	for c := range copytax.Column(copytax.GenomeColumns) {
		for _, v := range genes.Col(c) {
			h = (h ^ uint64(math.Float32bits(v))) * prime
		}
	}
	return h
}
