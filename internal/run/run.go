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
	// Void is told that the machine disturbed a try, why, and whether it is repeated: it
	// is then not Finished yet.
	Void(t experiment.Trial, reason string, again bool)
}

// An Observer reads the environment of a trial: what comes before it, and by what it
// returns what comes behind. See machine.Observer.
type Observer interface {
	Begin() (end func() *experiment.Environment)
}

// A Runner carries out plans.
type Runner struct {
	Lab      *lab.Lab
	Find     func(name string) (experiment.Experiment, error)
	Progress Progress
	Observer Observer // nil for a plan without a rule of the environment
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
	for _, trial := range grow.Counted(out.Recorded()) {
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

// count tells the tally of a try that is over, and what it took with all that came with it.
// One that is run again does not count.
func (c *carrier) count(exp experiment.Experiment, t experiment.Trial, got try, again bool) {
	took := time.Since(c.last)
	c.last = c.last.Add(took)
	if c.tally == nil || t.Attempt > 0 {
		return
	}
	c.tally.Took(t.Of.Group, took.Seconds())
	if e, ok := exp.(experiment.Growing); ok && got.err == nil && !again {
		c.tally.Add(e, got.samples)
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
		for again := true; again; {
			c.Progress.Starting(t, c.done, c.total)
			start := time.Now()
			try := try{err: openErr}
			if openErr == nil {
				try = c.attempt(ctx, exp, session, t)
			}
			if ctx.Err() != nil {
				return fmt.Errorf("interrupted in trial %d (%s)", t.Number, t.Of)
			}
			if t, again, err = c.record(t, try); err != nil {
				return err
			}
			c.count(exp, t, try, again)
			if !again {
				c.Progress.Finished(t, time.Since(start), try.err)
			}
		}
	}
	return nil
}

// A try is what came of a trial that was run.
type try struct {
	samples []experiment.Sample
	around  *experiment.Environment // nil if it was not read
	err     error                   // why there are no samples
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
func (c *carrier) attempt(ctx context.Context, exp experiment.Experiment, s experiment.Session, t experiment.Trial) (got try) {
	for again := 0; ; again++ {
		watch := lab.NewWatch(experiment.UsualLimit)
		got.samples, got.around, got.err = c.measure(ctx, exp, s, t)
		watch.Stop()
		stopped := watch.Err()
		if stopped == nil && !errors.Is(got.err, lab.ErrStopped) || ctx.Err() != nil || again == mostStops {
			return got
		}
		c.out.Warn(fmt.Sprintf("trial %d (%s) was run again: %v", t.Number, t.Of, cmp.Or(stopped, got.err)))
	}
}

// measure runs one trial, reads what the machine is like around it, and judges it.
func (c *carrier) measure(ctx context.Context, exp experiment.Experiment, s experiment.Session, t experiment.Trial) (samples []experiment.Sample, around *experiment.Environment, err error) {
	limit := experiment.UsualLimit
	if l, ok := exp.(experiment.Limited); ok {
		limit = l.Limit(t)
	}
	ctx, cancel := lab.WithTimeout(ctx, limit, fmt.Errorf("no end after %v: its workers wait for each other, or the machine is too slow", limit))
	defer cancel()
	world := experiment.World(exp, t)
	if err := c.refer(ctx, s, t, world); err != nil {
		return nil, nil, err
	}
	end := c.observe()
	samples, err = s.Measure(ctx, t)
	if around = end(); err != nil {
		return nil, around, err
	}
	m := c.out.Manifest()
	if err := judge.Trial(m.Plan, t, samples, exp, m.Worlds[world]); err != nil {
		return nil, around, err
	}
	if evidence := judge.Evidence(samples); world != "" && m.Worlds[world] == nil && len(evidence) > 0 {
		return samples, around, c.out.SetReference(world, evidence)
	}
	return samples, around, nil
}

// observe begins to read an environment, of which nothing is known without an observer.
func (c *carrier) observe() (end func() *experiment.Environment) {
	if c.Observer == nil {
		return func() *experiment.Environment { return nil }
	}
	return c.Observer.Begin()
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

// record puts a try on disk: its samples, or why there are none. A void one is run
// again at once if the plan says so, as the trial that is returned.
func (c *carrier) record(t experiment.Trial, got try) (next experiment.Trial, again bool, err error) {
	samples, void := got.samples, ""
	if got.err != nil {
		samples = []experiment.Sample{{Worker: experiment.Whole, Error: got.err.Error()}}
	} else {
		void = c.out.Void(got.around)
	}
	samples[0].Environment = got.around
	program := c.out.Manifest().Version.Program
	program = program[:min(store.ProgramDigits, len(program))]
	for i := range samples {
		s := &samples[i]
		s.Trial, s.Block, s.Cell, s.Attempt, s.Repeat, s.Of, s.Program, s.Void = t.Number, t.Block, t.Cell, t.Attempt, t.Repeat, t.Of, program, void
	}
	if err := c.out.Append(samples...); err != nil {
		return t, false, err
	}
	next, again = c.out.Due()
	if void != "" {
		c.Progress.Void(t, void, again)
	}
	if again {
		return next, true, nil
	}
	if c.done++; got.err != nil {
		c.failed++
	}
	return t, false, nil
}
