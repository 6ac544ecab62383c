package physics

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
)

// A calibration measures what the machine can do at most, each cell in a worker of
// its own.
type calibration struct {
	setup setup
	lab   *lab.Lab
}

// Measure implements [experiment.Session].
func (m calibration) Measure(ctx context.Context, t experiment.Trial) ([]experiment.Sample, error) {
	if t.Of.Factors[World] == Constants {
		return m.ask(ctx, Native, string(Native), func(c *client) (map[string]float64, error) { return c.calibrate(ctx) })
	}
	b, err := backends().Find(t.Of.Factors[Backend])
	if err != nil {
		return nil, err
	}
	return m.ask(ctx, b.Kind, b.Name, func(c *client) (map[string]float64, error) { return c.ceiling(ctx, b) })
}

func (m calibration) ask(ctx context.Context, kind Kind, name string, question func(*client) (map[string]float64, error)) ([]experiment.Sample, error) {
	c, err := m.setup.start(ctx, m.lab, kind)
	if err != nil {
		return nil, err
	}
	defer c.leave()
	metrics, err := question(c)
	return []experiment.Sample{{Worker: name, PID: c.p.PID(), Metrics: metrics}}, err
}

// Close implements [experiment.Session].
func (calibration) Close() error { return nil }

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

// calibrate returns the constants of this machine that the worker measured, by the
// names that it gives them, which end in their units.
func (c *client) calibrate(ctx context.Context) (map[string]float64, error) {
	words, err := c.ask(ctx, "calibrate")
	if err != nil {
		return nil, err
	}
	constants := map[string]float64{}
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		v, err := strconv.ParseFloat(value, 64)
		if err == nil && math.IsNaN(v) {
			continue // it needs instructions that this processor lacks
		}
		if err != nil || !(v > 0) || v > 1e12 {
			return nil, c.fault("calibrate", fmt.Errorf("%q is no constant", shorten(word)))
		}
		constants[name] = v
	}
	return constants, nil
}
