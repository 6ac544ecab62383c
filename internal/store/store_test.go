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
	"github.com/copytax/copytax/gauge"
)

func testManifest() Manifest {
	return Manifest{
		Created: time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.FixedZone("", 3600)),
		Command: []string{"copytax", "run", "--transport", "unix+*", "<&>"},
		Version: Version{Copytax: "v1", Go: "go1.26", Modules: map[string]string{"example.org/m": "v0.1.0"}, Wasm: "00ff"},
		Machine: json.RawMessage(`{"cpu":"a <b> & c","cores":2}`),
		Plan: Plan{
			Profile: "quick", Scenario: "flock", Seed: 18446744073709551615, Blocks: 2,
			Arms:        []Arm{{Name: "direct", Transport: "direct", Summary: "calls"}},
			Configs:     []copytax.Config{testConfig()},
			Unavailable: []Unavailable{{Transport: "shm:spin", Reason: "one core"}},
		},
	}
}

func testConfig() copytax.Config {
	return copytax.Config{Boids: 100, Neighbours: 8, Mode: copytax.ConstantDensity, Seed: 7, WarmUp: 10, Ticks: 50, Slots: 3}
}

// testTrial returns the samples of a trial that went well.
func testTrial(trial int) []Sample {
	var samples []Sample
	for role := range copytax.NumRoles {
		s := Sample{
			Trial: trial, Block: trial, Arm: "direct", Scenario: "flock", Transport: "direct", Config: testConfig(),
			Role: role.String(), Host: role.String(), PID: 100 + trial, WallNS: 1e6, ProcessCPUNS: 9e5, SampledTicks: 12, Laps: 300,
			CPUNS:       map[string]float64{"compute": 8e5 + 1.0/3, "wait": 1e5},
			PhaseWallNS: map[string]int64{"compute": 8e5, "wait": 2e5},
			Evidence:    copytax.Evidence{Digest: "abc", Chain: "def"},
		}
		if role == copytax.Viewer {
			s.Latency = &Latency{Count: 50, MeanNS: 1.5, MinNS: 1, P50NS: 2, P90NS: 3, P99NS: 4, P999NS: 5, MaxNS: 6, Histogram: [][2]int64{{2, 25}, {6, 25}}}
			s.Proof = &copytax.AddressProof{MapInode: 5, HubInode: 5}
		}
		samples = append(samples, s)
	}
	return samples
}

