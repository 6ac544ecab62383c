package plain

import (
	"fmt"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/flock"
)

// BenchmarkStep measures the step in plain Go in millions of boid-steps per
// second of CPU, which other work on the machine disturbs less than seconds of
// wall.
func BenchmarkStep(b *testing.B) {
	benchmark(b, func(f *Flock, in Input, to *copytax.Frame) (uint64, error) { return f.Step(in, to, false) })
}

func BenchmarkPerceive(b *testing.B) {
	benchmark(b, func(f *Flock, in Input, _ *copytax.Frame) (uint64, error) { return f.Perceive(in) })
}

func BenchmarkSort(b *testing.B) {
	benchmark(b, func(f *Flock, in Input, _ *copytax.Frame) (uint64, error) { return 0, f.Sort(in) })
}

func benchmark(b *testing.B, call func(*Flock, Input, *copytax.Frame) (uint64, error)) {
	for _, boids := range []int{10_000, 100_000} {
		b.Run(fmt.Sprintf("neighbours=8/boids=%d", boids), func(b *testing.B) {
			m := flock.ModelOf(config(boids, 8))
			p := newPair(b, m)
			for tick := range 60 { // away from the first frame, which is no flock yet
				if _, err := p.Flock.Step(p.input(&m.Policy), p.to, tick%30 == 0); err != nil {
					b.Fatal(err)
				}
				p.from, p.to = p.to, p.from
			}
			rate(b, boids, func() error {
				_, err := call(p.Flock, p.input(&m.Policy), p.to)
				return err
			})
		})
	}
}

// rate reports how many boids a step takes through in a second of CPU.
func rate(b *testing.B, boids int, step func() error) {
	before, _ := lab.CPUNS(lab.OfProcess)
	for b.Loop() {
		if err := step(); err != nil {
			b.Fatal(err)
		}
	}
	after, _ := lab.CPUNS(lab.OfProcess)
	b.ReportMetric(1e3*float64(boids*b.N)/float64(after-before), "Mboids/cpu-s")
}
