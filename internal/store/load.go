package store

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/gauge"
)

// FailedRole is the Role of the only sample of a trial that failed.
const FailedRole = "trial"

// Results are the manifest and all samples of a run, unedited.
type Results struct {
	Dir      string
	Manifest Manifest
	Samples  []Sample
	Gauged   []gauge.Sample // instead of Samples, when the plan is one of gauges
}

// Load reads the run in dir, complete or not, and checks every byte of it. An
// error names the file, and the line where there is one. Whatever Verify
// objects to is an error here, so that no figure is made of edited results.
func Load(dir string) (*Results, error) {
	r, errs := inspect(dir)
	if len(errs) > 0 {
		return nil, fmt.Errorf("load run: %w", errors.Join(errs...))
	}
	return r, nil
}

// parseSamples decodes the lines of samples.jsonl.
func parseSamples(raw []byte) ([]Sample, error) {
	var samples []Sample
	seen := map[string]int{}
	for line := 1; len(raw) > 0; line++ {
		end := bytes.IndexByte(raw, '\n')
		if end < 0 {
			return nil, fmt.Errorf("line %d: truncated: no newline at its end", line)
		}
		s, err := parseSample(raw[:end])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		key := fmt.Sprintf("trial %d role %s", s.Trial, s.Role)
		if first := seen[key]; first > 0 {
			return nil, fmt.Errorf("line %d: %s stands on line %d already", line, key, first)
		}
		seen[key] = line
		samples = append(samples, s)
		raw = raw[end+1:]
	}
	return samples, nil
}

func parseSample(line []byte) (Sample, error) {
	var s Sample
	if err := decodeStrict(line, &s); err != nil {
		return s, err
	}
	return s, s.check()
}

// check refuses a sample that could not be interpreted. It does not judge
// whether the figures are plausible.
func (s Sample) check() error {
	switch {
	case s.Trial < 0 || s.Block < 0:
		return fmt.Errorf("trial %d of block %d: want no negative number", s.Trial, s.Block)
	case s.Arm == "" || s.Transport == "" || s.Scenario == "":
		return fmt.Errorf("sample without an arm, a transport or a scenario: %q, %q, %q", s.Arm, s.Transport, s.Scenario)
	case s.Boids <= 0:
		return fmt.Errorf("%d boids: want at least 1", s.Boids)
	case s.Ticks <= 0:
		return fmt.Errorf("%d ticks: want at least 1", s.Ticks)
	case (s.Role == FailedRole) != (s.Error != ""):
		return fmt.Errorf("role %q with error %q: a failed trial has one line, of role %q", s.Role, s.Error, FailedRole)
	case s.Role == FailedRole:
		return nil
	}
	if _, err := copytax.ParseRole(s.Role); err != nil {
		return err
	}
	if _, err := copytax.ParseRole(s.Host); err != nil {
		return fmt.Errorf("host: %w", err)
	}
	return s.checkPhases()
}

// checkPhases refuses a phase that no figure would count.
func (s Sample) checkPhases() error {
	known := map[string]bool{}
	for p := range copytax.NumPhases {
		known[p.String()] = true
	}
	for name := range s.CPUNS {
		if !known[name] {
			return fmt.Errorf("cpu_ns: unknown phase %q", name)
		}
	}
	for name := range s.PhaseWallNS {
		if !known[name] {
			return fmt.Errorf("phase_wall_ns: unknown phase %q", name)
		}
	}
	return nil
}
