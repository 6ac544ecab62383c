package physics

import (
	"context"
	"fmt"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
)

// A machine measures what the machine can do at most, each cell in a worker of its
// own.
type machine struct {
	setup setup
	lab   *lab.Lab
}

// Measure implements [experiment.Session].
func (m machine) Measure(ctx context.Context, t experiment.Trial) ([]experiment.Sample, error) {
	b := backend{Name: string(Native), Kind: Native}
	ask := (*client).calibrate
	if t.Of.Factors[World] == Ceiling {
		var err error
		if b, err = backendOf(t.Of.Factors[Backend]); err != nil {
			return nil, err
		}
		ask = func(c *client, ctx context.Context) (map[string]float64, error) { return c.ceiling(ctx, b) }
	}
	c, err := m.setup.start(m.lab, b.Kind)
	if err != nil {
		return nil, err
	}
	defer c.leave()
	metrics, err := ask(c, ctx)
	return []experiment.Sample{{Worker: b.Name, PID: c.p.PID(), Metrics: metrics}}, err
}

// Close implements [experiment.Session].
func (machine) Close() error { return nil }

// ceiling returns a back end's force on boids that never leave the nearest cache and
// are sorted already. It repeats the dense world until it has run for long enough to
// be timed; the counts are those of all runs together.
func (c *client) ceiling(ctx context.Context, b backend) (map[string]float64, error) {
	for reps := 1; ; reps *= 4 {
		n, err := c.numbers(ctx, []int{count, count, count, count}, "dense %s %d", b.Own, reps)
		if err != nil {
			return nil, err
		}
		ns, boids, candidates, neighbours := n[0], n[1], n[2], n[3]
		if ns == 0 || boids == 0 || candidates < boids || candidates < neighbours {
			return nil, c.fault("dense", fmt.Errorf("%d candidates and %d neighbours of %d boids in %d ns", candidates, neighbours, boids, ns))
		}
		if ns >= 4*uint64(shortest) || reps >= mostReps {
			return map[string]float64{"force_ns": float64(ns), "boids": float64(boids),
				"candidates": float64(candidates), "neighbours": float64(neighbours)}, nil
		}
	}
}
