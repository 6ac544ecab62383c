package store

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/copytax/copytax"
)

// Verify checks every byte of every file of the run in dir and returns what is
// wrong, nothing if all is well. It finds an edited, truncated, missing or
// added file, a trial whose evidence contradicts that of another, and an
// address proof that does not hold.
//
// A seal is no signature: it finds accidents and careless edits. Someone who
// recomputes all hashes can only be found by running the plan again.
func Verify(dir string) []error {
	_, errs := inspect(dir)
	return errs
}

// inspect reads the run in dir and returns everything that is wrong with it,
// the results only if nothing is. It reads each file once, so that what it
// checks is what it returns.
func inspect(dir string) (*Results, []error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, []error{err}
	}
	errs := verifyNames(dir, m)
	r := &Results{Dir: dir, Manifest: m}
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		path := filepath.Join(dir, name)
		raw, err := os.ReadFile(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if err := verifyBytes(raw, m.Files[name]); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", path, err))
		}
		if name == SamplesName {
			errs = append(errs, r.inspectSamples(path, raw)...)
		}
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return r, nil
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
		case !listed && e.Name() != ManifestName:
			errs = append(errs, fmt.Errorf("%s: not part of the run: the manifest does not list it", path))
		case e.Type()&fs.ModeType != 0:
			errs = append(errs, fmt.Errorf("%s: not a regular file", path))
		}
	}
	return errs
}

func verifyBytes(raw []byte, want File) error {
	switch {
	case int64(len(raw)) < want.Bytes:
		return fmt.Errorf("truncated: %d bytes, the manifest says %d", len(raw), want.Bytes)
	case int64(len(raw)) > want.Bytes:
		return fmt.Errorf("%d bytes, the manifest says %d: if the run was killed, resuming it discards the rest", len(raw), want.Bytes)
	case sum(raw) != want.BLAKE3:
		return errors.New("edited: its BLAKE3 is not the manifest's")
	}
	return nil
}

// inspectSamples parses the samples of the plan's kind and returns what is
// wrong with them.
func (r *Results) inspectSamples(path string, raw []byte) (errs []error) {
	var err error
	if r.Manifest.Plan.Gauges() {
		r.Gauged, err = parseGauged(raw)
	} else {
		r.Samples, err = parseSamples(raw)
	}
	if err != nil {
		return []error{fmt.Errorf("%s: %w", path, err)}
	}
	for _, err := range contradictions(r.Samples) {
		errs = append(errs, fmt.Errorf("%s: %w", path, err))
	}
	return errs
}

// contradictions returns every sample that saw another world than the first
// one of the same config did, and every proof that does not hold.
func contradictions(samples []Sample) []error {
	type fact struct {
		config copytax.Config
		name   string
	}
	first := map[fact]Sample{}
	var errs []error
	for _, s := range samples {
		if s.Proof != nil && !s.Proof.Holds() {
			errs = append(errs, fmt.Errorf("trial %d %s: the frame does not lie in the hub", s.Trial, s.Role))
		}
		for _, name := range evidenceNames() {
			value := evidence(s, name)
			if value == "" {
				continue
			}
			key := fact{s.Config, name}
			other, ok := first[key]
			if !ok {
				first[key] = s
			} else if want := evidence(other, name); value != want {
				errs = append(errs, fmt.Errorf("trial %d %s (%s): %s %s, trial %d %s (%s) has %s",
					s.Trial, s.Role, s.Arm, name, value, other.Trial, other.Role, other.Arm, want))
			}
		}
	}
	return errs
}

func evidenceNames() []string { return []string{"digest", "chain", "genome"} }

func evidence(s Sample, name string) string {
	switch name {
	case "digest":
		return s.Evidence.Digest
	case "chain":
		return s.Evidence.Chain
	default:
		return s.Evidence.Genome
	}
}
