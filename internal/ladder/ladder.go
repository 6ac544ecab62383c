// Package ladder is the experiment that runs one workload, a [copytax.Scenario],
// under one transport after another and prices what moving the bytes costs: the
// additive, the differential and the latency tax.
//
// It knows how such a run is planned, how a trial is measured and what its samples
// mean. It does not know which transports and workloads there are, how a role is
// run (package control), what makes a trial void (package judge) nor how a report
// looks. Start at [New]; [Ladder.Plan] says what is measured, [Ladder.Report] what
// it means.
package ladder

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/control"
	"github.com/copytax/copytax/internal/judge"
)

// Baseline is the transport that every other is compared with. It runs twice in
// each block, to show how far two equal arms lie apart.
const Baseline = "direct"

// again is behind the name of an arm that is another one once more.
const again = "#aa"

// AA is the baseline's.
const AA = Baseline + again

// isAgain reports whether an arm is another one once more, and of which name.
func isAgain(arm string) (of string, is bool) { return strings.CutSuffix(arm, again) }

// A Config is what a ladder is made of.
type Config struct {
	Scenario copytax.Scenario
	// Find returns the transport called name, Ladder those of the default set, by
	// their place, and Match those that match any of the patterns, in the same order;
	// a pattern without a match is an error. The values are fresh at each call.
	Find   func(name string) (copytax.Transport, error)
	Ladder func() []copytax.Transport
	Match  func(patterns []string) ([]copytax.Transport, error)
	// Modules returns those that the transport called name is of; nil where all are of
	// this tree.
	Modules func(name string) []experiment.Module
	// Attach is the transport whose hub others can attach to, empty for none.
	Attach string
	// FirstPolicy returns the policy of the first frame, which a native engine
	// cannot compute; nil where the scenario has no native engine.
	FirstPolicy func(copytax.Config) copytax.Policy
	// Browser is where all roles can be in a tab; nil where they cannot.
	Browser Browser
}

// A Browser can have all roles of a trial in a tab. path names its program, and is empty
// for the one that it finds.
type Browser interface {
	// Probe returns the browser's version and what draws for it, or why it cannot do it.
	Probe(ctx context.Context, path string) (what string, err error)
	// Runtime returns the runtime [copytax.Tab].
	Runtime(path string) (control.Runtime, error)
}

// A Ladder is the experiment. It belongs to one goroutine.
type Ladder struct {
	Config
	engine *Engine         // of native arms, once Equip has found it
	tab    control.Runtime // of arms in a tab, once OpenBrowser has found it
	// browser is what Plan has found of it.
	browser string
}

var (
	_ experiment.Experiment = (*Ladder)(nil)
	_ experiment.Worldly    = (*Ladder)(nil)
	_ experiment.Limited    = (*Ladder)(nil)
	_ experiment.Sensible   = (*Ladder)(nil)
	_ experiment.Candid     = (*Ladder)(nil)
	_ experiment.Growing    = (*Ladder)(nil)
	_ experiment.Referenced = (*session)(nil)
)

// New returns the ladder of a scenario.
func New(c Config) *Ladder { return &Ladder{Config: c} }

// Name implements [experiment.Experiment].
func (l *Ladder) Name() string { return l.Scenario.Name() }

// Summary implements [experiment.Experiment].
func (l *Ladder) Summary() string { return l.Scenario.Summary() }

// World implements [experiment.Worldly]: what is equal in all trials of one
// config, whatever carries its frames and whoever steps it.
func (l *Ladder) World(t experiment.Trial) string { return worldOf(t.Of) }

// Duties implements [experiment.Experiment].
func (l *Ladder) Duties(p experiment.Plan, c experiment.Cell) []experiment.Duty {
	// Plans from before the claim have no other transport in one process.
	together := p.Claims(c, experiment.OneProcess) || c.Factors[factorTransport] == Baseline
	config, _ := configOf(c) // Sense says what is wrong with it
	var duties []experiment.Duty
	for role := range copytax.NumRoles {
		d := experiment.Duty{
			Worker: role.String(), Evidence: l.owes(role, config),
			Metrics: []string{"cpu_compute_ns", computeWall, "wire_bytes", "copied_bytes"},
		}
		if !isInTab(c) { // where nobody sees those of the browser
			d.Metrics = append(d.Metrics, "syscalls")
		} else {
			d.Metrics = append(d.Metrics, ofTab(role, c.Factors[factorDisplay] == onCanvas)...)
		}
		if p.Claims(c, experiment.InPlace(role.String())) {
			d.Metrics = append(d.Metrics, judge.Offsets()...)
		}
		d.Metrics = append(d.Metrics, timesOf(role, config)...)
		if together && role != copytax.Kernel {
			d.Shares = copytax.Kernel.String()
		} else {
			d.Metrics = append(d.Metrics, wallMetric, cpuMetric)
		}
		duties = append(duties, d)
	}
	return duties
}

