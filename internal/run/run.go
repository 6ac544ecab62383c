// Package run carries out a plan, whatever its experiments measure: it takes the
// trials in their order, has each measured, judges it, records it and goes on.
//
// It knows nothing of what a trial is made of (package experiment and what
// implements it), nor of what the numbers mean. Start at [Runner.Run].
package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/grow"
	"github.com/copytax/copytax/internal/judge"
	"github.com/copytax/copytax/internal/store"
)

// Progress is told what happens. Its methods are called by one goroutine.
type Progress interface {
	Starting(t experiment.Trial, done, total int)
	Finished(t experiment.Trial, took time.Duration, err error)
}

// A Runner carries out plans.
type Runner struct {
	Lab      *lab.Lab
	Find     func(name string) (experiment.Experiment, error)
	Progress Progress
}

// mostStops is how often one trial is run again because this program was stopped
// in it, before it counts as failed.
const mostStops = 3

// Run runs the trials of the run's plan that are left and records each. A trial
// that fails is recorded with its reason and the run goes on; how many did is
// returned. An error is one that ends the run: it was interrupted, or its results
// cannot be written. What was recorded before stays.
//
// A plan that grows gets its rounds here, each when all trials before it have been run.
func (r *Runner) Run(ctx context.Context, out *store.Run) (failed int, err error) {
	c := &carrier{Runner: r, out: out, last: time.Now()}
	if c.tally, err = r.recount(out); err != nil {
		return 0, err
	}
	for {
		left, total := out.Pending(), len(out.Manifest().Plan.Order())
		c.total, c.done = total, total-len(left)
		for len(left) > 0 {
			n := together(left)
			if err := c.group(ctx, left[:n]); err != nil {
				return c.failed, err
			}
			left = left[n:]
		}
		plan := out.Manifest().Plan
		if plan.Ended() {
			return c.failed, nil
		}
		if err := out.AddRound(c.tally.Next(plan)); err != nil {
			return c.failed, err
		}
	}
}

// recount returns the tally of a run that grows, of what it has recorded; nil of another.
func (r *Runner) recount(out *store.Run) (*grow.Tally, error) {
	plan := out.Manifest().Plan
	if plan.Ended() {
		return nil, nil
	}
	t := grow.New(plan)
	if n := len(plan.Rounds); n > 0 && plan.Rounds[n-1].End == "" {
		t.Resumed(plan.Rounds[n-1].Seconds)
	}
	for _, trial := range experiment.Groups(out.Recorded(), func(s experiment.Sample) int { return s.Trial }) {
		if trial[0].Error != "" {
			continue
		}
		e, err := r.growing(trial[0].Of.Experiment)
		if err != nil {
			return nil, err
		}
		t.Add(e, trial)
	}
	return t, nil
}

// growing returns the experiment of a plan that grows.
func (r *Runner) growing(name string) (experiment.Growing, error) {
	e, err := r.Find(name)
	if err != nil {
		return nil, err
	}
	g, ok := e.(experiment.Growing)
	if !ok {
		return nil, fmt.Errorf("the plan of %s grows, and the experiment does not say by which figures", name)
	}
	return g, nil
}

// together returns how many trials at the start of left are one group's, in one
// block: they share a session.
func together(left []experiment.Trial) int {
	n := 1
	for n < len(left) && left[n].Block == left[0].Block && left[n].Attempt == left[0].Attempt &&
		left[n].Of.Experiment == left[0].Of.Experiment && left[n].Of.Group == left[0].Of.Group {
		n++
	}
	return n
}

// A carrier is one run in progress.
type carrier struct {
	*Runner
	out         *store.Run
	done, total int
	failed      int
	tally       *grow.Tally // nil where the plan does not grow
	last        time.Time   // when the trial before was over
}

// count tells the tally of a trial that is over, and of all that came with it.
func (c *carrier) count(exp experiment.Experiment, t experiment.Trial, samples []experiment.Sample, err error) {
	took := time.Since(c.last)
	c.last = c.last.Add(took)
	if c.tally == nil || t.Attempt > 0 {
		return
	}
	c.tally.Took(t.Of.Group, took.Seconds())
	if e, ok := exp.(experiment.Growing); ok && err == nil {
		c.tally.Add(e, samples)
	}
}

