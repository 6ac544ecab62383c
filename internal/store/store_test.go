package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

const testProgram = "0123456789abcdef0123456789abcdef"

// testManifest has a plan of so many trials: one cell, a trial a block.
func testManifest(trials int) Manifest {
	return Manifest{
		Created: time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.FixedZone("", 3600)),
		Command: []string{"copytax", "run", "--transport", "unix+*", "<&>"},
		Version: Version{Copytax: "v1", Go: "go1.26", Modules: map[string]string{"example.org/m": "v0.1.0"}, Program: testProgram, Wasm: "00ff"},
		Machine: json.RawMessage(`{"cpu":"a <b> & c","cores":2}`),
		Plan: experiment.Plan{
			Experiments: []string{"flock"}, Profile: experiment.Quick, Seed: 18446744073709551615, Blocks: trials,
			Options: map[string]string{"attach": "false"},
			Levels:  []experiment.Level{{Factor: "arm", Value: "direct", Summary: "calls", Facts: map[string]string{"codec": "none"}}},
			Cells: []experiment.Cell{{Experiment: "flock", Group: "all", Factors: experiment.Factors{
				"arm": "direct", "transport": "direct", "engine": "wasm", "boids": "100",
			}}},
			Unavailable: []experiment.Unavailable{{What: "shm:spin", Reason: "one core"}},
		},
	}
}

// testTrial returns the samples of a trial that went well.
func testTrial(trial int) []experiment.Sample {
	var samples []experiment.Sample
	for _, role := range []string{"kernel", "engine", "viewer"} {
		s := experiment.Sample{
			Trial: trial, Block: trial, Worker: role, PID: 100 + trial, Program: testProgram[:12],
			Metrics:  map[string]float64{"cpu_compute_ns": 8e5 + 1.0/3, "cpu_wait_ns": 1e5, "wire_bytes": 0},
			Evidence: map[string]string{"digest": "abc", "chain": "def", "genome": "012"},
		}
		switch role {
		case "kernel":
			s.Metrics["wall_ns"], s.Metrics["process_cpu_ns"] = 1e6, 2.7e6
		case "engine":
			s.Shares, s.Metrics["mean_neighbours"] = "kernel", 8.5
		case "viewer":
			s.Shares, s.Histograms = "kernel", map[string]*experiment.Histogram{"latency_ns": testHistogram()}
			s.Series = map[string][]int64{"latency_ns": testSeries()}
			s.Proof = &copytax.AddressProof{MapInode: 5, HubInode: 5}
		}
		samples = append(samples, s)
	}
	return samples
}

// testSeries is in no order, as latencies are.
func testSeries() (ns []int64) {
	for i := range int64(100) {
		ns = append(ns, 1000+i*61%100*37)
	}
	return ns
}

func testHistogram() *experiment.Histogram {
	h, err := experiment.FromSeries(testSeries())
	if err != nil {
		panic(err)
	}
	return h
}

func failedTrial(trial, attempt int) experiment.Sample {
	return experiment.Sample{
		Trial: trial, Block: trial, Attempt: attempt, Worker: experiment.Whole, Program: testProgram[:12], Error: "no luck",
	}
}

func allowed(Manifest) error { return nil }

// record writes the given number of trials of a plan and returns the run unfinished.
func record(t *testing.T, dir string, trials, plan int) *Run {
	t.Helper()
	r, err := Create(dir, testManifest(plan))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	for trial := range trials {
		if err := r.Append(testTrial(trial)...); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func finished(t *testing.T, trials int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "deep", "run")
	if err := record(t, dir, trials, trials).Finish(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func wantErr(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("got no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("got error %q, want it to contain %q", err, part)
		}
	}
}

func wantSound(t *testing.T, dir string) *Results {
	t.Helper()
	r, errs := Verify(dir, stubs)
	if len(errs) > 0 {
		t.Fatalf("verify: got %v, want nothing", errs)
	}
	return r
}

// problems is what verify finds, nil if that is nothing.
func problems(dir string) error {
	_, errs := Verify(dir, stubs)
	return errors.Join(errs...)
}

// snapshot returns the bytes of every file of a folder.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(raw)
	}
	return all
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsWrittenIsLoaded(t *testing.T) {
	dir := finished(t, 2)
	r := wantSound(t, dir)
	want := append(testTrial(0), testTrial(1)...)
	for i := range want {
		want[i].Of = testManifest(2).Plan.Cells[0]
	}
	if !reflect.DeepEqual([]experiment.Sample(r.Samples), want) {
		t.Errorf("got samples %+v, want %+v", r.Samples, want)
	}
	if r.Manifest.State != Complete || r.Manifest.Finished.IsZero() {
		t.Errorf("got state %q finished %v, want complete", r.Manifest.State, r.Manifest.Finished)
	}
	if got, want := r.Manifest.Plan, testManifest(2).Plan; !reflect.DeepEqual(got, want) {
		t.Errorf("got plan %+v, want %+v", got, want)
	}
	if got, want := r.Manifest.Created, testManifest(2).Created.Truncate(time.Millisecond); !got.Equal(want) {
		t.Errorf("got created %v, want %v", got, want)
	}
	if got := r.Coverage(); got != "2 of 2 trials" {
		t.Errorf("got coverage %q", got)
	}
}

// TestFormatIsDocumented fails when a field is missing in the published format.
func TestFormatIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/results-format.md")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	jsonKeys(reflect.TypeFor[Manifest](), keys)
	jsonKeys(reflect.TypeFor[experiment.Sample](), keys)
	if len(keys) < 60 {
		t.Fatalf("got %d keys, want at least 60: the search is broken", len(keys))
	}
	for key := range keys {
		if !strings.Contains(string(doc), "`"+key+"`") {
			t.Errorf("docs/results-format.md says nothing of %q", key)
		}
	}
}