// timesOf names what a role's sample holds of the times of ticks.
func timesOf(role copytax.Role, c copytax.Config) []string {
	switch {
	case role == copytax.Kernel && c.Rate > 0:
		return []string{control.StartDelay}
	case role == copytax.Viewer && c.Rate > 0:
		return []string{latencyMetric, control.Service, control.Missed, control.Skipped}
	case role == copytax.Viewer:
		return []string{latencyMetric}
	}
	return nil
}

// owes returns what a role must prove. A viewer of the latest frame has no chain over
// all of them: what it saw of each was compared with what the kernel saw, and it says
// how many those were.
func (l *Ladder) owes(role copytax.Role, c copytax.Config) []string {
	owed := slices.Clone(l.evidence(role))
	if at := slices.Index(owed, "chain"); at >= 0 && role == copytax.Viewer && c.Latest {
		owed[at] = control.Frames
	}
	return owed
}

// evidence returns what the scenario says that a role must prove or, where it says
// nothing, what every reader of frames can.
func (l *Ladder) evidence(role copytax.Role) []string {
	if w, ok := l.Scenario.(copytax.Witnessing); ok {
		return w.Owes(role)
	}
	if role == copytax.Engine {
		return nil
	}
	return []string{"digest", "chain"}
}

const (
	startTimeout = 30 * time.Second // for the processes to start and end
	boidTimeout  = 40 * time.Microsecond
	tickTimeout  = 20 * time.Millisecond

	pixelTimeout      = 200 * time.Nanosecond // to draw one
	comparisonTimeout = 10 * time.Microsecond // to compare it, in all pictures together
)

// timeout returns how long a trial may take: ten times what the slowest
// transport that we know of needs, text over HTTP, and the time that its schedule asks for.
// Where a viewer draws there is the time that a processor takes for that, and for what it
// compares when the ticks are over.
func timeout(c copytax.Config) time.Duration {
	ticks := time.Duration(c.WarmUp + c.Ticks + 1)
	width, height := CanvasSize(c)
	pixels := time.Duration(width * height)
	return startTimeout + pacing(c) + pixels*comparisonTimeout + ticks*(tickTimeout+time.Duration(c.Boids)*boidTimeout+pixels*pixelTimeout)
}

// Limit implements [experiment.Limited]: the time of a trial, and of that of the
// reference before it.
func (l *Ladder) Limit(t experiment.Trial) time.Duration {
	c, err := configOf(t.Of)
	if err != nil {
		return experiment.UsualLimit // Measure says what is wrong with it
	}
	return 2 * timeout(c)
}

// Jobs implements [experiment.Experiment]. Roles are no workers of package lab:
// they have a protocol of their own.
func (l *Ladder) Jobs() map[string]lab.Job { return nil }

// Open implements [experiment.Experiment]. Trials share nothing.
func (l *Ladder) Open(_ context.Context, in *lab.Lab, _ []experiment.Cell) (experiment.Session, error) {
	return &session{ladder: l, lab: in}, nil
}

// A session runs trials.
type session struct {
	ladder *Ladder
	lab    *lab.Lab
}

// Close implements [experiment.Session].
func (s *session) Close() error { return nil }

// Measure implements [experiment.Session]: a trial in fresh processes.
func (s *session) Measure(ctx context.Context, t experiment.Trial) ([]experiment.Sample, error) {
	c, err := configOf(t.Of)
	if err != nil {
		return nil, err
	}
	transport, err := s.ladder.Find(t.Of.Factors[factorTransport])
	if err != nil {
		return nil, err
	}
	placement, err := placementOf(t.Of)
	if err != nil {
		return nil, err
	}
	return control.Run(ctx, s.lab, control.Trial{
		Scenario: s.ladder.Name(), Transport: transport, Config: c, Draw: t.Seed, Timeout: timeout(c),
		Placement: placement, Runtimes: s.ladder.runtimes(),
	})
}

// Reference implements [experiment.Referenced]: the world is what the baseline sees
// in a trial that is not published, so that whoever comes first and is wrong does
// not decide what is right.
func (s *session) Reference(ctx context.Context, t experiment.Trial) (map[string]string, error) {
	t.Of.Factors = worldFactors(t.Of)
	t.Of.Factors[experiment.Arm], t.Of.Factors[factorTransport] = Baseline, Baseline
	samples, err := s.Measure(ctx, t)
	if err != nil {
		return nil, err
	}
	return judge.Evidence(samples), judge.Agree(t, samples, nil)
}