// group runs trials that share a session. One that cannot be opened fails all of
// them.
func (c *carrier) group(ctx context.Context, trials []experiment.Trial) error {
	defer c.Lab.Clear()
	exp, err := c.Find(trials[0].Of.Experiment)
	if err != nil {
		return err
	}
	cells := make([]experiment.Cell, len(trials))
	for i, t := range trials {
		cells[i] = t.Of
	}
	session, openErr := exp.Open(ctx, c.Lab, cells)
	if openErr == nil {
		defer func() { c.warn(session.Close(), trials[0]) }()
	}
	for _, t := range trials {
		c.Progress.Starting(t, c.done, c.total)
		start := time.Now()
		samples, err := []experiment.Sample(nil), openErr
		if err == nil {
			samples, err = c.attempt(ctx, exp, session, t)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted in trial %d (%s)", t.Number, t.Of)
		}
		if err := c.record(t, samples, err); err != nil {
			return err
		}
		c.count(exp, t, samples, err)
		c.Progress.Finished(t, time.Since(start), err)
	}
	return nil
}

// warn notes an error that came too late for a trial.
func (c *carrier) warn(err error, t experiment.Trial) {
	if err != nil {
		c.out.Warn(fmt.Sprintf("behind trial %d (%s): %v", t.Number, t.Of, err))
	}
}

// attempt runs one trial, and again when this program was stopped meanwhile: what the
// workers then say of each other is not the reason of a failure, and a time that holds
// the stop is no measurement.
func (c *carrier) attempt(ctx context.Context, exp experiment.Experiment, s experiment.Session, t experiment.Trial) (samples []experiment.Sample, err error) {
	for again := 0; ; again++ {
		watch := lab.NewWatch(experiment.UsualLimit)
		samples, err = c.measure(ctx, exp, s, t)
		watch.Stop()
		stopped := watch.Err()
		if stopped == nil && !errors.Is(err, lab.ErrStopped) || ctx.Err() != nil || again == mostStops {
			return samples, err
		}
		c.out.Warn(fmt.Sprintf("trial %d (%s) was run again: %v", t.Number, t.Of, cmp.Or(stopped, err)))
	}
}

// measure runs one trial and judges it.
func (c *carrier) measure(ctx context.Context, exp experiment.Experiment, s experiment.Session, t experiment.Trial) ([]experiment.Sample, error) {
	limit := experiment.UsualLimit
	if l, ok := exp.(experiment.Limited); ok {
		limit = l.Limit(t)
	}
	ctx, cancel := lab.WithTimeout(ctx, limit, fmt.Errorf("no end after %v: its workers wait for each other, or the machine is too slow", limit))
	defer cancel()
	world := experiment.World(exp, t)
	if err := c.refer(ctx, s, t, world); err != nil {
		return nil, err
	}
	samples, err := s.Measure(ctx, t)
	if err != nil {
		return nil, err
	}
	m := c.out.Manifest()
	if err := judge.Trial(m.Plan, t, samples, exp, m.Worlds[world]); err != nil {
		return nil, err
	}
	if evidence := judge.Evidence(samples); world != "" && m.Worlds[world] == nil && len(evidence) > 0 {
		return samples, c.out.SetReference(world, evidence)
	}
	return samples, nil
}

// refer sees to it that what a trial of this world must have seen is on record
// before anything is judged by it, if the session knows it.
func (c *carrier) refer(ctx context.Context, s experiment.Session, t experiment.Trial, world string) error {
	referenced, ok := s.(experiment.Referenced)
	if _, known := c.out.Manifest().Worlds[world]; world == "" || known || !ok {
		return nil
	}
	evidence, err := referenced.Reference(ctx, t)
	if err != nil {
		return fmt.Errorf("the reference of the world: %w", err)
	}
	return c.out.SetReference(world, evidence)
}

// record puts a trial on disk: its samples, or why there are none.
func (c *carrier) record(t experiment.Trial, samples []experiment.Sample, err error) error {
	if err != nil {
		c.failed++
		samples = []experiment.Sample{{Worker: experiment.Whole, Error: err.Error()}}
	}
	program := c.out.Manifest().Version.Program
	program = program[:min(store.ProgramDigits, len(program))]
	for i := range samples {
		s := &samples[i]
		s.Trial, s.Block, s.Cell, s.Attempt, s.Of, s.Program = t.Number, t.Block, t.Cell, t.Attempt, t.Of, program
	}
	if err := c.out.Append(samples...); err != nil {
		return err
	}
	c.done++
	return nil
}
