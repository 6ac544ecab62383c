package experiment

import (
	"encoding/json"
	"slices"
)

// Results are a run as a report is made of it.
type Results struct {
	Name     string // of the run
	Plan     Plan   // with the cells of one experiment, or of all
	Complete bool   // every trial of the plan is recorded
	// Samples are those of successful trials, of the last try of the last attempt of
	// each, in the order of running. That may be void too, and says so.
	Samples  Samples
	Failures []Failure
	// Voided are the tries that do not count, in the order of running.
	Voided []Voided
	// Machine is the fingerprint of the machine, a JSON object.
	Machine json.RawMessage
	Go      string // version of Go that made the programs
}

// A Failure is a trial that gave no numbers.
type Failure struct {
	Trial
	Reason string
	// Mended is set when a later attempt succeeded.
	Mended bool
}

// A Voided is a try that was void, for what the machine did around it, and was repeated.
type Voided struct {
	Trial
	Reason  string
	Samples Samples
}

// StillVoid returns the first sample of each trial that counts although its last try
// was void as well, in the order of running.
func (r *Results) StillVoid() (first Samples) {
	for _, try := range Groups(r.Samples, func(s Sample) int { return s.Trial }) {
		if try[0].Void != "" {
			first = append(first, try[0])
		}
	}
	return first
}

// Of returns the results of one experiment of the run.
func (r *Results) Of(experiment string) *Results {
	part := *r
	part.Samples = r.Samples.Keep(func(s Sample) bool { return s.Of.Experiment == experiment })
	part.Failures = slices.DeleteFunc(slices.Clone(r.Failures), func(f Failure) bool { return f.Trial.Of.Experiment != experiment })
	part.Voided = slices.DeleteFunc(slices.Clone(r.Voided), func(v Voided) bool { return v.Trial.Of.Experiment != experiment })
	return &part
}

// CompleteBlocks returns how many blocks have a sample or a failure of each of their
// trials.
func (r *Results) CompleteBlocks() (complete int) {
	type trial struct{ block, cell int }
	seen, cells := map[trial]bool{}, map[int]int{} // cells seen of each block
	for _, s := range r.Samples {
		seen[trial{s.Block, s.Cell}] = true
	}
	for _, f := range r.Failures {
		seen[trial{f.Block, f.Cell}] = true
	}
	for t := range seen {
		if cells[t.block]++; cells[t.block] == len(r.Plan.Cells) {
			complete++
		}
	}
	return complete
}
