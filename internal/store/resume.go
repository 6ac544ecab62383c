package store

import (
	"errors"
	"fmt"
	"os"
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
	r := &Run{dir: dir, disk: system{}, hash: blake3.New(), ticks: ticksFile{hash: blake3.New()}}
	if err := r.reopen(allow); err != nil {
		r.Close()
		return nil, fmt.Errorf("resume run: %w", err)
	}
	return r, nil
}

// reopen reads what is recorded, asks, cuts off what is not covered, and says so.
func (r *Run) reopen(allow func(Manifest) error) (err error) {
	if r.lock, err = Lock(r.dir); err != nil {
		return err
	}
	m, _, err := readManifest(r.dir)
	if err != nil {
		return err
	}
	if c := m.Converted; c != nil {
		return fmt.Errorf("%s is of an older schema, %s: it can be read, and not be resumed", r.dir, c.From)
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
	if err := errors.Join(r.file.Truncate(m.Files[SamplesName].Bytes), r.file.Sync()); err != nil {
		return err
	}
	if err := r.reopenTicks(m); err != nil {
		return err
	}
	m.State, m.Finished = Running, time.Time{}
	m.Warnings = append(slices.Clip(m.Warnings), r.resumption(tail))
	_, err = r.commit(m) // which replaces a manifest that was being written, too
	return err
}

// takeOver checks the samples against the manifest, takes them over, and returns
// how many bytes lie behind them.
func (r *Run) takeOver(m Manifest) (tail int, err error) {
	raw, behind, err := covered(r.path(), m)
	if err != nil {
		return 0, err
	}
	samples, err := parseSamples(raw, m, decodeSample)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", r.path(), err)
	}
	r.ledger = newLedger(m)
	for _, a := range attempts(samples) {
		if err := r.ledger.add(a.samples); err != nil {
			return 0, fmt.Errorf("%s: line %d: %w", r.path(), a.line, err)
		}
	}
	r.left = r.ledger.pending()
	if !m.Plan.Ended() {
		r.recorded = samples
	}
	r.hash.Write(raw)
	tail, err = r.takeOverTicks(m)
	return tail + len(behind), err
}

// resumption is the warning that travels with a resumed run.
func (r *Run) resumption(tail int) string {
	at := time.Now().UTC().Format(time.RFC3339)
	text := fmt.Sprintf("resumed at %s after %d trials: earlier and later blocks were run at different times", at, r.ledger.begun)
	if failed := len(r.ledger.failed()); failed > 0 {
		text += fmt.Sprintf("; %d failed trials are run again", failed)
	}
	if tail > 0 {
		text += fmt.Sprintf("; %d bytes of an unfinished trial were discarded", tail)
	}
	return text
}