// record writes a run of the given number of trials and returns it unfinished.
func record(t *testing.T, dir string, trials int) *Run {
	t.Helper()
	r, err := Create(dir, testManifest())
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
	if err := record(t, dir, trials).Finish(); err != nil {
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
	if errs := Verify(dir); len(errs) > 0 {
		t.Fatalf("verify: got %v, want nothing", errs)
	}
	r, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatIsWrittenIsLoaded(t *testing.T) {
	dir := finished(t, 2)
	r := wantSound(t, dir)
	want := append(testTrial(0), testTrial(1)...)
	if !reflect.DeepEqual(r.Samples, want) {
		t.Errorf("got samples %+v, want %+v", r.Samples, want)
	}
	if r.Manifest.State != Complete || r.Manifest.Finished.IsZero() {
		t.Errorf("got state %q finished %v, want complete", r.Manifest.State, r.Manifest.Finished)
	}
	if got, want := r.Manifest.Plan, testManifest().Plan; !reflect.DeepEqual(got, want) {
		t.Errorf("got plan %+v, want %+v", got, want)
	}
	if got, want := r.Manifest.Created, testManifest().Created.Truncate(time.Millisecond); !got.Equal(want) {
		t.Errorf("got created %v, want %v", got, want)
	}
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Create(dir, testManifest())
	wantErr(t, err, dir, "not empty", "file")
	_, err = Create(file, testManifest())
	wantErr(t, err, file, "not a directory")
	_, err = Create("/proc/run", testManifest())
	wantErr(t, err, "/proc/run")
	m := testManifest()
	m.Machine = json.RawMessage("{")
	broken := filepath.Join(dir, "broken")
	_, err = Create(broken, m)
	wantErr(t, err, broken)
	if r, err := Create(broken, testManifest()); err != nil {
		t.Errorf("create again after a failure: %v", err)
	} else {
		r.Close()
	}
}

func TestAppendRefuses(t *testing.T) {
	dir := t.TempDir()
	r := record(t, dir, 1)
	other := testTrial(1)
	other[2].Trial = 5
	unknown := testTrial(1)
	unknown[0].CPUNS = map[string]float64{"thinking": 1}
	nan := testTrial(1)
	nan[1].CPUNS["compute"] = 0 / func() float64 { return 0 }()
	cases := []struct {
		samples []Sample
		want    string
	}{
		{nil, "no sample"}, {testTrial(0), "trial 0: it is recorded already"}, {other, "sample of trial 5"},
		{unknown, "thinking"}, {nan, "NaN"}, {[]Sample{{Trial: 1}}, "without an arm"},
	}
	for _, c := range cases {
		wantErr(t, r.Append(c.samples...), c.want)
	}
	if got := wantSound(t, dir); len(got.Samples) != 3 {
		t.Errorf("got %d samples, want 3", len(got.Samples))
	}
	r.Close()
	wantErr(t, r.Append(testTrial(1)...), "closed")
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
			if len(Verify(dir)) == 0 {
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
	wantErr(t, errors.Join(Verify(dir)...), extra, "not part of the run")
	if _, err := Load(dir); err == nil {
		t.Error("load with an unknown file: got no error")
	}
	os.Remove(extra)
	wantSound(t, dir)

	samples := filepath.Join(dir, SamplesName)
	elsewhere := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(samples, elsewhere); err != nil {
		t.Fatal(err)
	}
	wantErr(t, errors.Join(Verify(dir)...), samples, "no such file")
	if err := os.Symlink(elsewhere, samples); err != nil {
		t.Fatal(err)
	}
	wantErr(t, errors.Join(Verify(dir)...), samples, "not a regular file")
	wantErr(t, errors.Join(Verify(t.TempDir())...), ManifestName)
}

// TestVerifyFindsContradictions records samples that are intact on disk, but
// cannot all be true.
func TestVerifyFindsContradictions(t *testing.T) {
	digest, proof := testTrial(1), testTrial(1)
	digest[1].Evidence.Digest = "abd"
	proof[2].Proof.MapInode = 6
	for want, samples := range map[string][]Sample{
		"trial 1 engine (direct): digest abd": digest,
		"does not lie in the hub":             proof,
	} {
		dir := t.TempDir()
		r := record(t, dir, 1)
		if err := r.Append(samples...); err != nil {
			t.Fatal(err)
		}
		if err := r.Finish(); err != nil {
			t.Fatal(err)
		}
		wantErr(t, errors.Join(Verify(dir)...), SamplesName, want)
	}
}

// TestLoadNamesTheLine seals wrong lines properly, as a foreign program might.
func TestLoadNamesTheLine(t *testing.T) {
	good, err := json.Marshal(testTrial(0)[0])
	if err != nil {
		t.Fatal(err)
	}
	line := string(good)
	cases := map[string]string{
		line + "\n" + `{"trial":0,"colour":1}` + "\n": "line 2: json: unknown field \"colour\"",
		line + "\n{\n":            "line 2: unexpected EOF",
		line + "\n\n":             "line 2: EOF",
		line + "\n" + line + "\n": "line 2: trial 0 role kernel stands on line 1",
		line:                      "line 1: truncated",
		line + " {}\n":            "line 1: data behind",
		strings.Replace(line, `"kernel"`, `"cook"`, 1) + "\n":                "line 1: unknown role \"cook\"",
		strings.Replace(line, `"boids":100`, `"boids":-1`, 1) + "\n":         "line 1: -1 boids",
		strings.Replace(line, `"ticks":50`, `"ticks":0`, 1) + "\n":           "line 1: 0 ticks",
		strings.Replace(line, `"role":"kernel"`, `"role":"trial"`, 1) + "\n": "line 1: role \"trial\"",
	}
	for content, want := range cases {
		dir := t.TempDir()
		m := testManifest()
		m.Schema, m.State = Schema, Complete
		m.Files = map[string]File{SamplesName: {Bytes: int64(len(content)), BLAKE3: sum([]byte(content))}}
		sealed, err := m.sealed()
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.WriteFile(filepath.Join(dir, ManifestName), sealed, 0o644),
			os.WriteFile(filepath.Join(dir, SamplesName), []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
		_, err = Load(dir)
		wantErr(t, err, filepath.Join(dir, SamplesName), want)
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
	jsonKeys(reflect.TypeFor[Sample](), keys)
	jsonKeys(reflect.TypeFor[gauge.Sample](), keys)
	if len(keys) < 70 {
		t.Fatalf("got %d keys, want at least 70: the search is broken", len(keys))
	}
	for key := range keys {
		if !strings.Contains(string(doc), "| `"+key+"` |") {
			t.Errorf("docs/results-format.md has no row for %q", key)
		}
	}
	for p := range copytax.NumPhases {
		if !strings.Contains(string(doc), "| `"+p.String()+"` |") {
			t.Errorf("docs/results-format.md has no row for phase %q", p)
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
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
				keys[name] = true
			}
			jsonKeys(f.Type, keys)
		}
	}
}

func TestMissingJoinsOneReason(t *testing.T) {
	p := Plan{Unavailable: []Unavailable{{"a", "no cores"}, {"b", "no pages"}, {"c", "no cores"}}}
	want := []Unavailable{{"a; c", "no cores"}, {"b", "no pages"}}
	if got := p.Missing(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if p.Unavailable[0].Transport != "a" {
		t.Error("the plan has changed")
	}
}