// jsonKeys adds the JSON keys of t and of all that it holds to keys.
func jsonKeys(t reflect.Type, keys map[string]bool) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Array:
		jsonKeys(t.Elem(), keys)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "-" {
				continue
			}
			if name != "" {
				keys[name] = true
			}
			jsonKeys(f.Type, keys)
		}
	}
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Create(dir, testManifest(1))
	wantErr(t, err, dir, "not empty", "file")
	_, err = Create(file, testManifest(1))
	wantErr(t, err, file, "not a directory")
	_, err = Create("/proc/run", testManifest(1))
	wantErr(t, err, "/proc/run")
	broken := filepath.Join(dir, "broken")
	_, err = Create(broken, testManifest(0))
	wantErr(t, err, broken, "0 blocks")
	m := testManifest(1)
	m.Plan.Cells = append(m.Plan.Cells, m.Plan.Cells[0])
	_, err = Create(broken, m)
	wantErr(t, err, broken, "the same as cell 0")
	m = testManifest(1)
	m.Machine = json.RawMessage("{")
	_, err = Create(broken, m)
	wantErr(t, err, broken)
	if r, err := Create(broken, testManifest(1)); err != nil {
		t.Errorf("create again after a failure: %v", err)
	} else {
		r.Close()
	}
}

func TestAppendRefuses(t *testing.T) {
	dir := t.TempDir()
	r := record(t, dir, 1, 3)
	change := func(f func(s []experiment.Sample)) []experiment.Sample {
		s := testTrial(1)
		f(s)
		return s
	}
	cases := map[string][]experiment.Sample{
		"no sample":                     nil,
		"trial 0 is recorded already":   testTrial(0),
		"where trial 1 is due":          testTrial(2),
		"the plan has 3 trials":         testTrial(3),
		"sample of trial 5":             change(func(s []experiment.Sample) { s[2].Trial = 5 }),
		"contradict each other":         change(func(s []experiment.Sample) { s[2].Block = 2 }),
		"the plan has it in block 1":    change(func(s []experiment.Sample) { s[0].Block, s[1].Block, s[2].Block = 2, 2, 2 }),
		"cell 1: the plan has 1":        change(func(s []experiment.Sample) { s[0].Cell = 1 }),
		"negative":                      change(func(s []experiment.Sample) { s[0].Block = -1 }),
		"without a worker":              change(func(s []experiment.Sample) { s[0].Worker = "" }),
		"worker kernel stands on":       change(func(s []experiment.Sample) { s[1].Worker = "kernel" }),
		"NaN":                           change(func(s []experiment.Sample) { s[1].Metrics["x"] = 0 / func() float64 { return 0 }() }),
		"none of this run":              change(func(s []experiment.Sample) { s[1].Program = "0123456789ff" }),
		`program "0123"`:                change(func(s []experiment.Sample) { s[1].Program = "0123" }),
		`program ""`:                    change(func(s []experiment.Sample) { s[1].Program = "" }),
		"a failed trial has one line":   change(func(s []experiment.Sample) { s[1].Error = "no luck" }),
		"neither figures nor an error":  change(func(s []experiment.Sample) { s[1].Metrics, s[1].Evidence = nil, nil }),
		"no failed attempt 0 before it": change(func(s []experiment.Sample) { s[0].Attempt, s[1].Attempt, s[2].Attempt = 1, 1, 1 }),
		"figures beside the error": {{Trial: 1, Block: 1, Worker: experiment.Whole, Error: "x", Program: testProgram,
			Metrics: map[string]float64{"x": 1}}},
	}
	for want, samples := range cases {
		wantErr(t, r.Append(samples...), want)
	}
	wantErr(t, r.Finish(), "2 trials of the plan are left")
	if got := wantSound(t, dir); len(got.Samples) != 3 || got.Coverage() != "1 of 3 trials" {
		t.Errorf("got %d samples, want 3; %s", len(got.Samples), got.Coverage())
	}
	wantErr(t, r.Append(testTrial(1)...), "closed")
}

