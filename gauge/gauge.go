// Package gauge is the vocabulary of the scenarios that measure one thing of
// the hub by itself: how soon a reader is woken, what a hand-off costs, how
// many readers a frame can have. They have no roles and no flock, so that what
// they find is the hub's alone.
//
// It holds what such scenarios share: cells and samples, histograms of latency,
// worker processes and the barrier between them, estimates over blocks. It
// imports nothing of this module and judges nothing. Start at [Scenario].
package gauge

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Scenario measures one thing of the hub under many conditions.
type Scenario interface {
	Name() string
	Summary() string // one line
	// Cells lists what is measured with a profile's effort, each cell once a
	// block. What cannot run on this machine is listed too, with the reason.
	Cells(Profile) []Cell
	// Measure plays one cell in processes started by the troupe. It fills
	// every field of the sample that the cell gives rise to, but not what
	// identifies it.
	Measure(context.Context, *Troupe, Cell) (Sample, error)
	// Jobs are what its worker processes play, by name. Names are the
	// scenario's with a dash and the part behind it.
	Jobs() map[string]Job
	// Report says what the samples of a run mean. It is given those of
	// successful measurements only, and the same samples give the same report.
	Report([]Sample) Report
}

// A Profile is how much effort a run takes.
type Profile string

// The profiles.
const (
	Quick    Profile = "quick"    // a first look, some 15 s a scenario
	Standard Profile = "standard" // numbers to cite, within five minutes a scenario
)

// ParseProfile returns the profile called name.
func ParseProfile(name string) (Profile, error) {
	switch p := Profile(name); p {
	case Quick, Standard:
		return p, nil
	}
	return "", fmt.Errorf("unknown profile %q: want %s or %s", name, Quick, Standard)
}

// Blocks is how often each cell of the profile is measured.
func (p Profile) Blocks() int {
	if p == Quick {
		return 3
	}
	return 16
}

// A Cell is one arm under one condition.
type Cell struct {
	Arm    string            `json:"arm"`
	Params map[string]string `json:"params"` // the condition, such as load: idle
	// Group names the cells that are compared with each other: a block measures
	// them one right after the other, in random order, so that what drifts does
	// so between comparisons. Cells without one are a group of all such.
	Group string `json:"group,omitempty"`
	// Unavailable says why the cell cannot run on this machine; empty if it can.
	Unavailable string `json:"unavailable,omitempty"`
}

// Condition returns the cell's parameters in order of their names, as
// "bytes=64 load=idle": equal for cells that differ in nothing but the arm.
func (c Cell) Condition() string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(c.Params)) {
		words = append(words, name+"="+c.Params[name])
	}
	return strings.Join(words, " ")
}

// String returns the arm and the condition.
func (c Cell) String() string { return strings.TrimSpace(c.Arm + " " + c.Condition()) }

// A Sample is what one cell of one block gave: a line of samples.jsonl.
type Sample struct {
	Trial    int    `json:"trial"` // number of the measurement in the run, from 0, in the order of running
	Block    int    `json:"block"` // from 0
	Scenario string `json:"scenario"`
	Cell
	Error    string             `json:"error,omitempty"`   // why there are no figures
	Latency  *Latency           `json:"latency,omitempty"` // one way, in ns, unless the scenario says otherwise
	Counters map[string]int64   `json:"counters,omitempty"`
	Values   map[string]float64 `json:"values,omitempty"` // units stand in the names: bandwidth_bytes_per_s
	CPUNS    map[string]int64   `json:"cpu_ns,omitempty"` // of each process over the measurement, by its part
}

// A Report is what a scenario's samples mean.
type Report struct {
	Verdicts []Verdict `json:"verdicts"`
	Tables   []Table   `json:"tables"`
	Curves   []Curve   `json:"curves"`
}

// A Verdict is a claim and what was found of it.
type Verdict struct {
	Claim    string `json:"claim"`
	Measured string `json:"measured"`
	Holds    string `json:"holds"` // "yes", "no" or "unresolved"
}

// A Table is rows of text. The first column is aligned to the left, the others
// to the right.
type Table struct {
	Title   string     `json:"title"`
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
	Note    string     `json:"note,omitempty"`
}

// A Curve is a figure of one or more series.
type Curve struct {
	Title  string   `json:"title"`
	X      string   `json:"x"` // what the axes show, with units
	Y      string   `json:"y"`
	LogX   bool     `json:"log_x"`
	LogY   bool     `json:"log_y"`
	Series []Series `json:"series"`
	Note   string   `json:"note,omitempty"`
}

// A Series is a line of a figure. Low and High are the ends of the intervals,
// empty if there are none; else all four are equally long.
type Series struct {
	Name string    `json:"name"`
	X    []float64 `json:"x"`
	Y    []float64 `json:"y"`
	Low  []float64 `json:"low,omitempty"`
	High []float64 `json:"high,omitempty"`
}
