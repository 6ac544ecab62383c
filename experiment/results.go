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
	// Samples are those of successful trials, of the last attempt of each, in the
	// order of running.
	Samples  Samples
	Failures []Failure
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

// Of returns the results of one experiment of the run.
func (r *Results) Of(experiment string) *Results {
	part := *r
	part.Samples = r.Samples.Keep(func(s Sample) bool { return s.Of.Experiment == experiment })
	part.Failures = slices.DeleteFunc(slices.Clone(r.Failures), func(f Failure) bool { return f.Trial.Of.Experiment != experiment })
	return &part
}

// CompleteBlocks returns how many blocks have a sample or a failure of each of their
// trials.
func (r *Results) CompleteBlocks() (complete int) {
	trials := map[[2]int]bool{}
	cells := map[int]int{} // of each block, that have been seen
	note := func(block, cell int) {
		if at := [2]int{block, cell}; !trials[at] {
			trials[at] = true
			cells[block]++
		}
	}
	for _, s := range r.Samples {
		note(s.Block, s.Cell)
	}
	for _, f := range r.Failures {
		note(f.Block, f.Cell)
	}
	for _, n := range cells {
		if n == len(r.Plan.Cells) {
			complete++
		}
	}
	return complete
}
