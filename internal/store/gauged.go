package store

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/copytax/copytax/gauge"
)

// A Cell is what a run of gauges measures once a block.
type Cell struct {
	Scenario string `json:"scenario"`
	gauge.Cell
}

// parseGauged decodes the lines of the samples.jsonl of a run of gauges.
func parseGauged(raw []byte) ([]gauge.Sample, error) {
	var samples []gauge.Sample
	seen := map[int]int{}
	for line := 1; len(raw) > 0; line++ {
		end := bytes.IndexByte(raw, '\n')
		if end < 0 {
			return nil, fmt.Errorf("line %d: truncated: no newline at its end", line)
		}
		var s gauge.Sample
		err := decodeStrict(raw[:end], &s)
		if err == nil {
			err = checkGauged(s)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if first := seen[s.Trial]; first > 0 {
			return nil, fmt.Errorf("line %d: trial %d stands on line %d already", line, s.Trial, first)
		}
		seen[s.Trial] = line
		samples = append(samples, s)
		raw = raw[end+1:]
	}
	return samples, nil
}

// checkGauged refuses a sample that could not be interpreted. It does not judge
// whether the figures are plausible.
func checkGauged(s gauge.Sample) error {
	switch {
	case s.Trial < 0 || s.Block < 0:
		return fmt.Errorf("trial %d of block %d: want no negative number", s.Trial, s.Block)
	case s.Scenario == "" || s.Arm == "":
		return fmt.Errorf("sample without a scenario or an arm: %q, %q", s.Scenario, s.Arm)
	case s.Error == "" && s.Latency == nil && len(s.Counters) == 0 && len(s.Values) == 0:
		return errors.New("a sample with neither figures nor an error")
	case s.Latency == nil:
		return nil
	}
	// The percentiles must be those of the histogram that stands beside them.
	merged, err := gauge.Merge([]gauge.Sample{s})
	if err != nil {
		return err
	}
	if l := *s.Latency; merged == nil || merged.Count != l.Count || merged.P50NS != l.P50NS || merged.P99NS != l.P99NS ||
		merged.P999NS != l.P999NS || merged.MaxNS != l.MaxNS {
		return errors.New("latency: the percentiles are not those of the histogram")
	}
	return nil
}
