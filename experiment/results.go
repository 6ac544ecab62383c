package experiment

import "encoding/json"

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
	part.Failures = nil
	for _, f := range r.Failures {
		if f.Trial.Of.Experiment == experiment {
			part.Failures = append(part.Failures, f)
		}
	}
	return &part
}

// BlocksBegun returns how many blocks have a sample or a failure, and how many of
// them have all their trials.
func (r *Results) BlocksBegun() (begun, complete int) {
	trials := map[int]map[int]bool{} // by block
	note := func(block, cell int) {
		if trials[block] == nil {
			trials[block] = map[int]bool{}
		}
		trials[block][cell] = true
	}
	for _, s := range r.Samples {
		note(s.Block, s.Cell)
	}
	for _, f := range r.Failures {
		note(f.Block, f.Cell)
	}
	for _, cells := range trials {
		if len(cells) == len(r.Plan.Cells) {
			complete++
		}
	}
	return len(trials), complete
}
