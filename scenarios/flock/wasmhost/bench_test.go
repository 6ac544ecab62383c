package wasmhost

import (
	"fmt"
	"os"
	"testing"

	"github.com/copytax/copytax/experiment/lab"
)

// BenchmarkStep measures the physics in the runtime and reports millions of
// boid-steps per second of CPU, which other work on the machine disturbs less
// than seconds of wall. COPYTAX_FLOCK_WASM names another build of the module
// to measure in place of the embedded one.
func BenchmarkStep(b *testing.B) { benchmarkWorld(b, (*World).Step) }

// BenchmarkSort measures the part of a step that checks and sorts.
func BenchmarkSort(b *testing.B) { benchmarkWorld(b, (*World).Sort) }

// BenchmarkPerceive measures the sort and the sums over neighbours.
func BenchmarkPerceive(b *testing.B) { benchmarkWorld(b, (*World).Perceive) }

func benchmarkWorld(b *testing.B, call func(w *World, epoch, generation uint64, from, to int) error) {
	wasm := module
	if path := os.Getenv("COPYTAX_FLOCK_WASM"); path != "" {
		var err error
		if wasm, err = os.ReadFile(path); err != nil {
			b.Fatal(err)
		}
	}
	for _, neighbours := range []int{8, 32, 128} {
		for _, boids := range []int{1000, 10_000, 100_000} {
			b.Run(fmt.Sprintf("neighbours=%d/boids=%d", neighbours, boids), func(b *testing.B) {
				w := newTestWorldOf(b, testConfig(boids, neighbours), wasm)
				for tick := range 30 { // away from the first frame, which is no flock yet
					w.advance(b, tick)
				}
				start, _ := lab.CPUNS(lab.OfProcess)
				for b.Loop() {
					if err := call(w.World, 0, 0, w.slot, 1-w.slot); err != nil {
						b.Fatal(err)
					}
				}
				end, _ := lab.CPUNS(lab.OfProcess)
				b.ReportMetric(1e3*float64(boids)*float64(b.N)/float64(end-start), "Mboids/cpu-s")
			})
		}
	}
}
