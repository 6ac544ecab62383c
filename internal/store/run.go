// Package store keeps the results of runs: a folder a run, with a manifest that
// says what was run and a file of samples, one line a worker a trial.
//
// A trial is on disk before the next one starts, and a run that was killed, or
// whose disk was full, keeps every trial that it had recorded. The package
// computes no statistics and never repairs what was edited. It writes one schema
// and reads the one before it too, turned into the new one in memory. Start at
// [Create] to write a run, at [Load] to read one, at [Verify] for what is checked.
package store

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/zeebo/blake3"

	"github.com/copytax/copytax/experiment"
)

// A Run is a folder of results that is being written. Its methods are for one
// goroutine. It holds a lock on the folder until Finish or Close.
type Run struct {
	dir      string
	disk     disk
	lock     *os.File
	file     file           // samples.jsonl, opened for appending
	hash     *blake3.Hasher // of samples.jsonl up to the manifest's size of it
	ticks    ticksFile
	manifest Manifest
	ledger   *ledger
	left     []experiment.Trial // of the plan, when the run was opened or got a round
	recorded experiment.Samples // see Recorded
	broken   error              // why nothing can be written any more
}

// Create makes dir, with its parents, and starts a run there. It sets the
// schema, the state, the files and the seal of m, and Created if it is zero.
// It fails when dir holds anything or cannot be written, or when the plan makes
// no sense.
func Create(dir string, m Manifest) (*Run, error) { return create(system{}, dir, m) }

func create(d disk, dir string, m Manifest) (*Run, error) {
	r := &Run{dir: dir, disk: d, hash: blake3.New(), ticks: ticksFile{hash: blake3.New()}}
	if err := r.start(m); err != nil {
		if r.file != nil {
			os.Remove(r.path()) // an empty folder can be used again once there is room
		}
		r.Close()
		return nil, fmt.Errorf("create run in %s: %w", dir, err)
	}
	return r, nil
}

// start writes an empty samples file and the first manifest.
func (r *Run) start(m Manifest) (err error) {
	m.Schema, m.State, m.Finished = Schema, Running, time.Time{}
	if m.Created.IsZero() {
		m.Created = time.Now()
	}
	m.Files = map[string]File{SamplesName: {BLAKE3: hexSum(r.hash)}}
	if err := sense(m); err != nil {
		return err
	}
	if err := makeEmpty(r.dir); err != nil {
		return err
	}
	if r.lock, err = Lock(r.dir); err != nil {
		return err
	}
	if r.file, err = r.disk.open(r.path(), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND); err != nil {
		return err
	}
	if err := r.file.Sync(); err != nil {
		return err
	}
	r.ledger = newLedger(m)
	r.left = r.ledger.pending()
	_, err = r.commit(m)
	return err
}

// makeEmpty makes dir, or fails when there is something in it already.
func makeEmpty(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%s is not empty (it holds %s): choose another folder, or resume the run in it", dir, entries[0].Name())
	}
	return err
}

func (r *Run) path() string { return filepath.Join(r.dir, SamplesName) }

// Dir returns the run's folder.
func (r *Run) Dir() string { return r.dir }

// Manifest returns the manifest as it stands on disk, and warnings that are
// yet to get there. The caller must not change its lists and maps.
func (r *Run) Manifest() Manifest { return r.manifest }

// Pending returns what is left to run, in order: the trial whose last try was void,
// trials that were never run, and then those that had failed when the run was resumed,
// with the number of the new attempt. A trial that fails now is not among them. The
// caller owns the slice.
func (r *Run) Pending() (left []experiment.Trial) {
	due, isDue := r.Due()
	if isDue {
		left = append(left, due)
	}
	for _, t := range r.left {
		if s, ok := r.ledger.last[t.Number]; !ok || s.Attempt < t.Attempt {
			left = append(left, t)
		}
	}
	return left
}

// SetReference records what every trial of a world must have seen. When it returns
// nil it is on disk. It refuses to change what is recorded.
func (r *Run) SetReference(world string, evidence map[string]string) error {
	switch known, ok := r.manifest.Worlds[world]; {
	case r.broken != nil:
		return r.broken
	case ok && maps.Equal(known, evidence):
		return nil
	case ok:
		return fmt.Errorf("the reference of world %q is %v: it cannot become %v", world, known, evidence)
	case world == "" || len(evidence) == 0:
		return fmt.Errorf("a reference of world %q with %d pieces of evidence", world, len(evidence))
	}
	m := r.manifest
	m.Worlds = maps.Clone(m.Worlds)
	m.Worlds[world] = maps.Clone(evidence)
	_, err := r.commit(m)
	return err
}

// AddRound records how the run goes on, once all trials that it had have been run.
// When it returns nil the round is on disk, and Pending returns its trials.
func (r *Run) AddRound(round experiment.Round) error {
	switch left := r.ledger.size - r.ledger.begun; {
	case r.broken != nil:
		return r.broken
	case r.manifest.Plan.Ended():
		return fmt.Errorf("add a round to the run in %s: it does not grow any more", r.dir)
	case left > 0:
		return fmt.Errorf("add a round to the run in %s: %d trials are left", r.dir, left)
	case r.ledger.due != nil:
		return fmt.Errorf("add a round to the run in %s: %w", r.dir, errUndone)
	}
	m := r.manifest
	m.Plan.Rounds = append(slices.Clip(m.Plan.Rounds), round)
	if err := sense(m); err != nil {
		return fmt.Errorf("add a round to the run in %s: %w", r.dir, err)
	}
	if _, err := r.commit(m); err != nil {
		return fmt.Errorf("add a round to the run in %s: %w", r.dir, err)
	}
	r.ledger.extend(m.Plan)
	r.left = r.ledger.pending()
	return nil
}

