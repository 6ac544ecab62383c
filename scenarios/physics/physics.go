// Package physics measures the physics alone: how fast each back end steps a
// flock, where the time of a boid goes, and how far that is from what the machine
// could do at most.
//
// Workers that speak lines do the work, in fresh processes for every world of
// every block. They are held to one world bit for bit, by a reference in this
// process, before anything is timed. It judges no transport. Start at [New], at
// session.go for how a cell is measured, at report.go for what it means.
package physics

import (
	"context"
	"runtime"
	"strconv"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/physics/worker"
)

// Name is that of the experiment.
const Name = "physics"

// The factors of a cell. A world is one of the catalogue, or stands for the
// machine: its constants, or the ceiling of a back end.
const (
	World     = "world"
	Backend   = "backend"
	Browser   = "browser" // of a cell in a tab: its version, and what draws for it
	Constants = "constants"
	Ceiling   = "ceiling"
)

const (
	workerJob    = "physics-worker"
	machineGroup = "machine"
	patience     = 20 * time.Minute // a million boids with 33 neighbours in JavaScript take a minute to warm up
)

// New returns the experiment.
func New() experiment.Experiment { return &physics{} }

// physics holds how workers are started here, as the last plan found out.
type physics struct{ setup setup }

// Name implements [experiment.Experiment].
func (*physics) Name() string { return Name }

// Summary implements [experiment.Experiment].
func (*physics) Summary() string {
	return "the physics alone: every back end, where the time of a boid goes, how far from the limit"
}

// Options implements [experiment.Experiment].
func (*physics) Options() []experiment.Option {
	threads := strconv.Itoa(min(runtime.NumCPU(), worker.MaxThreads))
	return []experiment.Option{
		{Name: "world", Usage: "`worlds` of the physics by name or pattern, separated by commas (default the profile's)"},
		{Name: "backend", Usage: "`back ends` of the physics by name or pattern, separated by commas (default all)"},
		{Name: "threads", Usage: "`number` of threads of back ends of the physics that use several", Default: threads},
		{Name: "native", Usage: "`path` of the native worker of the physics", Default: "rust/target/release/flock-worker", Program: true},
		{Name: "native-scalar", Usage: "`path` of the same, built without auto-vectorisation", Default: "rust/target/scalar/release/flock-worker", Program: true},
		{Name: "node", Usage: "`path` of the program that runs JavaScript", Default: "node", Program: true},
		{Name: "js-worker", Usage: "`path` of the worker of the physics in JavaScript", Default: "browser/physics/worker.mjs", Program: true},
		{Name: "browser", Usage: "the browser of --placement tab and of the physics in a tab (default chromium-headless-shell or chromium)", Program: true},
		{Name: "module", Usage: "`modules` of WebAssembly for V8, as NAME=PATH, separated by commas", Program: true,
			Default: "wasm=scenarios/flock/wasmhost/flock.wasm,wasm-scalar=scenarios/flock/wasmhost/flock-scalar.wasm"},
	}
}

// Open implements [experiment.Experiment]. It starts nothing yet: the first trial
// says in which block, and so at which tick, its world is measured.
func (p *physics) Open(_ context.Context, l *lab.Lab, cells []experiment.Cell) (experiment.Session, error) {
	if cells[0].Group == machineGroup {
		return calibration{p.setup, l}, nil
	}
	world, err := worlds().Find(cells[0].Factors[World])
	if err != nil {
		return nil, err
	}
	s := &session{setup: p.setup, lab: l, world: world, backends: map[string]backend{}, members: map[Kind]*member{}}
	for _, c := range cells {
		b, err := backends().Find(c.Factors[Backend])
		if err != nil {
			return nil, err
		}
		s.backends[b.Name], s.members[b.Kind] = b, &member{}
	}
	return s, nil
}

// Limit implements [experiment.Limited].
func (*physics) Limit(experiment.Trial) time.Duration { return patience }

// World implements [experiment.Worldly]: the flock at the tick of a block.
func (*physics) World(t experiment.Trial) string {
	if t.Of.Group == machineGroup {
		return ""
	}
	return "world=" + t.Of.Factors[World] + " tick=" + strconv.Itoa(tickOf(t.Block))
}

// Duties implements [experiment.Experiment].
func (*physics) Duties(p experiment.Plan, c experiment.Cell) []experiment.Duty {
	duty := experiment.Duty{Worker: c.Factors[Backend]}
	switch c.Factors[World] {
	case Constants:
		duty.Metrics = []string{"l2_read_gbs", "read_gbs", "write_gbs"}
	case Ceiling:
		duty.Metrics = []string{"force_ns", "boids", "candidates", "neighbours"}
	default:
		duty.Evidence = []string{"chain"}
		duty.Metrics = []string{"tick", "neighbours", "candidates"}
		b := planned(p, duty.Worker)
		if b.Shader {
			duty.Metrics = append(duty.Metrics, ofBoundMetric, judgedMetric)
		}
		for _, phase := range b.phases() {
			duty.Metrics = append(duty.Metrics, string(phase)+"_ns", string(phase)+"_runs")
		}
	}
	return []experiment.Duty{duty}
}

// planned is a back end as a plan describes it, zero where it does not.
func planned(p experiment.Plan, name string) (b backend) {
	for _, l := range p.Levels {
		if l.Factor == Backend && l.Value == name {
			b, _ = backendAt(l) // what is wrong with a level the report says
		}
	}
	return b
}

// Jobs implements [experiment.Experiment].
func (*physics) Jobs() map[string]lab.Job { return map[string]lab.Job{workerJob: worker.Serve} }
