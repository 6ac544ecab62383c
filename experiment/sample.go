package experiment

import (
	"math"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/stats"
)

// Whole is the worker of the only sample of a trial that failed.
const Whole = "trial"

// A Sample is what one worker, or like workers measured together, found in one
// trial: a line of samples.jsonl. Names of metrics and histograms end in their
// unit (_ns, _bytes, _per_s, _fraction); one without a unit is a count.
type Sample struct {
	Trial   int    `json:"trial"`             // number of the trial in the run, from 0, in the order of running
	Block   int    `json:"block"`             // from 0
	Cell    int    `json:"cell"`              // index into the plan's cells, where the factors are
	Attempt int    `json:"attempt,omitempty"` // of the trial, when it was run again
	Repeat  int    `json:"repeat,omitempty"`  // of the attempt: how many tries of it before were void
	Worker  string `json:"worker"`            // a role, a side, a back end; Whole on the only line of a trial that failed
	// Shares names the worker in whose process it ran, where that is not its own.
	Shares string `json:"shares,omitempty"`
	PID    int    `json:"pid,omitempty"`
	// Program is the start of the BLAKE3 of the program that ran the trial, which
	// the manifest names in full.
	Program string `json:"program,omitempty"`
	// Environment is on the first line of a try, what the machine was like around it.
	Environment *Environment `json:"environment,omitempty"`
	// Void says by the plan's rule what was wrong with the environment, on every line of
	// the try. The try is repeated, or counts all the same if it is the last one.
	Void  string `json:"void,omitempty"`
	Error string `json:"error,omitempty"` // why the trial failed; nothing below is then there

	Metrics    map[string]float64    `json:"metrics,omitempty"`
	Histograms map[string]*Histogram `json:"histograms,omitempty"`
	// Series are values in the order in which they came, by name: of a histogram of the same
	// name its values one by one. On disk they have a file of their own.
	Series map[string][]int64 `json:"series,omitempty"`
	// Evidence is what the worker can prove of what it saw, by name; equal in all
	// workers that have it, and in all trials of one world.
	Evidence map[string]string `json:"evidence,omitempty"`
	// Proof is where the last frame lay in the worker's memory.
	Proof *copytax.AddressProof `json:"proof,omitempty"`

	Of Cell `json:"-"` // the cell itself, filled in when samples are read
}

// Metric returns a metric, NaN where the sample has none of that name.
func (s Sample) Metric(name string) float64 {
	if v, ok := s.Metrics[name]; ok {
		return v
	}
	return math.NaN()
}

// Factor returns a factor of the sample's cell.
func (s Sample) Factor(name string) string { return s.Of.Factors[name] }

// Samples are those of a run, or some of them.
type Samples []Sample

// Where returns the samples whose cells have the given factors, as "arm", "spin",
// "load", "idle".
func (all Samples) Where(pairs ...string) Samples {
	return all.Keep(func(s Sample) bool { return s.Of.Factors.Match(pairs...) })
}

// Keep returns the samples that a function picks.
func (all Samples) Keep(pick func(Sample) bool) (chosen Samples) {
	for _, s := range all {
		if pick(s) {
			chosen = append(chosen, s)
		}
	}
	return chosen
}

// Sum adds up a metric over the samples; what a sample lacks counts as nothing.
func (all Samples) Sum(metric string) (total float64) {
	for _, s := range all {
		total += s.Metrics[metric]
	}
	return total
}

// Values returns f of every sample.
func (all Samples) Values(f func(Sample) float64) []float64 {
	xs := make([]float64, len(all))
	for i, s := range all {
		xs[i] = f(s)
	}
	return xs
}

// Metric returns the function that picks a metric.
func Metric(name string) func(Sample) float64 {
	return func(s Sample) float64 { return s.Metric(name) }
}

// Center estimates what f gives for a sample of a further block: see
// [stats.GeoCenter]. The samples must be of one cell and one worker.
func Center(samples Samples, f func(Sample) float64) stats.Estimate {
	return stats.GeoCenter(samples.Values(f))
}

// A Moment is when a trial was run: its block and, if it was run again after the
// others of its block, the attempt. Costs are compared within a moment alone.
type Moment struct{ Block, Attempt int }

// Moment is that of the sample's trial.
func (s Sample) Moment() Moment { return Moment{s.Block, s.Attempt} }

// Ratio estimates the ratio of f over two cells, paired by the moment, as Center
// does. Moments of which one half is missing are left out.
func Ratio(numerators, denominators Samples, f func(Sample) float64) stats.Estimate {
	below := map[Moment]float64{}
	for _, s := range denominators {
		below[s.Moment()] = f(s)
	}
	var ratios []float64
	for _, s := range numerators {
		if d, ok := below[s.Moment()]; ok {
			ratios = append(ratios, f(s)/d)
		}
	}
	return stats.GeoCenter(ratios)
}
