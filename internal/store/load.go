package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/copytax/copytax/experiment"
)

// Results are the manifest and all samples of a run, unedited. Those of schema 1
// are turned into this one: Manifest.Converted then has the seal of the folder.
type Results struct {
	Dir      string
	Manifest Manifest
	Samples  experiment.Samples // of all attempts, failed ones too, in the order of recording

	ledger *ledger // of all samples
}

// Catalogue returns the experiment of a name, false if this program has none.
type Catalogue = func(name string) (experiment.Experiment, bool)

// Load reads the run in dir, complete or not, and checks every byte and every
// trial of it. An error names the file, and the line where there is one. Whatever
// Verify objects to is an error here, so that no figure is made of edited results.
func Load(dir string, known Catalogue) (*Results, error) {
	r, errs := Verify(dir, known)
	if len(errs) > 0 {
		return nil, fmt.Errorf("load run: %w", errors.Join(errs...))
	}
	return r, nil
}

// Experiment returns the run as a report is made of it.
func (r *Results) Experiment() *experiment.Results {
	out := &experiment.Results{
		Name: r.Name(), Plan: r.Manifest.Plan, Complete: r.Manifest.State == Complete,
		Machine: r.Manifest.Machine, Go: r.Manifest.Version.Go,
	}
	for _, a := range attempts(r.Samples) {
		first := a.samples[0]
		switch last := r.ledger.last[first.Trial]; {
		case a.failed():
			out.Failures = append(out.Failures, experiment.Failure{
				Trial: r.ledger.trial(first), Reason: first.Error, Mended: last.Error == "",
			})
		case sameAttempt(last, first):
			out.Samples = append(out.Samples, a.samples...)
		case first.Void != "":
			out.Voided = append(out.Voided, experiment.Voided{Trial: r.ledger.trial(first), Reason: first.Void, Samples: a.samples})
		}
	}
	return out
}

// Name is that of the run's folder.
func (r *Results) Name() string {
	if abs, err := filepath.Abs(r.Dir); err == nil {
		return filepath.Base(abs)
	}
	return filepath.Base(r.Dir)
}

// Counts returns for each sample, by its index, whether it is of the try that counts,
// or of a failure that nothing came after.
func (r *Results) Counts(i int) bool {
	s := r.Samples[i]
	return sameAttempt(s, r.ledger.last[s.Trial])
}

// Coverage says how much of the plan is recorded, as "212 of 480 trials, 3 failed".
func (r *Results) Coverage() string {
	text := fmt.Sprintf("%d of %d trials", len(r.ledger.last), r.ledger.size)
	if failed := len(r.ledger.failed()); failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	}
	return text
}

// read reads each file of the run once, so that what it checks is what it returns,
// and returns everything that is wrong with the bytes.
func read(dir string) (*Results, []error) {
	m, schema, err := readManifest(dir)
	if err != nil {
		return nil, []error{err}
	}
	r, errs := &Results{Dir: dir, Manifest: m, ledger: newLedger(m)}, verifyNames(dir)
	if err := r.take(schema); err != nil {
		errs = append(errs, err)
	} else if err := r.takeTicks(); err != nil {
		errs = append(errs, err)
	}
	return r, errs
}

// take reads the samples, which are of a schema.
func (r *Results) take(schema int) error {
	path := filepath.Join(r.Dir, SamplesName)
	raw, tail, err := covered(path, r.Manifest)
	switch {
	case err != nil:
		return err
	case len(tail) > 0:
		return fmt.Errorf("%s: %d bytes behind the %d that the manifest covers, %s: if the run was killed, resuming it discards them",
			path, len(tail), len(raw), torn(tail))
	case schema == Schema:
		r.Samples, err = parseSamples(raw, r.Manifest, decodeSample)
	default:
		r.Samples, err = parseSamples1(raw, &r.Manifest)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// torn says whether a tail ends in a whole line.
func torn(tail []byte) string {
	if bytes.HasSuffix(tail, []byte("\n")) {
		return "whole lines"
	}
	return "a torn line at the end"
}

// readFile is os.ReadFile of what is a file, since a pipe of that name would be
// waited for.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: it is no regular file", path)
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// readManifest returns the manifest of the run in dir, turned into this schema, and
// the schema that the folder is of. It fails when a byte of it is not what this
// program wrote.
func readManifest(dir string) (m Manifest, schema int, err error) {
	path := filepath.Join(dir, ManifestName)
	raw, err := readFile(path)
	if err != nil {
		return m, 0, fmt.Errorf("read manifest: %w", err)
	}
	var is struct{ Schema int }
	switch bad := json.Unmarshal(raw, &is); {
	case bad != nil || is.Schema == Schema: // what is no JSON is complained of with its line
		m, err = parseManifest(raw)
	case is.Schema == 1:
		m, err = parseManifest1(raw)
	default:
		err = fmt.Errorf("schema %d, this version reads schemas 1 and %d", is.Schema, Schema)
	}
	if err == nil {
		err = sense(m)
	}
	if err != nil {
		return m, 0, fmt.Errorf("%s: %w", path, err)
	}
	return m, is.Schema, nil
}

// covered returns the bytes of the samples that the manifest covers, and those behind
// them.
func covered(path string, m Manifest) (raw, tail []byte, err error) {
	want, ok := m.Files[SamplesName]
	if _, series := m.Files[TicksName]; !ok || len(m.Files) > 2 || len(m.Files) == 2 && !series {
		return nil, nil, fmt.Errorf("%s: the manifest lists %v, want this file, and no other but %s", path, slices.Sorted(maps.Keys(m.Files)), TicksName)
	}
	return coveredBy(path, want)
}

// coveredBy returns the bytes of a file that are what they must be, and those behind them.
func coveredBy(path string, want File) (raw, tail []byte, err error) {
	if raw, err = readFile(path); err != nil {
		return nil, nil, err
	}
	if want.Bytes < 0 || want.Bytes > int64(len(raw)) {
		return nil, nil, fmt.Errorf("%s: truncated: %d bytes, the manifest says %d", path, len(raw), want.Bytes)
	}
	raw, tail = raw[:want.Bytes], raw[want.Bytes:]
	if sum(raw) != want.BLAKE3 {
		return nil, nil, fmt.Errorf("%s: edited: its BLAKE3 is not the manifest's%s", path, hint(raw))
	}
	return raw, tail, nil
}

// verifyNames says what lies in the folder and is not the run's.
func verifyNames(dir string) []error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return []error{err}
	}
	var errs []error
	// Whether the manifest lists the series is said where they are read.
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case e.Name() == temporaryName:
			errs = append(errs, fmt.Errorf("%s: left by a run that was killed: resuming it removes the file", path))
		case e.Name() != SamplesName && e.Name() != ManifestName && e.Name() != TicksName:
			errs = append(errs, fmt.Errorf("%s: not part of the run: the manifest does not list it", path))
		case e.Type()&fs.ModeType != 0:
			errs = append(errs, fmt.Errorf("%s: not a regular file", path))
		}
	}
	return errs
}
