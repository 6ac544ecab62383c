package store

import (
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
}

// Catalogue returns the experiment of a name, false if this program has none.
type Catalogue = func(name string) (experiment.Experiment, bool)

// Load reads the run in dir, complete or not, and checks every byte and every
// trial of it. An error names the file, and the line where there is one. Whatever
// Verify objects to is an error here, so that no figure is made of edited results.
func Load(dir string, known Catalogue) (*Results, error) {
	r, errs := read(dir, false)
	if len(errs) == 0 {
		errs = r.sense(known)
	}
	if len(errs) > 0 {
		return nil, fmt.Errorf("load run: %w", errors.Join(errs...))
	}
	return r, nil
}

// Inspect reads what is recorded of the run in dir, which may still be going on,
// and checks the bytes but not the sense of it. It writes nothing and takes no lock.
func Inspect(dir string) (*Results, error) {
	r, errs := read(dir, true)
	if len(errs) > 0 {
		return nil, fmt.Errorf("inspect run: %w", errors.Join(errs...))
	}
	return r, nil
}

// Experiment returns the run as a report is made of it.
func (r *Results) Experiment() *experiment.Results {
	l, all := newLedger(r.Manifest), attempts(r.Samples)
	for _, a := range all {
		_ = l.add(a.samples) // what is wrong with it is Verify's to say
	}
	out := &experiment.Results{
		Name: r.name(), Plan: r.Manifest.Plan, Complete: r.Manifest.State == Complete,
		Machine: r.Manifest.Machine, Go: r.Manifest.Version.Go,
	}
	for _, a := range all {
		switch last := l.last[a.samples[0].Trial]; {
		case a.failed():
			out.Failures = append(out.Failures, experiment.Failure{
				Trial: l.trial(a.samples[0]), Reason: a.samples[0].Error, Mended: last.Error == "",
			})
		case sameAttempt(last, a.samples[0]):
			out.Samples = append(out.Samples, a.samples...)
		}
	}
	return out
}

// name is that of the run's folder.
func (r *Results) name() string {
	if abs, err := filepath.Abs(r.Dir); err == nil {
		return filepath.Base(abs)
	}
	return filepath.Base(r.Dir)
}

// Coverage says how much of the plan is recorded, as "212 of 480 trials, 3 failed".
func (r *Results) Coverage() string {
	l, failed := newLedger(r.Manifest), 0
	for _, a := range attempts(r.Samples) {
		_ = l.add(a.samples) // as in Experiment
	}
	for _, s := range l.last {
		if s.Error != "" {
			failed++
		}
	}
	text := fmt.Sprintf("%d of %d trials", len(l.last), l.size)
	if failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	}
	return text
}

// read reads each file of the run once, so that what it checks is what it returns,
// and returns everything that is wrong with the bytes. With partial it is content
// with what the manifest of an unfinished run covers.
func read(dir string, partial bool) (*Results, []error) {
	m, f, err := readManifest(dir)
	if err != nil {
		return nil, []error{err}
	}
	partial = partial && m.State == Running
	var errs []error
	if !partial {
		errs = verifyNames(dir, m)
	}
	r := &Results{Dir: dir, Manifest: m}
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		if err := r.take(f, name, partial); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return r, nil
}

// take reads one file of the run, and what samples it has.
func (r *Results) take(f format, name string, partial bool) error {
	path := filepath.Join(r.Dir, name)
	raw, err := covered(path, r.Manifest.Files[name], partial)
	if err != nil || name != SamplesName {
		return err
	}
	if r.Samples, err = f.samples(raw, &r.Manifest); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// readManifest returns the manifest of the run in dir, turned into this schema,
// and how its samples are read. It fails when a byte of it is not what this
// program wrote.
func readManifest(dir string) (Manifest, format, error) {
	path := filepath.Join(dir, ManifestName)
	raw, err := os.ReadFile(path)
	if err != nil {
		return Manifest{}, nil, fmt.Errorf("read manifest: %w", err)
	}
	f, err := formatOf(raw)
	if err != nil {
		return Manifest{}, nil, fmt.Errorf("%s: %w", path, err)
	}
	m, err := f.manifest(raw)
	if err == nil {
		err = planSense(m.Plan)
	}
	if err != nil {
		return m, nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, f, nil
}

// A format is how one schema is read.
type format interface {
	manifest(raw []byte) (Manifest, error)
	// samples decodes the lines of samples.jsonl. It may add worlds to the manifest.
	samples(raw []byte, m *Manifest) (experiment.Samples, error)
}

// formatOf returns the format that a manifest says it is of. What is no JSON is
// left to be complained of by that of this program.
func formatOf(raw []byte) (format, error) {
	var is struct{ Schema int }
	switch err := json.Unmarshal(raw, &is); {
	case err != nil || is.Schema == Schema:
		return schema2{}, nil
	case is.Schema == 1:
		return &schema1{}, nil
	}
	return nil, fmt.Errorf("schema %d, this version reads schemas 1 and %d", is.Schema, Schema)
}

// schema2 is the format of this program.
type schema2 struct{}

func (schema2) manifest(raw []byte) (Manifest, error) { return parseManifest(raw) }

func (schema2) samples(raw []byte, m *Manifest) (experiment.Samples, error) {
	return parseSamples(raw, *m)
}

// covered returns the bytes of a file that the manifest covers. Where it is not
// partial there must be no more of them.
func covered(path string, want File, partial bool) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	tail := int64(len(raw)) - want.Bytes
	switch {
	case want.Bytes < 0 || tail < 0:
		return nil, fmt.Errorf("%s: truncated: %d bytes, the manifest says %d", path, len(raw), want.Bytes)
	case sum(raw[:want.Bytes]) != want.BLAKE3:
		return nil, fmt.Errorf("%s: edited: its BLAKE3 is not the manifest's%s", path, hint(raw))
	case tail > 0 && !partial:
		return nil, fmt.Errorf("%s: %d bytes behind the %d that the manifest covers, %s: if the run was killed, resuming it discards them",
			path, tail, want.Bytes, torn(raw))
	}
	return raw[:want.Bytes], nil
}

// torn says whether a file ends in a whole line.
func torn(raw []byte) string {
	if raw[len(raw)-1] != '\n' {
		return "a torn line at the end"
	}
	return "whole lines"
}

// verifyNames compares the folder with the manifest's list.
func verifyNames(dir string, m Manifest) []error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return []error{err}
	}
	var errs []error
	if _, ok := m.Files[SamplesName]; !ok {
		errs = append(errs, fmt.Errorf("%s: it does not list %s", filepath.Join(dir, ManifestName), SamplesName))
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		_, listed := m.Files[e.Name()]
		switch {
		case e.Name() == temporaryName:
			errs = append(errs, fmt.Errorf("%s: left by a run that was killed: resuming it removes the file", path))
		case !listed && e.Name() != ManifestName:
			errs = append(errs, fmt.Errorf("%s: not part of the run: the manifest does not list it", path))
		case e.Type()&fs.ModeType != 0:
			errs = append(errs, fmt.Errorf("%s: not a regular file", path))
		}
	}
	return errs
}