func TestReferencesAreKept(t *testing.T) {
	dir := t.TempDir()
	r := record(t, dir, 0, 1)
	evidence := map[string]string{"digest": "abc", "chain": "def"}
	if err := r.SetReference("boids=100", evidence); err != nil {
		t.Fatal(err)
	}
	evidence["digest"] = "changed by the caller"
	if got := wantSound(t, dir).Manifest.Worlds["boids=100"]["digest"]; got != "abc" {
		t.Errorf("got digest %q on disk before any trial, want abc", got)
	}
	wantErr(t, r.SetReference("boids=100", evidence), "cannot become")
	wantErr(t, r.SetReference("", evidence), `world ""`)
	if err := r.SetReference("boids=100", map[string]string{"digest": "abc", "chain": "def"}); err != nil {
		t.Error(err)
	}
	other := testTrial(0)
	for i := range other {
		other[i].Evidence["digest"] = "abd"
	}
	if err := errors.Join(r.Append(other...), r.Finish()); err != nil {
		t.Fatal(err)
	}
	wantErr(t, problems(dir), "line 1", "void: the kernel of direct saw digest abd, the reference saw abc")
}

// TestVerifyFindsEveryByte changes every byte of both files to another value
// and cuts both at every length.
func TestVerifyFindsEveryByte(t *testing.T) {
	dir := finished(t, 1)
	for _, name := range []string{ManifestName, SamplesName} {
		path := filepath.Join(dir, name)
		sound, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		mustFail := func(content []byte, what string, at int) {
			t.Helper()
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
			if problems(dir) == nil {
				t.Errorf("%s: %s at %d of %d bytes: verify found nothing", name, what, at, len(sound))
			}
		}
		edited := make([]byte, len(sound))
		for i := range sound {
			for _, flip := range []byte{1, 0x20, 0x80} { // a digit, the case of a letter, invalid UTF-8
				copy(edited, sound)
				edited[i] ^= flip
				mustFail(edited, fmt.Sprintf("byte flipped by %#x", flip), i)
			}
			mustFail(sound[:i], "cut", i)
		}
		mustFail(append(sound[:len(sound):len(sound)], '\n'), "added newline", len(sound))
		if err := os.WriteFile(path, sound, 0o644); err != nil {
			t.Fatal(err)
		}
		wantSound(t, dir)
	}
}

func TestVerifyFindsFiles(t *testing.T) {
	dir := finished(t, 1)
	extra := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(extra, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	wantErr(t, problems(dir), extra, "not part of the run")
	if _, err := Load(dir, stubs); err == nil {
		t.Error("load with an unknown file: got no error")
	}
	os.Remove(extra)
	wantSound(t, dir)

	samples := filepath.Join(dir, SamplesName)
	elsewhere := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(samples, elsewhere); err != nil {
		t.Fatal(err)
	}
	wantErr(t, problems(dir), samples, "no such file")
	if err := os.Symlink(elsewhere, samples); err != nil {
		t.Fatal(err)
	}
	wantErr(t, problems(dir), samples, "not a regular file")
	wantErr(t, problems(t.TempDir()), ManifestName)
}

// TestDiagnoses names what editors, version control and kills do to files.
func TestDiagnoses(t *testing.T) {
	for name, c := range map[string]struct {
		file, want string
		spoil      func(raw string) string
	}{
		"CRLF manifest": {ManifestName, "CRLF", func(raw string) string { return strings.ReplaceAll(raw, "\n", "\r\n") }},
		"CRLF samples":  {SamplesName, "CRLF", func(raw string) string { return strings.ReplaceAll(raw, "\n", "\r\n") }},
		"mark manifest": {ManifestName, "byte order mark", func(raw string) string { return "\ufeff" + raw }},
		"mark samples":  {SamplesName, "byte order mark", func(raw string) string { return "\ufeff" + raw }},
		"torn tail":     {SamplesName, "a torn line at the end", func(raw string) string { return raw + `{"trial":1,"blo` }},
		"whole tail":    {SamplesName, "whole lines", func(raw string) string { return raw + "{}\n" }},
		"cut":           {SamplesName, "truncated", func(raw string) string { return raw[:len(raw)-5] }},
		"schema 3":      {ManifestName, "schema 3, this version reads", func(raw string) string { return strings.Replace(raw, `"schema": 2`, `"schema": 3`, 1) }},
	} {
		dir := finished(t, 1)
		path := filepath.Join(dir, c.file)
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(c.spoil(string(raw))), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) { wantErr(t, problems(dir), path, c.want) })
	}
}

