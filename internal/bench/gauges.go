package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/internal/store"
)

// gaugeTimeout is how long one measurement of a gauge may take: many times what
// the longest one does.
const gaugeTimeout = 2 * time.Minute

// GaugePlan plans a run of gauges: every cell of each scenario once a block.
// Cells that cannot run here are kept apart, with the reason.
func GaugePlan(scenarios []gauge.Scenario, p gauge.Profile, seed uint64, blocks int) store.Plan {
	var names []string
	plan := store.Plan{Profile: string(p), Seed: seed, Blocks: blocks}
	for _, s := range scenarios {
		names = append(names, s.Name())
		for _, c := range s.Cells(p) {
			if c.Unavailable != "" {
				missing := store.Unavailable{Transport: s.Name() + " " + c.String(), Reason: c.Unavailable}
				plan.Unavailable = append(plan.Unavailable, missing)
				continue
			}
			plan.Cells = append(plan.Cells, store.Cell{Scenario: s.Name(), Cell: c})
		}
	}
	plan.Scenario = strings.Join(names, ",")
	return plan
}

// A Measurement is one cell of one block of a run of gauges.
type Measurement struct {
	Number int // from 0, in the order of running
	Block  int
	Cell   store.Cell
}

func (m Measurement) step() Step {
	return Step{Number: m.Number, Block: m.Block, What: m.Cell.Scenario + " " + m.Cell.String()}
}

// GaugeOrder returns all measurements of the plan in the order of running: in
// each block the groups of cells in random order, and the cells of a group.
func GaugeOrder(p store.Plan) []Measurement {
	var all []Measurement
	for b := range p.Blocks {
		rng := rand.New(rand.NewPCG(p.Seed, uint64(b)))
		groups := grouped(p.Cells)
		rng.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })
		for _, group := range groups {
			rng.Shuffle(len(group), func(i, j int) { group[i], group[j] = group[j], group[i] })
			for _, c := range group {
				all = append(all, Measurement{Block: b, Cell: c})
			}
		}
	}
	for i := range all {
		all[i].Number = i
	}
	return all
}

// grouped returns the cells by scenario and group, in the order in which those
// come first.
func grouped(cells []store.Cell) (groups [][]store.Cell) {
	type key struct{ scenario, group string }
	at := map[key]int{}
	for _, c := range cells {
		k := key{c.Scenario, c.Group}
		i, ok := at[k]
		if !ok {
			i = len(groups)
			at[k] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], c)
	}
	return groups
}

// A GaugeRunner carries out a plan of gauges.
type GaugeRunner struct {
	Troupe   *gauge.Troupe
	Scenario func(name string) (gauge.Scenario, error)
	Progress Progress
}

// Run makes the measurements of the run's plan that are not recorded yet, as
// Runner.Run does trials.
func (r GaugeRunner) Run(ctx context.Context, run *store.Run) (failed int, err error) {
	order, done := GaugeOrder(run.Manifest().Plan), run.Done()
	finished := len(done)
	for _, m := range order {
		if done[m.Number] {
			continue
		}
		r.Progress.Starting(m.step(), finished, len(order))
		start := time.Now()
		sample, measureErr := r.measure(ctx, m)
		if err := ctx.Err(); err != nil {
			return failed, fmt.Errorf("interrupted in trial %d (%s); continue with: copytax run --resume %s",
				m.Number, m.step().What, run.Dir())
		}
		if measureErr != nil {
			failed++
			sample = gauge.Sample{Error: measureErr.Error()}
		}
		sample.Trial, sample.Block, sample.Scenario, sample.Cell = m.Number, m.Block, m.Cell.Scenario, m.Cell.Cell
		if err := run.Record(sample); err != nil {
			return failed, err
		}
		finished++
		r.Progress.Finished(m.step(), time.Since(start), measureErr)
	}
	return failed, nil
}

func (r GaugeRunner) measure(ctx context.Context, m Measurement) (gauge.Sample, error) {
	scenario, err := r.Scenario(m.Cell.Scenario)
	if err != nil {
		return gauge.Sample{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, gaugeTimeout,
		fmt.Errorf("no end after %v: the processes wait for each other, or the machine is too slow", gaugeTimeout))
	defer cancel()
	defer r.Troupe.Disband()
	return scenario.Measure(ctx, r.Troupe, m.Cell.Cell)
}
