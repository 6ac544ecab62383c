package store

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/zeebo/blake3"

	"github.com/copytax/copytax/experiment"
)

// TicksName is the file of the series of the samples: what a histogram sums up, value by
// value. It is gzip, a member a trial, of JSON, a line a worker that has any. A run in which
// none has is without it, as those are that were recorded before there were series.
const TicksName = "ticks.jsonl.gz"

// mostTicks is how many bytes the series of one trial may be unpacked to. It keeps a
// damaged file from filling the memory.
const mostTicks = 1 << 28

// A ticksLine is one line.
type ticksLine struct {
	Trial   int                `json:"trial"`
	Attempt int                `json:"attempt,omitempty"`
	Repeat  int                `json:"repeat,omitempty"`
	Worker  string             `json:"worker"`
	Series  map[string][]int64 `json:"series"`
}

// A ticksFile is the file of the series of a run that is being written.
type ticksFile struct {
	file file           // nil until a trial has series
	hash *blake3.Hasher // of what the manifest covers
}

// takeSeries takes the series out of samples, which the caller owns, and returns them as one
// member of the file, nothing if there is none.
func takeSeries(samples []experiment.Sample) ([]byte, error) {
	var member bytes.Buffer
	z, err := gzip.NewWriterLevel(&member, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	any := false
	for i := range samples {
		s := &samples[i]
		if len(s.Series) == 0 {
			continue
		}
		line, err := json.Marshal(ticksLine{s.Trial, s.Attempt, s.Repeat, s.Worker, s.Series})
		if err != nil {
			return nil, fmt.Errorf("encode the series of %s: %w", s.Worker, err)
		}
		if _, err := z.Write(append(line, '\n')); err != nil {
			return nil, err
		}
		s.Series, any = nil, true
	}
	if err := z.Close(); err != nil || !any {
		return nil, err
	}
	return member.Bytes(), nil
}

func (r *Run) ticksPath() string { return filepath.Join(r.dir, TicksName) }

// writeTicks adds a member to the file, which it makes if there is none, and returns what
// the manifest has to say of it, and the hash
// of its bytes. Whoever fails behind it rolls it back.
func (r *Run) writeTicks(member []byte) (is File, hash *blake3.Hasher, err error) {
	covered, hash := r.manifest.Files[TicksName], r.ticks.hash
	if len(member) == 0 {
		return covered, hash, nil
	}
	if r.ticks.file == nil {
		if r.ticks.file, err = r.disk.open(r.ticksPath(), os.O_WRONLY|os.O_CREATE|os.O_APPEND); err != nil {
			return covered, hash, err
		}
	}
	if err := writeAll(r.ticks.file, r.ticksPath(), member); err != nil {
		return covered, hash, err
	}
	hash = hash.Clone()
	hash.Write(member)
	return File{Bytes: covered.Bytes + int64(len(member)), BLAKE3: hexSum(hash)}, hash, nil
}

// rollBackTicks cuts the file back to what the manifest covers, and removes one that it does
// not list.
func (r *Run) rollBackTicks() error {
	if r.ticks.file == nil {
		return nil
	}
	covered, listed := r.manifest.Files[TicksName]
	err := r.ticks.file.Truncate(covered.Bytes)
	if err == nil && !listed {
		err = errors.Join(r.ticks.file.Close(), os.Remove(r.ticksPath()))
		r.ticks.file = nil
	}
	if err != nil {
		return fmt.Errorf("%s could not be cut back after a failed write: %w", r.ticksPath(), err)
	}
	return nil
}

// takeOverTicks checks the file of a run that is resumed against the manifest, and returns
// how many bytes lie behind what it covers.
func (r *Run) takeOverTicks(m Manifest) (tail int, err error) {
	raw, behind, err := coveredTicks(r.dir, m)
	if err != nil {
		return 0, err
	}
	r.ticks.hash.Write(raw)
	return len(behind), nil
}

// reopenTicks cuts off what the manifest does not cover.
func (r *Run) reopenTicks(m Manifest) error {
	covered, listed := m.Files[TicksName]
	if !listed {
		if err := os.Remove(r.ticksPath()); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	var err error
	if r.ticks.file, err = r.disk.open(r.ticksPath(), os.O_WRONLY|os.O_APPEND); err != nil {
		return err
	}
	return errors.Join(r.ticks.file.Truncate(covered.Bytes), r.ticks.file.Sync())
}

// coveredTicks returns the bytes of the file that the manifest covers, and those behind them,
// none of a run without it.
func coveredTicks(dir string, m Manifest) (raw, tail []byte, err error) {
	path := filepath.Join(dir, TicksName)
	want, listed := m.Files[TicksName]
	if !listed {
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			return nil, nil, nil
		}
		want.BLAKE3 = sum(nil)
	}
	return coveredBy(path, want)
}

// takeTicks reads the series and gives them to their samples. Whether a histogram is that of
// its series is judged with the rest of the trial.
func (r *Results) takeTicks() error {
	path := filepath.Join(r.Dir, TicksName)
	raw, tail, err := coveredTicks(r.Dir, r.Manifest)
	_, listed := r.Manifest.Files[TicksName]
	switch {
	case err != nil:
		return err
	case !listed && raw != nil:
		return fmt.Errorf("%s: not part of the run: the manifest does not list it; if the run was killed, resuming it removes the file", path)
	case len(tail) > 0:
		return fmt.Errorf("%s: %d bytes behind the %d that the manifest covers: if the run was killed, resuming it discards them", path, len(tail), len(raw))
	}
	type key struct {
		trial, attempt, repeat int
		worker                 string
	}
	samples := map[key]*experiment.Sample{}
	for i := range r.Samples {
		s := &r.Samples[i]
		samples[key{s.Trial, s.Attempt, s.Repeat, s.Worker}] = s
	}
	n := 0
	err = eachMember(raw, func(lines []byte) error {
		var first ticksLine
		for text := range bytes.Lines(lines) {
			var line ticksLine
			if err := decodeStrict(bytes.TrimSuffix(text, []byte("\n")), &line); err != nil {
				return fmt.Errorf("line %d: %w", n+1, err)
			}
			if n++; first.Worker == "" {
				first = line
			}
			s := samples[key{line.Trial, line.Attempt, line.Repeat, line.Worker}]
			switch {
			case s == nil || s.Error != "":
				return fmt.Errorf("line %d: series of trial %d, attempt %d, worker %q, of which %s has no figures", n, line.Trial, line.Attempt, line.Worker, SamplesName)
			case line.Trial != first.Trial || line.Attempt != first.Attempt || line.Repeat != first.Repeat:
				return fmt.Errorf("line %d: series of trial %d among those of trial %d", n, line.Trial, first.Trial)
			case len(line.Series) == 0 || s.Series != nil:
				return fmt.Errorf("line %d: no series, or a second line, of trial %d worker %s", n, line.Trial, line.Worker)
			}
			s.Series = line.Series
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// eachMember calls do with what each member of raw holds.
func eachMember(raw []byte, do func(lines []byte) error) error {
	in := bytes.NewReader(raw)
	if in.Len() == 0 {
		return nil
	}
	z, err := gzip.NewReader(in)
	for ; err == nil; err = z.Reset(in) {
		z.Multistream(false)
		lines, err := io.ReadAll(io.LimitReader(z, mostTicks))
		if err == nil && len(lines) == mostTicks {
			err = fmt.Errorf("a trial of %d bytes or more", mostTicks)
		}
		if err == nil {
			err = do(lines)
		}
		if err != nil {
			return err
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