// TestLoadRefusesWhatIsNotCovered reads a run that goes on, between two writes.
func TestLoadRefusesWhatIsNotCovered(t *testing.T) {
	dir := t.TempDir()
	record(t, dir, 1, 2)
	if r := load(t, dir); len(r.Samples) != 3 {
		t.Errorf("got %d samples, want 3", len(r.Samples))
	}
	appendTo(t, filepath.Join(dir, SamplesName), "{half")
	before := snapshot(t, dir)
	_, err := Load(dir, stubs)
	wantErr(t, err, "torn line")
	if !reflect.DeepEqual(snapshot(t, dir), before) {
		t.Error("reading changed the folder")
	}
}

// TestLoadNamesTheLine seals wrong lines properly, as a foreign program might.
func TestLoadNamesTheLine(t *testing.T) {
	good, err := json.Marshal(testTrial(0)[0])
	if err != nil {
		t.Fatal(err)
	}
	line := string(good)
	for content, want := range map[string]string{
		line + "\n" + `{"trial":0,"colour":1}` + "\n": "line 2: json: unknown field \"colour\"",
		line + "\n{\n":            "line 2: unexpected EOF",
		line + "\n\n":             "line 2: EOF",
		line + "\n" + line + "\n": "line 2: trial 0 worker kernel stands on line 1",
		line:                      "line 1: truncated",
		line + " {}\n":            "line 1: data behind",
		strings.Replace(line, `"cell":0`, `"cell":9`, 1) + "\n":                  "line 1: cell 9",
		strings.Replace(line, `"worker":"kernel"`, `"worker":"trial"`, 1) + "\n": "line 1: worker \"trial\"",
	} {
		dir := t.TempDir()
		m := testManifest(1)
		m.State = Running
		sealLines(t, dir, m, []byte(content))
		_, err = Load(dir, stubs)
		wantErr(t, err, filepath.Join(dir, SamplesName), want)
	}
}

// TestConvertedKeepsItsOrder reads a run that was recorded elsewhere, in an order of
// its own, with a trial that nobody ran.
func TestConvertedKeepsItsOrder(t *testing.T) {
	m := testManifest(3)
	m.Version.Program, m.State = "", Complete
	m.Finished = m.Created.Add(time.Hour)
	m.Converted = &Converted{From: "results.json", Hash: "00", OwnOrder: true, Absent: 1}
	if err := sense(m); err == nil || !strings.Contains(err.Error(), "no such conversion") {
		t.Errorf("a conversion that nobody made: got %v", err)
	}
	defer func(known []Converted) { conversions = known }(conversions)
	conversions = append(slices.Clone(conversions), *m.Converted)
	var samples []experiment.Sample
	for trial, block := range []int{2, 0, 0, 3} {
		for _, s := range testTrial(trial) {
			s.Block, s.Program, s.Series = block, "", nil // none had any then
			samples = append(samples, s)
		}
	}
	sealed := func(trials int) string {
		dir := t.TempDir()
		seal(t, dir, m, samples[:3*trials])
		return dir
	}
	dir := sealed(2)
	got := wantSound(t, dir)
	if s := got.Experiment().Samples; len(s) != 6 || s[0].Block != 2 {
		t.Errorf("got %d samples, the first of block %d", len(s), s[0].Block)
	}
	_, err := Resume(dir, allowed)
	wantErr(t, err, "older schema, results.json")
	wantErr(t, problems(sealed(1)), "lacks 2 of the plan's 3 trials (1 of them are known to be absent)")
	wantErr(t, problems(sealed(3)), "trial 2 is of block 0 and cell 0", "as trial 1 is")
	samples = slices.Delete(samples, 6, 9)
	for i := range samples[6:] {
		samples[6+i].Trial = 2
	}
	wantErr(t, problems(sealed(3)), "trial 2 is of block 3: the plan has 3")
}
