package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/copytax/copytax/experiment"
)

// An attempt is what is recorded of one trial run once, be it one try of several: the
// samples of its workers, or one that says why there are none.
type attempt struct {
	line    int // of the first sample, from 1
	samples []experiment.Sample
}

func (a attempt) failed() bool { return a.samples[0].Error != "" }

// attempts returns the samples by trial, attempt and repeat, in the order of recording.
func attempts(samples []experiment.Sample) (all []attempt) {
	for i, s := range samples {
		if n := len(all); n > 0 && sameAttempt(all[n-1].samples[0], s) {
			all[n-1].samples = append(all[n-1].samples, s)
			continue
		}
		all = append(all, attempt{line: i + 1, samples: []experiment.Sample{s}})
	}
	return all
}

func sameAttempt(a, b experiment.Sample) bool {
	return a.Trial == b.Trial && a.Attempt == b.Attempt && a.Repeat == b.Repeat
}

// parseSamples decodes the lines of samples.jsonl by decode, until one fails, and
// fills in the cells of what it has.
func parseSamples(raw []byte, m Manifest, decode func(line []byte) (experiment.Sample, error)) (samples experiment.Samples, err error) {
	for text := range bytes.Lines(raw) {
		n := len(samples) + 1
		line, whole := bytes.CutSuffix(text, []byte("\n"))
		if !whole {
			err = fmt.Errorf("line %d: truncated: no newline at its end", n)
			break
		}
		s, failed := decode(line)
		if failed != nil {
			err = fmt.Errorf("line %d: %w", n, failed)
			break
		}
		samples = append(samples, s)
	}
	return samples, errors.Join(err, fillIn(samples, m))
}

func decodeSample(line []byte) (s experiment.Sample, err error) {
	err = decodeStrict(line, &s)
	return s, err
}

// fillIn checks that each sample can be interpreted and sets its cell. It does
// not judge whether the figures are plausible: see package judge.
func fillIn(samples []experiment.Sample, m Manifest) error {
	type key struct {
		trial, attempt, repeat int
		worker                 string
	}
	seen := map[key]int{}
	for i := range samples {
		s := &samples[i]
		if err := check(*s, m); err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
		k := key{s.Trial, s.Attempt, s.Repeat, s.Worker}
		if first := seen[k]; first > 0 {
			return fmt.Errorf("line %d: trial %d worker %s stands on line %d already", i+1, s.Trial, s.Worker, first)
		}
		seen[k] = i + 1
		s.Of = m.Plan.Cells[s.Cell]
	}
	return nil
}

// check refuses a sample that says nothing, or of a cell or program that the
// manifest does not have.
func check(s experiment.Sample, m Manifest) error {
	figures := len(s.Metrics) + len(s.Histograms) + len(s.Evidence)
	switch {
	case s.Trial < 0 || s.Block < 0 || s.Attempt < 0 || s.Repeat < 0:
		return fmt.Errorf("trial %d of block %d, attempt %d, repeat %d: want no negative number", s.Trial, s.Block, s.Attempt, s.Repeat)
	case s.Cell < 0 || s.Cell >= len(m.Plan.Cells):
		return fmt.Errorf("cell %d: the plan has %d", s.Cell, len(m.Plan.Cells))
	case s.Worker == "":
		return errors.New("a sample without a worker")
	case (s.Worker == experiment.Whole) != (s.Error != ""):
		return fmt.Errorf("worker %q with error %q: a failed trial has one line, of worker %q", s.Worker, s.Error, experiment.Whole)
	case s.Error != "" && (figures > 0 || s.Proof != nil):
		return errors.New("figures beside the error of a failed trial")
	case s.Series != nil:
		return fmt.Errorf("series among the figures: they belong in %s", TicksName)
	case s.Error == "" && figures == 0:
		return errors.New("a sample with neither figures nor an error")
	case s.Environment != nil:
		if err := s.Environment.Sense(); err != nil {
			return err
		}
	}
	return m.hasProgram(s.Program)
}

// ProgramDigits is how many hex digits of a program's hash a sample has at least.
const ProgramDigits = 12

// hasProgram checks that a sample was made by a program of the run. A converted
// run may not know.
func (m Manifest) hasProgram(start string) error {
	if start == "" && (m.Converted != nil || m.Version.Program == "") {
		return nil
	}
	known := []string{m.Version.Program}
	if e := m.Version.Engine; e != nil {
		known = append(known, e.BLAKE3)
	}
	for _, program := range known {
		if len(start) >= max(1, min(ProgramDigits, len(program))) && strings.HasPrefix(program, start) {
			return nil
		}
	}
	return fmt.Errorf("program %q is none of this run, which was made by %q", start, known)
}

// encodeLines returns samples as lines of samples.jsonl.
func encodeLines(samples []experiment.Sample) ([]byte, error) {
	var lines []byte
	for _, s := range samples {
		line, err := json.Marshal(s)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", s.Worker, err)
		}
		lines = append(append(lines, line...), '\n')
	}
	return lines, nil
}
