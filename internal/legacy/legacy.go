// Package legacy turns results that were recorded before there was one format into
// runs of package store. Each such format has a file here; what it holds is copied,
// nothing is computed anew. Start at [Write].
package legacy

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/zeebo/blake3"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/store"
)

// read decodes a file of JSON into v, a pointer, and returns its BLAKE3 in hex.
func read(path string, v any) (hash string, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	sum := blake3.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

// Write makes dir a complete run of a converted manifest and its samples, which
// come trial by trial.
func Write(dir string, m store.Manifest, samples []experiment.Sample) error {
	run, err := store.Create(dir, m)
	if err != nil {
		return err
	}
	for len(samples) > 0 {
		n := 1
		for n < len(samples) && samples[n].Trial == samples[0].Trial {
			n++
		}
		if err := run.Append(samples[:n]...); err != nil {
			return errors.Join(err, run.Close())
		}
		samples = samples[n:]
	}
	return run.Finish()
}
