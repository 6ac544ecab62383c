package store

import (
	"bufio"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
)

const (
	reference = "../../results/reference"
	hub       = "../../results/hub"
)

// A stub is an experiment as far as the store knows one.
type stub struct {
	experiment.Experiment
	name  string
	roles bool // three of them, and worlds; else one sample a trial
}

func (s stub) Duties(_ experiment.Plan, c experiment.Cell) []experiment.Duty {
	if !s.roles {
		return []experiment.Duty{{Worker: "all"}}
	}
	host := ""
	if c.Factors["transport"] == "direct" {
		host = "kernel"
	}
	return []experiment.Duty{
		{Worker: "kernel", Metrics: []string{"process_cpu_ns", "wall_ns"}, Evidence: []string{"digest", "chain", "genome"}},
		{Worker: "engine", Metrics: []string{"mean_neighbours"}, Evidence: []string{"genome"}, Shares: host},
		{Worker: "viewer", Metrics: []string{"latency_ns"}, Evidence: []string{"digest", "chain"}, Shares: host},
	}
}

func (s stub) World(t experiment.Trial) string {
	if !s.roles {
		return ""
	}
	return t.Of.Factors.Condition(experiment.Arm, "transport", "engine")
}

// stubs is a catalogue.
func stubs(name string) (experiment.Experiment, bool) {
	switch name {
	case "flock":
		return stub{name: name, roles: true}, true
	case "signal", "handoff", "fanout":
		return stub{name: name}, true
	}
	return nil, false
}

func load(t *testing.T, dir string) *Results {
	t.Helper()
	r, err := Load(dir, stubs)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// origin returns the seal and the lines of a folder of schema 1 as any program reads
// them.
func origin(t *testing.T, dir string) (seal string, lines []map[string]any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, ManifestName))
	if err != nil {
		t.Fatal(err)
	}
	var m struct{ Seal string }
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(dir, SamplesName))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	scan := bufio.NewScanner(file)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		line := map[string]any{}
		if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return m.Seal, lines
}

// TestSchema1Survives looks for every number of the committed runs of schema 1 in
// what is made of them.
func TestSchema1Survives(t *testing.T) {
	for dir, trials := range map[string]int{reference: 480, hub: 3664} {
		r := load(t, dir)
		seal, lines := origin(t, dir)
		if c := r.Manifest.Converted; c == nil || c.From != "schema 1" || c.Hash != seal || r.Manifest.Seal != seal {
			t.Errorf("%s: got converted %+v, want the seal %s", dir, c, seal)
		}
		if len(r.Samples) != len(lines) {
			t.Fatalf("%s: got %d samples, want %d", dir, len(r.Samples), len(lines))
		}
		if order := r.Manifest.Plan.Order(); len(order) != trials {
			t.Errorf("%s: got %d trials, want %d", dir, len(order), trials)
		}
		for i, line := range lines {
			if left := consume(t, line, r.Samples[i]); len(left) > 0 {
				t.Fatalf("%s: line %d: got nothing for %v", dir, i+1, left)
			}
		}
		if out := r.Experiment(); len(out.Samples) != len(lines) || len(out.Failures) > 0 || !out.Complete || out.Name != filepath.Base(dir) {
			t.Errorf("%s: got %d samples, %d failures of %q", dir, len(out.Samples), len(out.Failures), out.Name)
		}
	}
}

// consume takes from a line of schema 1 what the sample has, and returns the rest.
func consume(t *testing.T, line map[string]any, s experiment.Sample) map[string]any {
	t.Helper()
	number := func(path string, v any, got float64) {
		if v != any(got) {
			t.Fatalf("trial %d %s: %s: got %v, want %v", s.Trial, s.Worker, path, got, v)
		}
	}
	rename := map[string]string{"host": "", "role": ""}
	for key, v := range maps.Clone(line) {
		switch v := v.(type) {
		case float64:
			switch got, ok := s.Metrics[key]; {
			case ok:
				number(key, v, got)
			case key == "trial":
				number(key, v, float64(s.Trial))
			case key == "block":
				number(key, v, float64(s.Block))
			case key == "pid":
				number(key, v, float64(s.PID))
			case s.Factor(key) != "":
				raw, _ := json.Marshal(v)
				if string(raw) != s.Factor(key) {
					t.Fatalf("factor %s: got %s, want %s", key, s.Factor(key), raw)
				}
			case v == 0 && s.Shares != "": // a figure of a process, on the line of one that shares it
			default:
				continue
			}
		case string:
			if _, ok := rename[key]; !ok && s.Factor(key) != v && s.Of.Experiment != v && s.Of.Group != v {
				continue
			}
		case map[string]any:
			consumeObject(t, key, v, s)
			if len(v) > 0 {
				continue
			}
		}
		delete(line, key)
	}
	return line
}

