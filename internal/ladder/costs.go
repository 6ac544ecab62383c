package ladder

import (
	"maps"
	"math"
	"strconv"

	"github.com/copytax/copytax/experiment"
)

var _ experiment.Comparable = (*Ladder)(nil)

// varied are the factors that do not keep two runs from being compared: they decide
// which world of a kind it is and how long it is looked at, and which browser it was.
func varied() []string { return []string{factorSeed, "warm_up", "ticks", factorBrowser} }

// Costs implements [experiment.Comparable].
func (l *Ladder) Costs(r *experiment.Results) ([]experiment.Cost, error) {
	a, err := analyze(r)
	if err != nil {
		return nil, err
	}
	var all []experiment.Cost
	for _, w := range a.worlds {
		for _, one := range w.measured() {
			all = append(all, one.costs(w)...)
		}
	}
	return all, nil
}

// costs returns those of an arm in its world. What it has no value of is not among them.
func (a *arm) costs(w *world) (all []experiment.Cost) {
	cell, varied := matchOf(a.trials[0])
	add := func(metric, name string, floored bool, values []float64) {
		if len(values) > 0 {
			all = append(all, experiment.Cost{
				Cell: cell, Varied: varied, World: w.label, Arm: a.name, Metric: metric, Name: name, Floored: floored, Values: values,
			})
		}
	}
	add(experiment.CPUCost, "CPU a tick", false, a.perBlock(func(t *trial) float64 { return t.cpu / float64(t.config.Ticks) }))
	add(experiment.P50Cost, "latency p50", false, a.perBlock(func(t *trial) float64 { return statisticOf(t.latency, "p50") }))
	add(experiment.TaxCost, "additive tax", true, inverses(a.additive.ratios))
	add(experiment.TaxCost, "differential tax", true, inverses(a.differential.ratios))
	add(experiment.TaxCost, "latency tax of p50", true, inverses(a.latencyTax["p50"].ratios))
	return all
}

// perBlock returns one value a block: of several trials the geometric mean, since these
// are of one time and no two samples.
func (a *arm) perBlock(of func(*trial) float64) (values []float64) {
	for _, trials := range experiment.Groups(a.trials, func(t *trial) int { return t.block }) {
		sum := 0.0
		for _, t := range trials {
			sum += math.Log(of(t))
		}
		values = append(values, math.Exp(sum/float64(len(trials))))
	}
	return values
}

func inverses(ratios []float64) []float64 {
	xs := make([]float64, len(ratios))
	for i, r := range ratios {
		xs[i] = 1 / r
	}
	return xs
}

// matchOf returns the factors of a trial in today's form, and those of them that may
// vary apart. Earlier runs have the placement and the pace under other names, or not.
func matchOf(t *trial) (cell, apart experiment.Factors) {
	of := t.roles[0].Of
	cell, apart = maps.Clone(of.Factors), experiment.Factors{}
	placement, _ := placementOf(of) // where it means nothing its trials have said so
	delete(cell, factorEngine)
	cell[factorPlacement], cell[factorPace], cell[factorFrames] = placement.String(), paceOf(t.config), framesOf(t.config)
	for name, n := range wholeNumbers(&t.config) {
		cell[name] = strconv.Itoa(*n)
	}
	for _, name := range varied() {
		if value, ok := cell[name]; ok {
			apart[name] = value
			delete(cell, name)
		}
	}
	return cell, apart
}
