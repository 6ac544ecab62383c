package ladder

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

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
			"The differential tax of %.1f%% does not depend on phases; %s (Where the differential tax comes from).",
			a.name, w.label, a.excess.ratio(), Baseline, 100*a.additive.Value, 100*a.differential.Value, a.computeSource()))
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
// operating system contradict. Of a transport that this program does not have the
// samples alone are judged; [Ladder.Unchecked] says so.
func (l *Ladder) plausible(c experiment.Cell, config copytax.Config, samples []experiment.Sample) error {
	takeTurns, uncounted := false, false
	if t, err := l.Find(c.Factors[factorTransport]); err == nil {
		info := t.Info()
		takeTurns, uncounted = info.OneProcess && !info.Concurrent, info.OneProcess || info.ZeroCopy
	} else {
		takeTurns, uncounted = slices.ContainsFunc(samples, func(s experiment.Sample) bool { return s.Shares != "" }), true
	}
	moved := 0.0
	for _, s := range samples {
		if err := judge.Charges(s); err != nil && !takeTurns {
			return err
		}
		moved += s.Metrics["wire_bytes"] + s.Metrics["copied_bytes"]
	}
	if least := float64(config.Boids) * float64(config.Ticks); !uncounted && moved < least {
		return fmt.Errorf("the links of %s count %.0f bytes, copied and on the wire together, for %d frames of %d boids: less than one a boid, which no codec can do",
			c.Factors[experiment.Arm], moved, config.Ticks, config.Boids)
	}
	if err := witnessed(c, samples); err != nil {
		return err
	}
	return judge.Counts(samples, config.Ticks)
}

// inGo returns the samples of a cell that show a process in Go. A native engine, a
// program of this project, does not ask what it wrote.
func inGo(c experiment.Cell, samples []experiment.Sample) (processes experiment.Samples) {
	placement, _ := placementOf(c) // configOf says what is wrong with it
	for _, s := range samples {
		if role, err := copytax.ParseRole(s.Worker); err == nil && s.Shares == "" && placement[role] == copytax.Go {
			processes = append(processes, s)
		}
	}
	return processes
}

// witnessed checks that what a process moved is said of all or of none: the operating
// system does not answer one and refuse another, unless that has seen to it.
func witnessed(c experiment.Cell, samples []experiment.Sample) error {
	processes := inGo(c, samples)
	for _, s := range processes {
		missing := judge.Unwitnessed(s)
		other := slices.IndexFunc(processes, func(s experiment.Sample) bool { return len(judge.Unwitnessed(s)) < len(missing) })
		if other >= 0 {
			return fmt.Errorf("the %s of %s gave no %s, and the %s did",
				s.Worker, c.Factors[experiment.Arm], strings.Join(missing, " and no "), processes[other].Worker)
		}
	}
	return nil
}

// Unchecked implements [experiment.Candid].
func (l *Ladder) Unchecked(r *experiment.Results) (notes []string) {
	samples := r.Of(l.Name()).Samples
	unknown := map[string]bool{}
	for _, s := range samples {
		name := s.Factor(factorTransport)
		if _, ok := unknown[name]; !ok {
			_, err := l.Find(name)
			unknown[name] = err != nil
		}
	}
	maps.DeleteFunc(unknown, func(_ string, is bool) bool { return !is })
	if len(unknown) > 0 {
		notes = append(notes, fmt.Sprintf("Gate 6, a link tells the truth of itself: this program does not have %s. "+
			"The gate was applied in full by the program that ran them, and cannot be here: only what their samples say alone was checked again.",
			strings.Join(slices.Sorted(maps.Keys(unknown)), ", ")))
	}
	return append(notes, unwitnessed(samples)...)
}

// unwitnessed says in which trials links are believed, because the operating system does
// not say what their processes moved. Those of runs from before there was a pace were
// never asked.
func unwitnessed(samples experiment.Samples) (notes []string) {
	for _, arm := range experiment.Groups(samples, func(s experiment.Sample) string { return s.Factor(experiment.Arm) }) {
		trials := experiment.Groups(arm, func(s experiment.Sample) int { return s.Trial })
		without, missing := 0, map[string]bool{}
		for _, t := range trials {
			lacks := false
			for _, s := range inGo(t[0].Of, t) {
				for _, name := range judge.Unwitnessed(s) {
					missing[name], lacks = true, s.Factor(factorPace) != ""
				}
			}
			if lacks {
				without++
			}
		}
		if without > 0 {
			notes = append(notes, fmt.Sprintf("Gate 6, a link tells the truth of itself: %s has no %s in %d of %d trials, for the operating system did not say. "+
				"What its links count on the wire was believed.", arm[0].Factor(experiment.Arm), strings.Join(slices.Sorted(maps.Keys(missing)), " and no "), without, len(trials)))
		}
	}
	return notes
}
