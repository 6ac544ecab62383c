package ladder

import (
	"fmt"
	"math"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/control"
)

// leastStretches is how many stretches a p10 takes: three below it.
const leastStretches = 30

// undisturbed returns the CPU of a tick in the p10, by nearest rank, of the stretches of a
// trial: what a tick costs while nothing else disturbs it. A stretch is of the same ticks in
// all processes, and its CPU is theirs together. It is NaN where one of them does not tell,
// and where there are too few stretches.
func undisturbed(roles experiment.Samples, c copytax.Config) float64 {
	ticks, n := control.StretchTicks(c)
	cpu := make([]int64, n)
	for _, s := range roles {
		if s.Shares != "" {
			continue
		}
		series := s.Series[control.StretchCPU]
		if len(series) != n {
			return math.NaN()
		}
		for i, ns := range series {
			cpu[i] += ns
		}
	}
	if n < leastStretches {
		return math.NaN()
	}
	slices.Sort(cpu)
	return float64(cpu[int(math.Ceil(0.1*float64(n)))-1]) / float64(ticks)
}

// stretched is the cost of a tick undisturbed, nothing where no trial of the run tells.
func (a *analysis) stretched() []cost {
	if !slices.ContainsFunc(a.trials, func(t *trial) bool { return !math.IsNaN(t.undisturbed) }) {
		return nil
	}
	return []cost{{"cpu, undisturbed (p10)", "us/tick", perMicro, func(t *trial) float64 { return t.undisturbed }}}
}

// stretchSense checks the series of a process's stretches: they are as many as the config
// says, and together no more than the window.
func stretchSense(s experiment.Sample, c copytax.Config) error {
	_, n := control.StretchTicks(c)
	for _, one := range []struct{ series, whole string }{{control.StretchCPU, cpuMetric}, {control.StretchWall, wallMetric}} {
		series, ok := s.Series[one.series]
		if !ok {
			continue
		}
		sum := int64(0)
		for i, ns := range series {
			if ns < 0 {
				return fmt.Errorf("%s %d is %d", one.series, i, ns)
			}
			sum += ns
		}
		if len(series) != n || float64(sum) > s.Metrics[one.whole] {
			return fmt.Errorf("%d %s, %d in all: want %d, and no more than the %s of %v", len(series), one.series, sum, n, one.whole, s.Metrics[one.whole])
		}
	}
	if series, ok := s.Series[latencyMetric]; ok && len(series) != c.Ticks {
		return fmt.Errorf("%d %s one by one, of %d ticks", len(series), latencyMetric, c.Ticks)
	}
	return nil
}
