package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/zeebo/blake3"
)

// Resume continues the run in dir. It refuses a complete run, one that another
// process is writing, and one whose manifest or samples were edited. Lines
// that the manifest does not cover, because the process was killed between the
// two writes, are cut off with a warning in the manifest; their trial is not
// Done and will be run again.
func Resume(dir string) (*Run, error) { return resume(system{}, dir) }

func resume(d disk, dir string) (*Run, error) {
	// The manifest first: a folder that holds none is no run, locked or not.
	if _, err := readManifest(dir); err != nil {
		return nil, fmt.Errorf("resume run: %w", err)
	}
	held, err := lock(dir)
	if err != nil {
		return nil, fmt.Errorf("resume run: %w", err)
	}
	r := &Run{dir: dir, disk: d, lock: held, hash: blake3.New(), done: map[int]bool{}}
	if err := r.reopen(); err != nil {
		r.Close()
		return nil, fmt.Errorf("resume run: %w", err)
	}
	return r, nil
}

// reopen reads what is recorded, cuts off what is not covered, and says so.
func (r *Run) reopen() error {
	m, err := readManifest(r.dir) // again, now that nobody else writes it
	if err != nil {
		return err
	}
	if m.State == Complete {
		return fmt.Errorf("%s is complete, there is nothing to resume", r.dir)
	}
	tail, err := r.recover(m)
	if err != nil {
		return err
	}
	r.file, err = r.disk.open(r.path(), os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return err
	}
	m.Warnings = append(m.Warnings, resumption(len(r.done), tail))
	if err := r.cutTail(m.Files[SamplesName].Bytes, tail); err != nil {
		return err
	}
	_, err = r.commit(m)
	return err
}

// recover checks the samples against the manifest, takes them over, and returns
// how many bytes lie behind them.
func (r *Run) recover(m Manifest) (tail int, err error) {
	want := m.Files[SamplesName]
	raw, err := os.ReadFile(r.path())
	if err != nil {
		return 0, err
	}
	if int64(len(raw)) < want.Bytes {
		return 0, fmt.Errorf("%s: truncated: %d bytes, the manifest says %d", r.path(), len(raw), want.Bytes)
	}
	covered := raw[:want.Bytes]
	if sum(covered) != want.BLAKE3 {
		return 0, fmt.Errorf("%s: edited: its BLAKE3 is not the manifest's", r.path())
	}
	if err := r.takeOver(m.Plan, covered); err != nil {
		return 0, fmt.Errorf("%s: %w", r.path(), err)
	}
	r.hash.Write(covered)
	return len(raw) - len(covered), nil
}

// takeOver parses the samples of the plan's kind.
func (r *Run) takeOver(p Plan, covered []byte) (err error) {
	if p.Gauges() {
		r.gauged, err = parseGauged(covered)
	} else {
		r.samples, err = parseSamples(covered)
	}
	for _, s := range r.samples {
		r.done[s.Trial] = true
	}
	for _, s := range r.gauged {
		r.done[s.Trial] = true
	}
	return err
}

func (r *Run) cutTail(size int64, tail int) error {
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
func resumption(trials, tail int) string {
	at := time.Now().UTC().Format(time.RFC3339)
	text := fmt.Sprintf("resumed at %s after %d trials: earlier and later blocks were run at different times", at, trials)
	if tail > 0 {
		text += fmt.Sprintf("; %d bytes of an unfinished trial were discarded", tail)
	}
	return text
}
