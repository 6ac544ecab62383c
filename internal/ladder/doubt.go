package ladder

import (
	"fmt"
	"math"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/internal/judge"
)

// Compute is the same work under every transport, so that what an arm computes
// longer than the baseline is either dearer there, as with cold caches, or is the
// transport's work in the wrong phase: its additive tax is then too small, and a gap
// opens between it and the differential one. In the reference run the interval of the
// ratio begins at 1.45 at most, with HTTP in the smallest world, where compute is a
// fiftieth of all that HTTP costs; where it is half of what a transport costs over the
// baseline, at 1.00.
const (
	excessAnyway = 2.0 // from this ratio on whatever else the arm costs
	excessShare  = 0.5 // of what the arm costs over the baseline,
	excessLeast  = 1.1 // and from this ratio on
)

// An excess is how much longer an arm computes than the baseline.
type excess struct {
	stats.Estimate         // 1 − compute of the baseline ÷ that of the arm, paired by block
	share          float64 // of what the arm costs over the baseline
}

func excessOf(pairs [][2]*trial) excess {
	e := excess{Estimate: taxOf(pairs, computeCPU).Estimate}
	compute, all := 0.0, 0.0
	for _, p := range pairs {
		compute += computeCPU(p[1]) - computeCPU(p[0])
		all += p[1].cpu - p[0].cpu
	}
	e.share = compute / all
	return e
}

func computeCPU(t *trial) float64 { return t.roles.Sum(phaseMetric(copytax.Compute.String())) }

// ratio is the lower end of compute of the arm ÷ that of the baseline, and the value
// itself where there is no interval.
func (e excess) ratio() float64 {
	if e.HasInterval() {
		return 1 / (1 - e.Low)
	}
	return 1 / (1 - e.Value)
}

// unexplained reports whether the arm computes longer than an honest one would.
func (e excess) unexplained() bool {
	if math.IsNaN(e.Value) {
		return false
	}
	return e.ratio() >= excessAnyway || e.HasInterval() && e.ratio() >= excessLeast && e.share >= excessShare
}

// untaxed says which trials have no additive tax, since less than nothing is no share:
// a phase is scaled from a sample, and what the meter itself costs is taken out of it.
func (w *world) untaxed() (notes []string) {
	for _, a := range w.arms {
		without := 0
		for _, t := range a.trials {
			if !(t.computeShare() > 0) {
				without++
			}
		}
		rest := "its additive tax is that of the others alone"
		switch without {
		case 0:
			continue
		case len(a.trials):
			rest = "it has no additive tax"
		}
		notes = append(notes, fmt.Sprintf("Additive tax: %s with %s: in %d of %d trials compute comes out at no CPU, or less; %s.",
			label(a.name), w.label, without, len(a.trials), rest))
	}
	return notes
}

// gaps says which arms have an additive tax that their compute does not bear out.
func (w *world) gaps() (notes []string) {
	for _, a := range w.measured() {
		if !a.excess.unexplained() {
			continue
		}
		notes = append(notes, fmt.Sprintf("Gap between the taxes: %s with %s: its roles compute for %.2f times as long as those of %s, or longer, "+
			"and compute is the same work: work of the transport may be charged to compute, or compute is dearer here (cold caches, shared cores). "+
			"Its additive tax of %.1f%% may be too small; look before you cite it or the phases. "+
			"The differential tax of %.1f%% does not depend on phases.",
			a.name, w.label, a.excess.ratio(), Baseline, 100*a.additive.Value, 100*a.differential.Value))
	}
	return notes
}

// outlays says where CPU was used outside the roles, of which no tax knows. labels name
// the worlds.
func outlays(trials []*trial, labels map[string]string) (notes []string) {
	for _, cell := range experiment.Groups(trials, func(t *trial) [2]string { return [2]string{t.arm, t.world} }) {
		count, first := 0, ""
		for _, t := range cell {
			if said := judge.Supervised(t.roles); said != "" {
				if count++; first == "" {
					first = said
				}
			}
		}
		if count > 0 {
			notes = append(notes, fmt.Sprintf("CPU outside the roles, which is in no tax: %s with %s, in %d of %d trials; in the first, %s.",
				cell[0].arm, labels[cell[0].world], count, len(cell), first))
		}
	}
	return notes
}

// plausible voids a trial in which a link says of itself what the meter and the
// operating system contradict.
func (l *Ladder) plausible(c experiment.Cell, config copytax.Config, samples []experiment.Sample) error {
	t, err := l.Find(c.Factors[factorTransport])
	if err != nil {
		return nil // a transport that this program does not have: it was judged by the one that ran it
	}
	info, moved := t.Info(), 0.0
	for _, s := range samples {
		if err := judge.Charges(s); err != nil && !(info.OneProcess && !info.Concurrent) {
			return err
		}
		moved += s.Metrics["wire_bytes"] + s.Metrics["copied_bytes"]
	}
	if least := float64(config.Boids) * float64(config.Ticks); !info.OneProcess && !info.ZeroCopy && moved < least {
		return fmt.Errorf("the links of %s count %.0f bytes, copied and on the wire together, for %d frames of %d boids: less than one a boid, which no codec can do",
			c.Factors[experiment.Arm], moved, config.Ticks, config.Boids)
	}
	return judge.Counts(samples, config.Ticks)
}
