package kernel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/copytax/copytax/internal/machine"
	"github.com/copytax/copytax/internal/store"
)

const (
	// ResultsName is the file that holds everything that was measured.
	ResultsName = "kernel.json"
	// format is the version of that file.
	format = "copytax-kernel/1"
)

// Results are the raw timings of a run and what is needed to judge them. Times
// are in nanoseconds.
type Results struct {
	Format   string        `json:"format"`
	Complete bool          `json:"complete"` // every world of the plan was measured
	Command  []string      `json:"command"`
	Created  time.Time     `json:"created"`
	Finished time.Time     `json:"finished"`
	Version  store.Version `json:"version"`
	Machine  machine.Info  `json:"machine"`

	Profile string `json:"profile"`
	Seed    uint64 `json:"seed"` // of the order of timings
	Rounds  int    `json:"rounds"`
	WarmUp  int    `json:"warm_up"`          // ticks before the first round
	Between int    `json:"ticks_each_round"` // ticks before each round
	Threads int    `json:"threads"`          // of back ends that use several

	Backends    []string           `json:"backends"` // those that this machine has
	Missing     []Missing          `json:"missing"`
	Warnings    []string           `json:"warnings"`
	Calibration map[string]float64 `json:"calibration"` // as the native worker names them
	Ceilings    []Ceiling          `json:"ceilings"`
	Worlds      []Measured         `json:"worlds"`
	Failures    []Failure          `json:"failures"`
	Timings     []Timing           `json:"timings"` // in the order in which they were taken
}

// A Missing back end cannot run on this machine.
type Missing struct {
	Backend string `json:"backend"`
	Reason  string `json:"reason"`
}

// A Ceiling is a back end's force on boids that never leave the nearest cache,
// and are sorted already. The counts are those of all runs together.
type Ceiling struct {
	Backend    string `json:"backend"`
	NS         uint64 `json:"ns"`
	Boids      uint64 `json:"boids"`      // stepped
	Candidates uint64 `json:"candidates"` // looked at
	Neighbours uint64 `json:"neighbours"` // found
}

// A Measured world.
type Measured struct {
	Name        string     `json:"name"`
	Series      string     `json:"series,omitempty"`
	Source      string     `json:"source,omitempty"`
	Differences string     `json:"differences,omitempty"`
	Boids       int        `json:"boids"`
	Dimensions  int        `json:"dimensions"`
	Seed        uint64     `json:"seed"`
	Radius      float32    `json:"radius"`
	Edges       [3]float32 `json:"edges"`
	Cells       [3]uint32  `json:"cells"`
	Policy      string     `json:"policy"` // canonical form, in hex digits
	Rounds      []Census   `json:"rounds"`
}

// A Census is what the referee found in a round, and all exact back ends with it.
type Census struct {
	Tick       int     `json:"tick"`
	Chain      string  `json:"chain"`      // FNV-1a over all frames up to it, 16 hex digits
	Neighbours uint64  `json:"neighbours"` // of all boids together, in the step that is timed
	Candidates float64 `json:"candidates"` // boids in the cells around a boid, itself included: the mean
}

// A Failure is a back end that gave no valid timings of a world.
type Failure struct {
	World   string `json:"world"`
	Backend string `json:"backend"`
	Reason  string `json:"reason"`
}

// A Timing is one measurement: a phase, run Reps times.
type Timing struct {
	World      string `json:"world"`
	Round      int    `json:"round"`
	Backend    string `json:"backend"`
	Phase      Phase  `json:"phase"`
	Reps       int    `json:"reps"`
	NS         uint64 `json:"ns"` // of all runs together
	Neighbours uint64 `json:"neighbours"`
}

// encode returns the results as JSON, a timing a line.
func (r *Results) encode() ([]byte, error) {
	head := *r
	head.Timings = []Timing{}
	b, err := json.MarshalIndent(head, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode results: %w", err)
	}
	b = bytes.TrimSuffix(b, []byte("[]\n}")) // what follows "timings": with no timings
	var rows [][]byte
	for _, t := range r.Timings {
		row, err := json.Marshal(t)
		if err != nil {
			return nil, fmt.Errorf("encode a timing: %w", err)
		}
		rows = append(rows, append([]byte("\n    "), row...))
	}
	b = append(append(b, '['), bytes.Join(rows, []byte(","))...)
	return append(b, "\n  ]\n}\n"...), nil
}

// Save writes the results to dir, which it makes if it must. A reader sees the
// old file or the new one.
func (r *Results) Save(dir string) error {
	content, err := r.encode()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("save results: %w", err)
	}
	return replace(filepath.Join(dir, ResultsName), content)
}

// replace writes a file under another name first, so that no reader meets half
// of it.
func replace(path string, content []byte) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, content, 0o644); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(temporary))
	}
	if err := os.Rename(temporary, path); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(temporary))
	}
	return nil
}

// Load reads the results in dir and checks that they can be analysed.
func Load(dir string) (*Results, error) {
	path := filepath.Join(dir, ResultsName)
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	r := &Results{}
	if err := json.Unmarshal(content, r); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return r, nil
}

// check refuses what the analysis could not be made of.
func (r *Results) check() error {
	if r.Format != format {
		return fmt.Errorf("format %q, want %q", r.Format, format)
	}
	known := map[string]int{} // rounds of each world
	for _, w := range r.Worlds {
		if w.Boids < 1 || (w.Dimensions != 2 && w.Dimensions != 3) {
			return fmt.Errorf("world %s of %d boids in %d dimensions", w.Name, w.Boids, w.Dimensions)
		}
		known[w.Name] = len(w.Rounds)
	}
	for _, t := range r.Timings {
		if t.Round < 0 || t.Round >= known[t.World] {
			return fmt.Errorf("a timing of round %d of world %q, which has %d", t.Round, t.World, known[t.World])
		}
		if _, ok := find(t.Backend); !ok {
			return fmt.Errorf("a timing of back end %q, which is unknown", t.Backend)
		}
		if t.Reps < 1 || t.NS == 0 {
			return fmt.Errorf("a timing of %d runs in %d ns", t.Reps, t.NS)
		}
	}
	return nil
}
