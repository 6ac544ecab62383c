// Package store keeps the results of runs: a folder a run, with a manifest
// that says what was run and a file of samples, one line a role a trial.
//
// A trial is on disk before the next one starts, and a run that was killed, or
// whose disk was full, keeps every trial that it had recorded. The package
// computes no statistics and never repairs what was edited: see package stats
// for the numbers. Start at [Create] to write a run, at [Load] to read one.
package store

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/zeebo/blake3"

	"github.com/copytax/copytax/gauge"
)

// A Run is a folder of results that is being written. Its methods are for one
// goroutine. It holds a lock on the folder until Finish or Close.
type Run struct {
	dir      string
	disk     disk
	lock     *os.File
	file     file           // samples.jsonl, opened for appending
	hash     *blake3.Hasher // of samples.jsonl up to the manifest's size of it
	manifest Manifest
	samples  []Sample
	gauged   []gauge.Sample // instead of samples, when the plan is one of gauges
	done     map[int]bool
	broken   error // why nothing can be written any more
}

// Create makes dir, with its parents, and starts a run there. It sets the
// schema, the state, the files and the seal of m, and Created if it is zero.
// It fails when dir holds anything or cannot be written.
func Create(dir string, m Manifest) (*Run, error) { return create(system{}, dir, m) }

func create(d disk, dir string, m Manifest) (*Run, error) {
	if err := makeEmpty(dir); err != nil {
		return nil, err
	}
	held, err := lock(dir)
	if err != nil {
		return nil, fmt.Errorf("create run: %w", err)
	}
	r := &Run{dir: dir, disk: d, lock: held, hash: blake3.New(), done: map[int]bool{}}
	if err := r.start(m); err != nil {
		r.Close()
		// An empty folder can be used again once there is room.
		d.remove(r.path())
		return nil, fmt.Errorf("create run in %s: %w", dir, err)
	}
	return r, nil
}

// makeEmpty makes dir, or fails when there is something in it already.
func makeEmpty(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("create run: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("create run: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("create run: %s is not empty (it holds %s): choose another folder, or resume the run in it", dir, entries[0].Name())
	}
	return nil
}

// start writes an empty samples file and the first manifest.
func (r *Run) start(m Manifest) error {
	f, err := r.disk.open(r.path(), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND)
	if err != nil {
		return err
	}
	r.file = f
	if err := f.Sync(); err != nil {
		return err
	}
	m.Schema, m.State, m.Finished = Schema, Running, time.Time{}
	if m.Created.IsZero() {
		m.Created = time.Now()
	}
	m.Files = map[string]File{SamplesName: {BLAKE3: hexSum(r.hash)}}
	_, err = r.commit(m)
	return err
}

func (r *Run) path() string { return filepath.Join(r.dir, SamplesName) }

// Dir returns the run's folder.
func (r *Run) Dir() string { return r.dir }

// Manifest returns the manifest as it stands on disk, and warnings that are
// yet to get there. The caller must not change its lists and maps.
func (r *Run) Manifest() Manifest { return r.manifest }

// Samples returns all samples recorded so far, those of before a resumption
// included, in order. The caller must not change them.
func (r *Run) Samples() []Sample { return slices.Clip(r.samples) }

// Done returns the numbers of the trials that are recorded, failed ones
// included. The caller owns the map.
func (r *Run) Done() map[int]bool {
	done := make(map[int]bool, len(r.done))
	for trial := range r.done {
		done[trial] = true
	}
	return done
}

// Append records one trial: all its samples, of which there is at least one.
// When it returns nil they are on disk, and so is a manifest that covers them.
// When it returns an error, which names the file, the run on disk is what it
// was before; a disk that has room again may be tried again.
func (r *Run) Append(samples ...Sample) error {
	if r.broken != nil {
		return r.broken
	}
	lines, err := r.encode(samples)
	if err != nil {
		return err
	}
	if err := r.write(lines); err != nil {
		return fmt.Errorf("record trial %d in %s: %w", samples[0].Trial, r.path(), err)
	}
	r.samples = append(r.samples, samples...)
	r.done[samples[0].Trial] = true
	return nil
}

