package kernel

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax/internal/machine"
	"github.com/copytax/copytax/internal/store"
)

var update = flag.Bool("update", false, "write the goldens under testdata anew")

// goldenResults is small and has one of everything: a series, a world in the
// plane, a back end that failed, one that is missing, a ceiling, a warning.
func goldenResults() *Results {
	r := limitResults()
	r.Format, r.Complete, r.Command = format, true, []string{"copytax", "kernel", "--out", "results/kernel"}
	r.Created, r.Finished = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), time.Date(2026, 1, 2, 3, 14, 5, 0, time.UTC)
	r.Version = store.Version{Copytax: "v0.1.0", Go: "go1.26.0"}
	r.Machine.CPU = machine.CPU{Model: "Processor of a test", Usable: 4}
	r.Machine.OS, r.Machine.Arch = "linux", "amd64"
	r.Profile, r.Seed, r.Rounds, r.WarmUp, r.Between = "standard", 1, 4, warmUp, between
	r.Backends = []string{V8JS, Scalar, V8Wasm, SSE2, "avx2", threads}
	r.Missing = []Missing{{"neon", "not an ARM processor"}}
	r.Warnings = []string{"something is odd"}
	r.Ceilings = []Ceiling{{Scalar, 432_000, 1000, 216_000, 33_000}, {SSE2, 108_000, 1000, 216_000, 33_000}}
	r.Failures = []Failure{{"3d-8-10k", V8Wasm, "node: time: it died: signal: killed"}}
	for _, w := range []World{cube("3d-8-1k", 1000, 8), cube("3d-8-10k", 10_000, 8), cube("3d-8-100k", 100_000, 8), Published()[1]} {
		w.Series = map[int]string{3: "3-D, 8 neighbours"}[w.Model.Dimensions]
		r.addGoldenWorld(w)
	}
	return r
}

func (r *Results) addGoldenWorld(w World) {
	m := describeWorld(w)
	for round := range r.Rounds {
		m.Rounds = append(m.Rounds, Census{Tick: warmUp + (round+1)*between, Chain: fmt.Sprintf("%016x", round),
			Neighbours: uint64(8 * m.Boids), Candidates: 54})
		for i, name := range r.Backends {
			for p, phase := range Phases() {
				b, _ := find(name)
				jitter := 1 + 0.01*math.Sin(float64(7*round+3*i+p+m.Boids))
				growth := 1 + 0.1*math.Log10(float64(m.Boids)/100)
				ns := fakePrice(b.Own, phase) * jitter * growth * float64(m.Boids) * 10
				r.Timings = append(r.Timings, Timing{m.Name, round, name, phase, 10, uint64(ns), uint64(8 * m.Boids)})
			}
		}
	}
	r.Worlds = append(r.Worlds, m)
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update makes it)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what it was: look at it, and if it is better run go test -update", path)
	}
}

// TestRendering compares what is drawn with goldens, and a second drawing with
// the first.
func TestRendering(t *testing.T) {
	dir := t.TempDir()
	if err := goldenResults().Save(dir); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := Render(dir); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{IndexName, FigureName} {
			got, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name, got)
		}
	}
	var b bytes.Buffer
	if err := Terminal(&b, goldenResults()); err != nil {
		t.Fatal(err)
	}
	golden(t, "terminal.txt", b.Bytes())
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 3 {
		t.Errorf("got %v (%v), want three files", entries, err)
	}
}

func TestResultsSurviveTheDisk(t *testing.T) {
	dir, want := t.TempDir(), goldenResults()
	if err := want.Save(dir); err != nil {
		t.Fatal(err)
	}
	got, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got other results than were saved")
	}
	content, err := os.ReadFile(filepath.Join(dir, ResultsName))
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(content), `"reps":`); lines != len(want.Timings) {
		t.Errorf("got %d lines with a timing, want %d", lines, len(want.Timings))
	}
}

// Results without a timing can be saved and loaded, but not drawn.
func TestEmptyResults(t *testing.T) {
	dir := t.TempDir()
	if err := (&Results{Format: format}).Save(dir); err != nil {
		t.Fatal(err)
	}
	if r, err := Load(dir); err != nil || len(r.Timings) != 0 {
		t.Errorf("got %v, %v", r, err)
	}
	if err := Render(dir); err == nil || !strings.Contains(err.Error(), "no back end gave a timing") {
		t.Errorf("got %v, want that nothing can be drawn", err)
	}
}

func TestDamagedResults(t *testing.T) {
	for name, damage := range map[string]func(*Results){
		`format "x"`:           func(r *Results) { r.Format = "x" },
		`of world "nowhere"`:   func(r *Results) { r.Timings[3].World = "nowhere" },
		`round 4 of world`:     func(r *Results) { r.Timings[3].Round = 4 },
		`back end "abacus"`:    func(r *Results) { r.Timings[3].Backend = "abacus" },
		`a timing of 0 runs`:   func(r *Results) { r.Timings[3].Reps = 0 },
		`in 0 ns`:              func(r *Results) { r.Timings[3].NS = 0 },
		`world 3d-8-1k of 0 b`: func(r *Results) { r.Worlds[0].Boids = 0 },
	} {
		dir, r := t.TempDir(), goldenResults()
		damage(r)
		if err := r.Save(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %s", err, name)
		}
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("nothing: got no error")
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, goldenResults()); err != nil {
		t.Fatal(err)
	}
	var got jsonSummary
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Worlds) != 4 || len(got.Worlds[0].Backends) != 6 || len(got.Worlds[1].Backends) != 5 || len(got.Slopes) != 5 || len(got.Verdicts) != 7 {
		t.Errorf("got %d worlds, %d slopes, %d verdicts", len(got.Worlds), len(got.Slopes), len(got.Verdicts))
	}
	row := got.Worlds[0].Backends[0]
	if row.Backend != V8JS || row.ToScalar.Value == nil || math.Abs(*row.ToScalar.Value-0.25) > 0.01 || row.OfCeiling.Value != nil {
		t.Errorf("got %+v", row)
	}
}
