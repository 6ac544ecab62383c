package wasmhost

import (
	"fmt"
	"math"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
)

// TestBoundsHoldNeighboursConstant seeds worlds and counts who is near whom:
// the mean over seeds must be what was asked for, whatever the number of boids.
// A world of 100 boids has some 800 pairs, whose count has a standard deviation
// of about 4% over boids at random; over 24 seeds that leaves 1%.
func TestBoundsHoldNeighboursConstant(t *testing.T) {
	for _, n := range []int{100, 400, 1500} {
		const seeds = 24
		total := uint64(0)
		for seed := range uint64(seeds) {
			cfg := testConfig(n, 8)
			cfg.Seed = seed
			w := newTestWorld(t, cfg)
			_, pairs := oracle{w.policy, w.frame(), w.genome()}.step()
			total += pairs
		}
		if got := float64(total) / seeds / float64(n); math.Abs(got-8) > 0.3 {
			t.Errorf("%d boids start with %.2f neighbours, want 8", n, got)
		}
	}
}

// A shortcut is the link of a kernel whose world is in its own process.
type shortcut struct {
	*testWorld
}

func (s shortcut) LoanGenome() (*copytax.Genome, error) { return s.genome(), nil }
func (s shortcut) ReleaseFrame(*copytax.Frame) error    { return nil }
func (s shortcut) AwaitUsed(uint64) error               { return nil }

func (s shortcut) Publish(p *copytax.Policy, _ *copytax.Genome) error {
	block := *p
	block.Epoch, block.Generation = 0, 0 // that of every tick of a testWorld
	s.setPolicy(block)
	return nil
}

func (s shortcut) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	f := *s.frame()
	f.Epoch = epoch
	return &f, nil
}

// TestFlockKeepsItsNeighbours runs the kernel's own steering and breeding and
// holds the flock to the number of neighbours it was made for: a world whose
// density grew would make compute grow, and the tax look small.
func TestFlockKeepsItsNeighbours(t *testing.T) {
	for _, neighbours := range []int{8, 32, 128} {
		t.Run(fmt.Sprint(neighbours), func(t *testing.T) {
			w := newTestWorld(t, testConfig(1000, neighbours))
			k, err := flock.New(nil).NewKernel(copytax.Env{Config: w.cfg, Mark: func(uint64) {}}, shortcut{w})
			if err != nil {
				t.Fatal(err)
			}
			for tick := range 600 {
				if err := k.Begin(uint64(tick)); err != nil {
					t.Fatal(err)
				}
				w.tick(t)
				mean := float64(w.Neighbours()) / float64(w.cfg.Boids)
				if ratio := mean / float64(neighbours); ratio < 0.7 || ratio > 1.5 {
					t.Fatalf("tick %d: %.1f neighbours, want about %d", tick, mean, neighbours)
				}
				if err := k.Tick(uint64(tick)); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
