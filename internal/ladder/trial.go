package ladder

import (
	"cmp"
	"fmt"
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
	latencyMetric = control.Latency // a histogram
	phasePrefix   = "cpu_"          // before a phase's name
	phaseSuffix   = "_ns"           // behind it
)

// phasesOf returns the phases that any of the samples has CPU of: the standard
// ones in their order, behind them others by name.
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
	var names []string
	for p := range copytax.StandardPhases {
		if found[p.String()] {
			names = append(names, p.String())
			delete(found, p.String())
		}
	}
	standard := len(names)
	for name := range found {
		names = append(names, name)
	}
	slices.Sort(names[standard:])
	return names
}

// A trial is what all roles of one successful trial add up to, over the ticks of
// its window. Times are in nanoseconds.
type trial struct {
	number, block int
	arm, world    string
	config        copytax.Config

	sum     map[string]float64 // every metric, over all roles
	cpu     float64            // of all processes: the denominator of the additive tax
	phase   []float64          // CPU, by the phases of the analysis
	wall    float64            // length of the longest role's window
	latency *experiment.Histogram
}

// fold adds up the samples of each trial, in the order of the trials' first samples.
func fold(samples experiment.Samples, phases []string) ([]*trial, error) {
	var trials []*trial
	at := map[int]*trial{}
	for _, s := range samples {
		t := at[s.Trial]
		if t == nil {
			c, err := configOf(s.Of)
			if err != nil {
				return nil, err
			}
			t = &trial{number: s.Trial, block: s.Block, arm: s.Factor(experiment.Arm), world: worldOf(s.Of), config: c, sum: map[string]float64{}}
			trials, at[s.Trial] = append(trials, t), t
		}
		t.add(s)
	}
	for _, t := range trials {
		if t.cpu = t.sum[cpuMetric]; t.cpu <= 0 {
			return nil, fmt.Errorf("trial %d (%s, %s): no CPU time was measured", t.number, t.arm, t.world)
		}
		for _, name := range phases {
			t.phase = append(t.phase, t.sum[phasePrefix+name+phaseSuffix])
		}
	}
	return trials, nil
}

func (t *trial) add(s experiment.Sample) {
	for name, v := range s.Metrics {
		t.sum[name] += v
	}
	t.wall = max(t.wall, s.Metrics[wallMetric])
	if h := s.Histograms[latencyMetric]; h != nil {
		t.latency = h
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
func (t *trial) share(p copytax.Phase) float64 {
	return t.sum[phasePrefix+p.String()+phaseSuffix] / t.cpu
}

func (t *trial) computeShare() float64 { return t.share(copytax.Compute) }

// meterShare is the meter's own cost.
func (t *trial) meterShare() float64 { return t.share(copytax.Metering) }

// statistic returns one number of the trial's latencies, NaN if it has none.
func (t *trial) statistic(name string) float64 {
	if t.latency == nil {
		return math.NaN()
	}
	return t.latency.Statistics()[name]
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
// sentence each, in the order of running.
func unclosed(trials []*trial) (notes []string) {
	type cell struct{ arm, world string }
	missed, order := map[cell][]*trial{}, []cell{}
	for _, t := range trials {
		c := cell{t.arm, t.world}
		if t.config.Boids < closureBoids || t.closure() <= closureGate {
			continue
		}
		if missed[c] == nil {
			order = append(order, c)
		}
		missed[c] = append(missed[c], t)
	}
	for _, c := range order {
		worst := slices.MaxFunc(missed[c], func(a, b *trial) int { return cmp.Compare(a.closure(), b.closure()) })
		notes = append(notes, fmt.Sprintf("Closure: %s at %d boids: in %d trial(s) the phases miss the CPU of the processes by more than %.0f%%, "+
			"by %.1f%% at worst; do not cite their phases or the additive tax.",
			c.arm, worst.config.Boids, len(missed[c]), 100*closureGate, 100*worst.closure()))
	}
	return notes
}
