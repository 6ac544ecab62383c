package ladder

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/control"
)

// Names of what the samples hold.
const (
	cpuMetric     = "process_cpu_ns"
	wallMetric    = "wall_ns"
	computeWall   = "wall_compute_ns" // there is no tick without computing
	latencyMetric = control.Latency   // a histogram
	phasePrefix   = "cpu_"            // before a phase's name
	phaseSuffix   = "_ns"             // behind it
)

// phaseMetric is the CPU of a phase.
func phaseMetric(name string) string { return phasePrefix + name + phaseSuffix }

// phasesOf returns the phases that any of the samples has CPU of: the standard
// ones in their order, behind them others by name, and last what is no work of a role's.
func phasesOf(samples experiment.Samples) []string {
	found := map[string]bool{}
	for _, s := range samples {
		for metric := range s.Metrics {
			name, before := strings.CutPrefix(metric, phasePrefix)
			name, behind := strings.CutSuffix(name, phaseSuffix)
			if before && behind {
				found[name] = true
			}
		}
	}
	var names, last []string
	for p := range copytax.StandardPhases {
		if !found[p.String()] {
			continue
		}
		delete(found, p.String())
		if p == copytax.Residual || p == copytax.Metering {
			last = append(last, p.String())
		} else {
			names = append(names, p.String())
		}
	}
	return slices.Concat(names, slices.Sorted(maps.Keys(found)), last)
}

// A trial is what all roles of one successful trial add up to, over the ticks of
// its window. Times are in nanoseconds.
type trial struct {
	number, block int
	moment        experiment.Moment // within which its costs are compared
	arm, world    string            // world is its condition: see conditionOf
	group         string            // of its cell
	config        copytax.Config

	roles   experiment.Samples
	cpu     float64        // of all processes: the denominator of the additive tax
	phase   []float64      // CPU, by the phases of the analysis; none is below zero: see raise
	sources [parts]float64 // of the CPU: see partOf
	wall    float64        // length of the longest role's window
	latency *experiment.Histogram
	// undisturbed is the CPU of a tick in the p10 of the stretches of the window; NaN where a
	// process does not tell.
	undisturbed float64
}

// fold adds up the samples of each trial, in the order of the trials' first samples.
func fold(samples experiment.Samples, phases []string) (trials []*trial, err error) {
	for _, roles := range experiment.Groups(samples, func(s experiment.Sample) int { return s.Trial }) {
		first := roles[0]
		t := &trial{
			number: first.Trial, block: first.Block, moment: first.Moment(), arm: first.Factor(experiment.Arm), world: conditionOf(first.Of), group: first.Of.Group,
			roles: roles, cpu: roles.Sum(cpuMetric),
		}
		if t.config, err = configOf(first.Of); err != nil {
			return nil, err
		}
		if t.cpu <= 0 {
			return nil, fmt.Errorf("trial %d (%s, %s): no CPU time was measured", t.number, t.arm, t.world)
		}
		for _, name := range phases {
			t.phase = append(t.phase, roles.Sum(phaseMetric(name)))
		}
		raise(t.phase, slices.Index(phases, copytax.Residual.String()))
		t.divide(phases)
		for _, s := range roles {
			t.wall = max(t.wall, s.Metrics[wallMetric])
		}
		t.latency, t.undisturbed = t.histogram(latencyMetric), undisturbed(roles, t.config)
		trials = append(trials, t)
	}
	return trials, nil
}

// raise moves what is below zero in a phase to the residual, so that the sum stays. A
// phase that takes next to nothing can come out there, since it is scaled from a sample
// and the cost of the clocks is taken out of it. What the residual does not have is taken
// from all others alike.
func raise(phase []float64, residual int) {
	lacking, above := 0.0, 0.0
	for p, ns := range phase {
		if ns < 0 {
			lacking -= ns
			phase[p] = 0
		}
		above += phase[p]
	}
	if lacking == 0 {
		return
	}
	if residual >= 0 {
		moved := min(lacking, phase[residual])
		phase[residual] -= moved
		lacking, above = lacking-moved, above-moved
	}
	if lacking > 0 && above > lacking {
		for p := range phase {
			phase[p] *= 1 - lacking/above
		}
	}
}

// closure is |Σ phases − process CPU| ÷ process CPU: how much CPU the phases lost
// or made up.
func (t *trial) closure() float64 {
	sum := 0.0
	for _, ns := range t.phase {
		sum += ns
	}
	return math.Abs(sum-t.cpu) / t.cpu
}

// share is the CPU of a phase as a share of process CPU. One minus that of compute
// is the trial's additive tax.
func (t *trial) share(p copytax.Phase) float64 { return t.roles.Sum(phaseMetric(p.String())) / t.cpu }

// computeShare is that of the world: of its steps, and of its picture if there is one.
func (t *trial) computeShare() float64 {
	return t.share(copytax.Compute) + t.roles.Sum(phaseMetric(drawPhase))/t.cpu
}

// drawPhase is charged with what a viewer does to draw, behind the upload.
const drawPhase = "draw"

// meterShare is the meter's own cost.
func (t *trial) meterShare() float64 { return t.share(copytax.Metering) }

// histogram returns the trial's histogram of a name, nil if no role has one.
func (t *trial) histogram(name string) *experiment.Histogram {
	for _, s := range t.roles {
		if h := s.Histograms[name]; h != nil {
			return h
		}
	}
	return nil
}

const (
	// closureGate is the closure error beyond which a trial's phases are not to be
	// cited.
	closureGate = 0.05
	// closureBoids is the size from which the gate holds: in a smaller world a tick
	// costs little more than the clocks that divide it.
	closureBoids = 1_000
)

// unclosed says which arms have trials that miss the gate, and by how much, a
// sentence each, in the order of running. labels name the worlds.
func unclosed(trials []*trial, labels map[string]string) (notes []string) {
	missed := slices.DeleteFunc(slices.Clone(trials), func(t *trial) bool {
		return t.config.Boids < closureBoids || t.closure() <= closureGate
	})
	for _, cell := range experiment.Groups(missed, func(t *trial) [2]string { return [2]string{t.arm, t.world} }) {
		worst := slices.MaxFunc(cell, func(a, b *trial) int { return cmp.Compare(a.closure(), b.closure()) })
		notes = append(notes, fmt.Sprintf("Closure: %s with %s: in %d trial(s) the phases miss the CPU of the processes by more than %.0f%%, "+
			"by %.1f%% at worst; do not cite their phases or the additive tax.",
			worst.arm, labels[worst.world], len(cell), 100*closureGate, 100*worst.closure()))
	}
	return notes
}
