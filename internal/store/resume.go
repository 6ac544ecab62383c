package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/zeebo/blake3"
)

// Resume continues the run in dir. It refuses one that another process is writing,
// one whose manifest or samples were edited, one of an older schema, and a complete
// one without a failed trial. allow is asked last of all, and may refuse too.
// Until then nothing is written: a refusal leaves every byte of the folder.
//
// Lines that the manifest does not cover, because the process was killed between
// the two writes, are cut off with a warning in the manifest; their trial is
// pending. So are, behind those that were never run, the trials that failed: they
// are run again, and that they failed stays on record.
func Resume(dir string, allow func(Manifest) error) (*Run, error) {
	return resume(system{}, dir, allow)
}

func resume(d disk, dir string, allow func(Manifest) error) (*Run, error) {
	// The manifest first: a folder that holds none is no run, locked or not.
	if _, _, err := readManifest(dir); err != nil {
		return nil, fmt.Errorf("resume run: %w", err)
	}
	held, err := lock(dir)
	if err != nil {
		return nil, fmt.Errorf("resume run: %w", err)
	}
	r := &Run{dir: dir, disk: d, lock: held, hash: blake3.New()}
	if err := r.reopen(allow); err != nil {
		r.Close()
		return nil, fmt.Errorf("resume run: %w", err)
	}
	return r, nil
}

// reopen reads what is recorded, asks, cuts off what is not covered, and says so.
func (r *Run) reopen(allow func(Manifest) error) error {
	m, f, err := readManifest(r.dir) // again, now that nobody else writes it
	if err != nil {
		return err
	}
	if _, ok := f.(schema2); !ok {
		return fmt.Errorf("%s is of an older schema: it can be read, and not be resumed", r.dir)
	}
	tail, err := r.takeOver(m)
	if err != nil {
		return err
	}
	if m.State == Complete && len(r.left) == 0 {
		return fmt.Errorf("%s is complete and no trial of it failed, there is nothing to resume", r.dir)
	}
	if err := allow(m); err != nil {
		return err
	}
	if r.file, err = r.disk.open(r.path(), os.O_WRONLY|os.O_APPEND); err != nil {
		return err
	}
	m.State, m.Finished = Running, time.Time{}
	m.Warnings = append(slices.Clip(m.Warnings), r.resumption(tail))
	if err := r.cutTail(m.Files[SamplesName].Bytes, tail); err != nil {
		return err
	}
	_, err = r.commit(m)
	return err
}

// takeOver checks the samples against the manifest, takes them over, and returns
// how many bytes lie behind them.
func (r *Run) takeOver(m Manifest) (tail int64, err error) {
	raw, err := covered(r.path(), m.Files[SamplesName], true)
	if err != nil {
		return 0, err
	}
	if r.samples, err = parseSamples(raw, m); err != nil {
		return 0, fmt.Errorf("%s: %w", r.path(), err)
	}
	r.ledger = newLedger(m)
	for _, a := range attempts(r.samples) {
		if err := r.ledger.add(a.samples); err != nil {
			return 0, fmt.Errorf("%s: line %d: %w", r.path(), a.line, err)
		}
	}
	r.left = r.ledger.pending()
	r.hash.Write(raw)
	info, err := os.Stat(r.path())
	if err != nil {
		return 0, err
	}
	return info.Size() - int64(len(raw)), nil
}

func (r *Run) cutTail(size, tail int64) error {
	if tail > 0 {
		if err := r.file.Truncate(size); err != nil {
			return err
		}
		if err := r.file.Sync(); err != nil {
			return err
		}
	}
	err := r.disk.remove(filepath.Join(r.dir, temporaryName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// resumption is the warning that travels with a resumed run.
func (r *Run) resumption(tail int64) string {
	at, failed := time.Now().UTC().Format(time.RFC3339), 0
	for _, t := range r.left {
		failed += min(t.Attempt, 1)
	}
	text := fmt.Sprintf("resumed at %s after %d trials: earlier and later blocks were run at different times", at, r.ledger.begun)
	if failed > 0 {
		text += fmt.Sprintf("; %d failed trials are run again", failed)
	}
	if tail > 0 {
		text += fmt.Sprintf("; %d bytes of an unfinished trial were discarded", tail)
	}
	return text
}