func consumeObject(t *testing.T, key string, object map[string]any, s experiment.Sample) {
	t.Helper()
	if key == "latency" {
		consumeLatency(t, object, s.Histograms["latency_ns"])
		return
	}
	for name, v := range maps.Clone(object) {
		as := map[string]string{"cpu_ns": "cpu_" + name + "_ns", "phase_wall_ns": "wall_" + name + "_ns"}[key]
		if as == "" {
			as = name
		}
		proof, _ := json.Marshal(s.Proof)
		var proven map[string]any
		_ = json.Unmarshal(proof, &proven) // nil where there is none
		got, ok := s.Metrics[as]
		switch {
		case ok && any(got) == v, s.Evidence[name] == v, s.Factor(name) == v, key == "proof" && proven[name] == v,
			key == "usage" && s.Shares != "" && v == any(0.0):
			delete(object, name)
		}
	}
}

func consumeLatency(t *testing.T, l map[string]any, h *experiment.Histogram) {
	t.Helper()
	for key, got := range map[string]any{
		"count": float64(h.Count), "mean_ns": h.Mean, "min_ns": float64(h.Min), "p50_ns": float64(h.P50), "p90_ns": float64(h.P90),
		"p99_ns": float64(h.P99), "p999_ns": float64(h.P999), "max_ns": float64(h.Max), "hdr": h.HDR,
	} {
		if l[key] == got {
			delete(l, key)
		}
	}
	pairs, ok := l["histogram_ns"].([]any)
	if !ok {
		return
	}
	full, err := h.Decode()
	if err != nil {
		t.Fatal(err)
	}
	var got []any
	for _, bar := range full.Distribution() {
		if bar.Count > 0 {
			got = append(got, []any{float64(bar.To), float64(bar.Count)})
		}
	}
	if reflect.DeepEqual(got, pairs) {
		delete(l, "histogram_ns")
	}
}

// TestSchema1Plan checks what the converted plan must have that samples do not show.
func TestSchema1Plan(t *testing.T) {
	r := load(t, reference)
	p := r.Manifest.Plan
	if got := p.Cells[0].Factors; got["arm"] != "direct" || got["engine"] != "wasm" || got["boids"] != "100" {
		t.Errorf("got first cell %v", got)
	}
	for arm, want := range map[string]bool{"shm:spin": true, "shm:adaptive": true, "twin": false, "direct": false, "unix+raw": false} {
		if got := p.Claims(experiment.Cell{Factors: experiment.Factors{"arm": arm}}, experiment.ZeroCopy); got != want {
			t.Errorf("%s claims zero copies: got %v, want %v", arm, got, want)
		}
	}
	if len(r.Manifest.Worlds) != 4 {
		t.Errorf("got worlds %v, want 4", r.Manifest.Worlds)
	}
	for world, evidence := range r.Manifest.Worlds {
		if names := slices.Sorted(maps.Keys(evidence)); !slices.Equal(names, []string{"chain", "digest", "genome"}) || strings.Contains(world, "arm=") {
			t.Errorf("got world %q with %v", world, names)
		}
	}
	if l, ok := p.Level("arm", "http+json"); !ok || l.Rank != 8 || l.Summary == "" {
		t.Errorf("got level %+v", l)
	}
}

func TestSchema1IsNotResumed(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(reference)); err != nil {
		t.Fatal(err)
	}
	_, err := Resume(dir, allowed)
	wantErr(t, err, "older schema")
}

// TestFilesAreNoLarger writes the committed runs anew, in this schema.
func TestFilesAreNoLarger(t *testing.T) {
	for _, old := range []string{reference, hub} {
		dir := filepath.Join(t.TempDir(), "run")
		rewrite(t, dir, load(t, old), false)
		was, is := size(t, old), size(t, dir)
		t.Logf("%s: %d bytes in schema 1, %d in schema %d", old, was, is, Schema)
		if is > was {
			t.Errorf("%s: got %d bytes, want no more than %d", old, is, was)
		}
	}
}

func size(t *testing.T, dir string) (bytes int64) {
	t.Helper()
	for _, name := range []string{ManifestName, SamplesName} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		bytes += info.Size()
	}
	return bytes
}

// rewrite writes a run in this schema as if it had been measured so: each sample has
// its program. It goes around Append, which would sync the disk for every trial.
func rewrite(t *testing.T, dir string, r *Results, converted bool) {
	t.Helper()
	m, samples := r.Manifest, slices.Clone(r.Samples)
	if !converted {
		m.Converted = nil
		for i := range samples {
			samples[i].Program = m.Version.Program[:ProgramDigits]
		}
	}
	seal(t, dir, m, samples)
}

// seal writes a folder whose bytes are sound, whatever it says.
func seal(t *testing.T, dir string, m Manifest, samples []experiment.Sample) {
	t.Helper()
	lines, err := encodeLines(samples)
	if err != nil {
		t.Fatal(err)
	}
	sealLines(t, dir, m, lines)
}

func sealLines(t *testing.T, dir string, m Manifest, lines []byte) {
	t.Helper()
	m.Schema = Schema
	m.Files = map[string]File{SamplesName: {Bytes: int64(len(lines)), BLAKE3: sum(lines)}}
	content, err := m.sealed()
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, content, lines)
}

// put replaces the two files of a run.
func put(t *testing.T, dir string, manifest, lines []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, ManifestName), manifest, 0o644),
		os.WriteFile(filepath.Join(dir, SamplesName), lines, 0o644)); err != nil {
		t.Fatal(err)
	}
}
