package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/peer"
	"github.com/copytax/copytax/internal/store"
)

// Progress is told what happens. Its methods are called by one goroutine.
type Progress interface {
	Starting(s Step, done, total int)
	Finished(s Step, took time.Duration, err error)
}

// A Step is one trial, of roles or of a gauge, as progress is told of it.
type Step struct {
	Number int    // in the run, from 0
	Block  int    // from 0
	What   string // the arm and its condition; steps of one What take about the same time
}

func (t Trial) step() Step {
	return Step{Number: t.Number, Block: t.Block, What: fmt.Sprintf("%s, %d boids", t.Arm.Name, t.Config.Boids)}
}

// A Runner carries out a plan.
type Runner struct {
	Supervisor *peer.Supervisor
	Transport  func(name string) (copytax.Transport, error)
	Progress   Progress
	// Native returns the program that plays the engine of a native arm; nil
	// where the plan has none.
	Native func(copytax.Config) (*peer.Program, error)
}

// Run runs the trials of the run's plan that are not recorded yet and records
// each. A trial that fails is recorded with its reason and the run goes on; how
// many did is returned. An error is one that ends the run: it was interrupted,
// or its results cannot be written. What was recorded before stays.
func (r Runner) Run(ctx context.Context, run *store.Run) (failed int, err error) {
	plan := run.Manifest().Plan
	trials, done := Order(plan), run.Done()
	g := newGate(run.Samples())
	finished := len(done)
	for _, t := range trials {
		if done[t.Number] {
			continue
		}
		r.Progress.Starting(t.step(), finished, len(trials))
		start := time.Now()
		samples, trialErr := r.trial(ctx, plan.Scenario, t, g)
		if err := ctx.Err(); err != nil {
			return failed, fmt.Errorf("interrupted in trial %d (%s, %d boids); continue with: copytax run --resume %s",
				t.Number, t.Arm.Name, t.Config.Boids, run.Dir())
		}
		if trialErr != nil {
			failed++
			samples = []store.Sample{t.failed(plan.Scenario, trialErr)}
		}
		if err := run.Append(samples...); err != nil {
			return failed, err
		}
		finished++
		r.Progress.Finished(t.step(), time.Since(start), trialErr)
	}
	return failed, nil
}

// trial runs one trial and turns what its roles report into samples.
func (r Runner) trial(ctx context.Context, scenario string, t Trial, g *gate) ([]store.Sample, error) {
	transport, err := r.Transport(t.Arm.Transport)
	if err != nil {
		return nil, err
	}
	engine, err := r.engine(t)
	if err != nil {
		return nil, err
	}
	reports, err := r.Supervisor.Run(ctx, peer.Trial{
		Scenario: scenario, Transport: transport, Config: t.Config, Engine: engine,
		Draw: t.Config.Seed<<32 ^ uint64(t.Number), Timeout: timeout(t.Config),
	})
	if err != nil {
		return nil, err
	}
	samples, err := t.samples(scenario, reports)
	if err != nil {
		return nil, err
	}
	return samples, g.pass(samples, transport.Info())
}

// engine returns the program that plays the trial's engine, nil for copytax.
func (r Runner) engine(t Trial) (*peer.Program, error) {
	switch {
	case t.Arm.Engine == "":
		return nil, nil
	case t.Arm.Engine != store.Native || r.Native == nil:
		return nil, fmt.Errorf("arm %s: there is no engine %q here", t.Arm.Name, t.Arm.Engine)
	}
	return r.Native(t.Config)
}

const (
	startTimeout = 30 * time.Second // for the processes to start and end
	boidTimeout  = 40 * time.Microsecond
	tickTimeout  = 20 * time.Millisecond
)

// timeout returns how long a trial may take: ten times what the slowest
// transport that we know of needs, text over HTTP.
func timeout(c copytax.Config) time.Duration {
	ticks := time.Duration(c.WarmUp + c.Ticks + 1)
	return startTimeout + ticks*(tickTimeout+time.Duration(c.Boids)*boidTimeout)
}

// stamp fills in what identifies the trial.
func (t Trial) stamp(s *store.Sample, scenario string) {
	s.Trial, s.Block, s.Arm = t.Number, t.Block, t.Arm.Name
	s.Scenario, s.Transport, s.Config = scenario, t.Arm.Transport, t.Config
}

// failed returns the only line of a trial that failed.
func (t Trial) failed(scenario string, err error) store.Sample {
	s := store.Sample{Role: "trial", Host: "trial", Error: err.Error()}
	t.stamp(&s, scenario)
	return s
}

// samples gathers the samples of all processes and joins the times of the
// kernel with those of the viewer to the latency.
func (t Trial) samples(scenario string, reports []*peer.Report) ([]store.Sample, error) {
	var samples []store.Sample
	var published, used []int64
	for _, r := range reports {
		samples = append(samples, r.Samples...)
		if len(r.Published) > 0 {
			published = r.Published
		}
		if len(r.Used) > 0 {
			used = r.Used
		}
	}
	if len(samples) != int(copytax.NumRoles) {
		return nil, fmt.Errorf("%d roles reported, want %d", len(samples), copytax.NumRoles)
	}
	latency, err := newLatency(published, used)
	if err != nil {
		return nil, err
	}
	for i := range samples {
		t.stamp(&samples[i], scenario)
		if samples[i].Role == copytax.Viewer.String() {
			samples[i].Latency = latency
		}
	}
	return samples, nil
}
