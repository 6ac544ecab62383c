package store

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/copytax/copytax/experiment"
)

// members returns a file of a member each of the lines.
func members(t *testing.T, all ...string) []byte {
	t.Helper()
	var raw bytes.Buffer
	for _, lines := range all {
		z := gzip.NewWriter(&raw)
		if _, err := z.Write([]byte(lines)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return raw.Bytes()
}

// withTicks puts other series into a run and seals it.
func withTicks(t *testing.T, dir string, raw []byte) {
	t.Helper()
	m, _, err := readManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	m.Files[TicksName] = File{Bytes: int64(len(raw)), BLAKE3: sum(raw)}
	content, err := m.sealed()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(filepath.Join(dir, ManifestName), content, 0o644), os.WriteFile(filepath.Join(dir, TicksName), raw, 0o644)); err != nil {
		t.Fatal(err)
	}
}

// What was recorded comes back, on the samples that it was of, and not in their lines.
func TestSeriesComeBack(t *testing.T) {
	dir := finished(t, 3)
	samples := wantSound(t, dir).Samples
	for _, s := range samples {
		if want := s.Worker == "viewer"; want != slices.Equal(s.Series["latency_ns"], testSeries()) {
			t.Errorf("trial %d %s: got the series %v", s.Trial, s.Worker, s.Series)
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, SamplesName))
	if err != nil || bytes.Contains(raw, []byte("series")) {
		t.Errorf("the samples hold series (%v)", err)
	}
	raw, err = os.ReadFile(filepath.Join(dir, TicksName))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := eachMember(raw, func([]byte) error { n++; return nil }); err != nil || n != 3 {
		t.Errorf("got %d members (%v), want one a trial", n, err)
	}
}

// A run without series has no file of them, as those of old have none.
func TestNoSeriesNoFile(t *testing.T) {
	dir := t.TempDir()
	r, err := Create(dir, testManifest(1))
	if err != nil {
		t.Fatal(err)
	}
	trial := testTrial(0)
	for i := range trial {
		trial[i].Series = nil
	}
	if err := errors.Join(r.Append(trial...), r.Finish()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, TicksName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a file of no series (%v)", err)
	}
	wantSound(t, dir)
	if err := os.WriteFile(filepath.Join(dir, TicksName), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	wantErr(t, problems(dir), TicksName, "the manifest does not list it")
}

// The file is held to its hash, to the samples and to their histograms.
func TestForgedSeries(t *testing.T) {
	const viewer = `{"trial":0,"worker":"viewer","series":{"other":[1]}}` + "\n"
	for name, c := range map[string]struct {
		raw  []byte
		want string
	}{
		"other values":   {members(t, `{"trial":0,"worker":"viewer","series":{"latency_ns":[1,2,3]}}`+"\n"), "its 3 values, 1 to 3, are not those of the histogram, 100 of 1000 to 4663"},
		"zero":           {members(t, `{"trial":0,"worker":"viewer","series":{"latency_ns":[0]}}`+"\n"), "want more than 0"},
		"no such trial":  {members(t, `{"trial":7,"worker":"viewer","series":{"x":[1]}}`+"\n"), "series of trial 7, attempt 0, worker \"viewer\", of which samples.jsonl has no figures"},
		"no such worker": {members(t, `{"trial":0,"worker":"ghost","series":{"x":[1]}}`+"\n"), "worker \"ghost\""},
		"twice":          {members(t, viewer+viewer), "line 2: no series, or a second line, of trial 0 worker viewer"},
		"empty":          {members(t, `{"trial":0,"worker":"viewer","series":{}}`+"\n"), "no series"},
		"two trials":     {members(t, viewer+`{"trial":1,"worker":"viewer","series":{"x":[1]}}`+"\n"), "series of trial 1 among those of trial 0"},
		"unknown field":  {members(t, `{"trial":0,"worker":"viewer","more":1,"series":{"x":[1]}}`+"\n"), "line 1"},
		"no gzip":        {[]byte("latencies of many ticks"), "gzip"},
		"torn member":    {members(t, viewer)[:20], "unexpected EOF"},
		"more behind":    {append(members(t, viewer), "rest"...), "EOF"},
	} {
		dir := finished(t, 2)
		withTicks(t, dir, c.raw)
		err := problems(dir)
		if err == nil {
			t.Errorf("%s: got no error", name)
			continue
		}
		wantErr(t, err, c.want)
	}
	dir := finished(t, 1)
	withTicks(t, dir, members(t, viewer))
	wantSound(t, dir)
	path := filepath.Join(dir, TicksName)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for want, damaged := range map[string][]byte{
		"edited":         append(bytes.Clone(raw[:len(raw)-1]), raw[len(raw)-1]^1),
		"truncated":      raw[:len(raw)-1],
		"3 bytes behind": append(bytes.Clone(raw), "abc"...),
	} {
		if err := os.WriteFile(path, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		wantErr(t, problems(dir), TicksName, want)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	wantErr(t, problems(dir), TicksName)
}

// Series in the lines of the samples are refused: they would be in no file of their own.
func TestSeriesAmongTheSamples(t *testing.T) {
	s := testTrial(0)[2]
	if err := check(s, testManifest(1)); err == nil {
		t.Error("got no error")
	}
}

// What a killed run has left of a trial's series is cut off, and a file that the manifest
// does not list is removed.
func TestResumeCutsSeries(t *testing.T) {
	dir := t.TempDir()
	record(t, dir, 1, 2).Close()
	appendTo(t, filepath.Join(dir, TicksName), "torn")
	appendTo(t, filepath.Join(dir, SamplesName), "{torn")
	wantErr(t, problems(dir), SamplesName)
	resume(t, dir, "9 bytes of an unfinished trial", 1)

	dir = t.TempDir()
	record(t, dir, 0, 1).Close()
	if err := os.WriteFile(filepath.Join(dir, TicksName), []byte("torn"), 0o644); err != nil {
		t.Fatal(err)
	}
	wantErr(t, problems(dir), TicksName, "resuming it removes the file")
	resume(t, dir, "4 bytes of an unfinished trial", 0)

	dir = t.TempDir()
	record(t, dir, 1, 2).Close()
	withTicks(t, dir, nil)
	appendTo(t, filepath.Join(dir, TicksName), "x")
	if _, err := Resume(dir, allowed); err != nil {
		t.Errorf("a tail behind nothing: %v", err)
	}
	dir = t.TempDir()
	record(t, dir, 1, 2).Close()
	if err := os.Truncate(filepath.Join(dir, TicksName), 5); err != nil {
		t.Fatal(err)
	}
	_, err := Resume(dir, allowed)
	wantErr(t, err, TicksName, "truncated")
}

// resume resumes a run, records trials from the given one on, and checks the whole.
func resume(t *testing.T, dir, warning string, next int) {
	t.Helper()
	r, err := Resume(dir, allowed)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Append(testTrial(next)...), r.Finish()); err != nil {
		t.Fatal(err)
	}
	got := wantSound(t, dir)
	if len(got.Manifest.Warnings) != 1 {
		t.Fatalf("got the warnings %q", got.Manifest.Warnings)
	}
	wantErr(t, errors.New(got.Manifest.Warnings[0]), warning)
	if i := slices.IndexFunc(got.Samples, func(s experiment.Sample) bool { return s.Trial == next && s.Series != nil }); i < 0 {
		t.Errorf("the trial behind the resumption has no series")
	}
}