// Recorded returns the samples that a run had when it was resumed, and forgets them: they
// are many. They are kept of a plan that grows alone.
func (r *Run) Recorded() (samples experiment.Samples) {
	samples, r.recorded = r.recorded, nil
	return samples
}

// Append records one trial: the samples of its workers, or one that says why it
// failed. When it returns nil they are on disk, and so is a manifest that covers
// them. When it returns an error, which names the file, the run on disk is what it
// was before; a disk that has room again may be tried again. Trials must come in
// the order of Pending.
func (r *Run) Append(samples ...experiment.Sample) error {
	if r.broken != nil {
		return r.broken
	}
	if len(samples) == 0 {
		return errors.New("record trial: no sample")
	}
	samples = slices.Clone(samples)
	ticks, err := takeSeries(samples)
	if err != nil {
		return fmt.Errorf("record trial %d: %w", samples[0].Trial, err)
	}
	lines, err := r.encode(samples)
	if err != nil {
		return fmt.Errorf("record trial %d: %w", samples[0].Trial, err)
	}
	if err := r.write(lines, ticks); err != nil {
		return fmt.Errorf("record trial %d in %s: %w", samples[0].Trial, r.path(), err)
	}
	return r.ledger.add(samples)
}

// encode returns the lines of one trial if it may be recorded now.
func (r *Run) encode(samples []experiment.Sample) ([]byte, error) {
	if err := fillIn(samples, r.manifest); err != nil {
		return nil, err
	}
	if err := r.ledger.check(samples); err != nil {
		return nil, err
	}
	return encodeLines(samples)
}

// write adds a member to the series and lines to the samples, and then lets the
// manifest cover them. A process killed before that leaves tails that no manifest
// covers, which Resume cuts off.
func (r *Run) write(lines, member []byte) error {
	ticks, ticksHash, err := r.writeTicks(member)
	if err != nil {
		return r.rollBack(err)
	}
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
	if ticks.Bytes > 0 {
		m.Files[TicksName] = ticks
	}
	done, err := r.commit(m)
	if !done {
		return r.rollBack(err)
	}
	r.hash, r.ticks.hash = hash, ticksHash
	return err
}

// rollBack cuts samples and series back to what the manifest covers, after cause.
func (r *Run) rollBack(cause error) error {
	err := r.file.Truncate(r.manifest.Files[SamplesName].Bytes)
	if err != nil {
		err = fmt.Errorf("%s could not be cut back after a failed write: %w", r.path(), err)
	}
	if err = errors.Join(err, r.rollBackTicks()); err != nil {
		r.broken = err
		return errors.Join(cause, r.broken)
	}
	return cause
}

// commit replaces the manifest. It reports whether m is in place. When it is, but may
// not survive a power cut, nothing can be written any more.
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
	if done && err != nil {
		r.broken = fmt.Errorf("sync %s: %w", r.dir, err)
	}
	return done, err
}

// Warn adds a warning to the manifest. It reaches the disk with the next trial
// or with Finish.
func (r *Run) Warn(text string) {
	r.manifest.Warnings = append(slices.Clip(r.manifest.Warnings), text)
}

// Finish marks the run as complete and closes it. A run that lacks trials of its
// plan cannot be finished.
func (r *Run) Finish() (err error) {
	defer func() { err = errors.Join(err, r.Close()) }()
	if r.broken != nil {
		return r.broken
	}
	if left := r.ledger.size - r.ledger.begun; left > 0 {
		return fmt.Errorf("finish run in %s: %d trials of the plan are left", r.dir, left)
	}
	if r.ledger.grows {
		return fmt.Errorf("finish run in %s: nothing says that it does not go on", r.dir)
	}
	if r.ledger.due != nil {
		return fmt.Errorf("finish run in %s: %w", r.dir, errUndone)
	}
	m := r.manifest
	m.State, m.Finished = Complete, time.Now()
	if _, err := r.commit(m); err != nil {
		return fmt.Errorf("finish run in %s: %w", r.dir, err)
	}
	return nil
}

// Close releases the folder and leaves the run as it is on disk, to be resumed
// if it is not finished. It is safe to call after Finish.
func (r *Run) Close() error {
	var errs []error
	if r.file != nil {
		errs = append(errs, r.file.Close())
	}
	if r.ticks.file != nil {
		errs = append(errs, r.ticks.file.Close())
	}
	if r.lock != nil {
		errs = append(errs, r.lock.Close())
	}
	r.file, r.ticks.file, r.lock = nil, nil, nil
	if r.broken == nil {
		r.broken = fmt.Errorf("run in %s is closed", r.dir)
	}
	return errors.Join(errs...)
}
