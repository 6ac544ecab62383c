package store

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// FuzzVerify seals whatever it is given and wants an answer, whichever: a folder may
// come from anybody.
func FuzzVerify(f *testing.F) {
	m := testManifest(1)
	m.State, m.Schema = Complete, Schema
	manifest, err := json.Marshal(m)
	if err != nil {
		f.Fatal(err)
	}
	lines, err := encodeLines(testTrial(0))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(manifest, lines)
	f.Add(manifest, []byte(`{"trial":0,"block":0,"cell":0,"worker":"trial","error":"x","program":"0123456789ab"}`+"\n"))
	old, err := os.ReadFile(filepath.Join(reference, ManifestName))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(old, []byte(`{"trial":0,"block":0,"arm":"direct","scenario":"flock","role":"kernel","host":"kernel"}`+"\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, manifest, lines []byte) {
		files := map[string]File{SamplesName: {Bytes: int64(len(lines)), BLAKE3: sum(lines)}}
		sealed, err := manifest, error(nil)
		var is Manifest
		var was manifest1
		switch {
		case decodeStrict(manifest, &is) == nil && is.Schema == Schema:
			is.Files = files
			sealed, err = is.sealed()
		case decodeStrict(manifest, &was) == nil && was.Schema == 1:
			was.Files = files
			sealed, err = seal1(was)
		}
		if err = errors.Join(err, os.WriteFile(filepath.Join(dir, ManifestName), sealed, 0o644),
			os.WriteFile(filepath.Join(dir, SamplesName), lines, 0o644)); err != nil {
			t.Skip(err)
		}
		if r, err := Load(dir, stubs); err == nil {
			r.Experiment()
			_ = r.Coverage()
		}
	})
}