// Record is Append for a run of gauges: a measurement is one sample.
func (r *Run) Record(s gauge.Sample) error {
	if r.broken != nil {
		return r.broken
	}
	if r.done[s.Trial] {
		return fmt.Errorf("record trial %d: it is recorded already", s.Trial)
	}
	if err := checkGauged(s); err != nil {
		return fmt.Errorf("record trial %d: %w", s.Trial, err)
	}
	line, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("record trial %d: encode %s: %w", s.Trial, s.Cell, err)
	}
	if err := r.write(append(line, '\n')); err != nil {
		return fmt.Errorf("record trial %d in %s: %w", s.Trial, r.path(), err)
	}
	r.gauged = append(r.gauged, s)
	r.done[s.Trial] = true
	return nil
}

// encode returns the lines of one trial.
func (r *Run) encode(samples []Sample) ([]byte, error) {
	if len(samples) == 0 {
		return nil, errors.New("record trial: no sample")
	}
	trial := samples[0].Trial
	if r.done[trial] {
		return nil, fmt.Errorf("record trial %d: it is recorded already", trial)
	}
	var lines []byte
	for _, s := range samples {
		if s.Trial != trial {
			return nil, fmt.Errorf("record trial %d: sample of trial %d among its own", trial, s.Trial)
		}
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("record trial %d: %w", trial, err)
		}
		line, err := json.Marshal(s)
		if err != nil {
			return nil, fmt.Errorf("record trial %d: encode %s: %w", trial, s.Role, err)
		}
		lines = append(append(lines, line...), '\n')
	}
	return lines, nil
}

// write adds lines to the samples and then lets the manifest cover them. A
// process killed between the two leaves a tail that no manifest covers, which
// Resume cuts off.
func (r *Run) write(lines []byte) error {
	if err := writeAll(r.file, r.path(), lines); err != nil {
		return r.rollBack(err)
	}
	hash := r.hash.Clone()
	hash.Write(lines)
	m := r.manifest
	m.Files = map[string]File{SamplesName: {
		Bytes:  m.Files[SamplesName].Bytes + int64(len(lines)),
		BLAKE3: hexSum(hash),
	}}
	done, err := r.commit(m)
	if !done {
		return r.rollBack(err)
	}
	r.hash = hash
	if err != nil {
		r.broken = fmt.Errorf("sync %s: %w", r.dir, err)
	}
	return err
}

// rollBack cuts the samples back to what the manifest covers, after cause.
func (r *Run) rollBack(cause error) error {
	err := r.file.Truncate(r.manifest.Files[SamplesName].Bytes)
	if err != nil {
		r.broken = fmt.Errorf("%s could not be cut back after a failed write: %w", r.path(), err)
		return errors.Join(cause, r.broken)
	}
	return cause
}

// commit replaces the manifest. It reports whether m is in place.
func (r *Run) commit(m Manifest) (done bool, err error) {
	m.normalize()
	content, err := m.sealed()
	if err != nil {
		return false, err
	}
	done, err = replace(r.disk, r.dir, ManifestName, content)
	if done {
		r.manifest = m
	}
	return done, err
}

// Warn adds a warning to the manifest. It reaches the disk with the next trial
// or with Finish.
func (r *Run) Warn(text string) {
	r.manifest.Warnings = append(slices.Clip(r.manifest.Warnings), text)
}

// Finish marks the run as complete and closes it.
func (r *Run) Finish() error {
	if r.broken != nil {
		return errors.Join(r.broken, r.Close())
	}
	m := r.manifest
	m.State, m.Finished = Complete, time.Now()
	if _, err := r.commit(m); err != nil {
		return errors.Join(fmt.Errorf("finish run in %s: %w", r.dir, err), r.Close())
	}
	return r.Close()
}

// Close releases the folder and leaves the run as it is on disk, to be resumed
// if it is not finished. It is safe to call after Finish.
func (r *Run) Close() error {
	var errs []error
	if r.file != nil {
		errs = append(errs, r.file.Close())
	}
	if r.lock != nil {
		errs = append(errs, r.lock.Close())
	}
	r.file, r.lock = nil, nil
	if r.broken == nil {
		r.broken = fmt.Errorf("run in %s is closed", r.dir)
	}
	return errors.Join(errs...)
}

func hexSum(h *blake3.Hasher) string { return hex.EncodeToString(h.Sum(nil)) }
