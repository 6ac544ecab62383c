package export

import (
	"bytes"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/ladder"
	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/transports"
)

func load(t *testing.T, name string) (*store.Results, store.Catalogue) {
	t.Helper()
	l := ladder.New(ladder.Config{Scenario: flock.New(nil), Find: transports.New().Find})
	known := func(name string) (experiment.Experiment, bool) { return l, name == l.Name() }
	r, err := store.Load(filepath.Join("..", "..", "results", name), known)
	if err != nil {
		t.Fatal(err)
	}
	return r, known
}

// Every trial is one line of the form that the format's specification gives, and its
// numbers are those of the trial's samples. scripts/benchfmt.sh has benchstat read it.
func TestBenchfmt(t *testing.T) {
	r, known := load(t, "reference")
	var out bytes.Buffer
	left, err := Benchfmt(&out, r, known)
	if err != nil || len(left) > 0 {
		t.Fatalf("left out %q, %v", left, err)
	}
	cpu, trials := map[int]float64{}, []experiment.Sample{}
	for _, s := range r.Samples {
		if _, seen := cpu[s.Trial]; !seen {
			trials = append(trials, s)
		}
		cpu[s.Trial] += s.Metrics["process_cpu_ns"]
	}
	config := regexp.MustCompile(`^[a-z][^ A-Z]*: \S.*$`)
	result := regexp.MustCompile(`^BenchmarkFlock/transport=([^ /]+)(/arm=direct#aa)?/boids=(\d+)\t(\d+)((\t\d+(\.\d+)? [A-Za-z0-9/-]+)+)$`)
	results, configs := 0, 0
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSuffix(line, "\n")
		m := result.FindStringSubmatch(line)
		if m == nil {
			if !config.MatchString(line) || results > 0 {
				t.Fatalf("neither a result nor a line of configuration before them: %q", line)
			}
			configs++
			continue
		}
		first := trials[results]
		results++
		ticks, _ := strconv.ParseFloat(m[4], 64)
		if m[1] != first.Factor("transport") || m[3] != first.Factor("boids") || m[4] != first.Factor("ticks") || (m[2] != "") != (first.Factor("arm") == "direct#aa") {
			t.Fatalf("result %d is of another trial: %q, want %v", results, line, first.Of)
		}
		values := valuesOf(t, m[5])
		if got, want := values["cpu-ns/op"], cpu[first.Trial]/ticks; math.Abs(got-want) > 1e-9*want {
			t.Errorf("%q: got %v of CPU, want %v", line, got, want)
		}
		if values["p50-ns"] <= 0 || values["ns/op"] <= 0 {
			t.Errorf("%q: want times", line)
		}
		for _, unit := range []string{"compute-ns/op", "wire-B/op", "copied-B/op", "syscalls/op", "B/op", "allocs/op"} {
			if _, ok := values[unit]; !ok {
				t.Errorf("%q has no %s", line, unit)
			}
		}
	}
	if results != len(trials) || results != 480 {
		t.Errorf("got %d results of %d trials", results, len(trials))
	}
	for _, want := range []string{"goos: linux\n", "goarch: amd64\n", "cpu: AMD EPYC\n", "run: reference\n", "seal: " + r.Manifest.Seal + "\n", "mode: constant-density\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q among %d", want, configs)
		}
	}
}

func valuesOf(t *testing.T, text string) map[string]float64 {
	t.Helper()
	values := map[string]float64{}
	for word := range strings.SplitSeq(strings.TrimPrefix(text, "\t"), "\t") {
		number, unit, _ := strings.Cut(word, " ")
		v, err := strconv.ParseFloat(number, 64)
		if err != nil {
			t.Error(err)
		}
		values[unit] = v
	}
	return values
}

// What no Go benchmark is made of is said; nothing but that is an error.
func TestBenchfmtLeavesOutWhatIsNoBenchmark(t *testing.T) {
	r, known := load(t, "reference")
	r.Manifest.Plan.Experiments = append(r.Manifest.Plan.Experiments, "signal")
	var out bytes.Buffer
	if left, err := Benchfmt(&out, r, known); err != nil || len(left) != 1 || !strings.Contains(left[0], "signal") {
		t.Errorf("left out %q, %v", left, err)
	}
	r.Manifest.Plan.Experiments = []string{"signal"}
	if _, err := Benchfmt(&out, r, known); err == nil || !strings.Contains(err.Error(), "--format csv") {
		t.Errorf("got %v", err)
	}
}

func TestBenchmarkName(t *testing.T) {
	for want, f := range map[string]experiment.Factors{
		"BenchmarkX/transport=a/boids=5":                {"arm": "a", "transport": "a", "boids": "5", "ticks": "60"},
		"BenchmarkX/transport=a/arm=a@n/pl=b_c/boids=5": {"arm": "a@n", "transport": "a", "boids": "5", "pl": "b/c"},
		"BenchmarkX/load=two_words/side=left-2-1":       {"load": "two words", "side": "left-2"},
	} {
		if got := benchmarkName(experiment.Cell{Experiment: "x", Factors: f}, experiment.Factors{"ticks": ""}); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	cells := []experiment.Cell{
		{Factors: experiment.Factors{"boids": "1", "ticks": "9", "mode": "m", "seed": "1", "lone": "1"}},
		{Factors: experiment.Factors{"boids": "2", "ticks": "8", "mode": "m", "seed": "1"}},
		{Factors: experiment.Factors{"boids": "2", "ticks": "8", "mode": "m", "seed": "2"}},
	}
	if c := constants(cells); len(c) != 1 || c["mode"] != "m" {
		t.Errorf("constant: %v, want the mode", c)
	}
	if d := dependents(cells); len(d) != 2 || d["seed"] != "" {
		t.Errorf("dependent: %v, want ticks and mode", d)
	} else if _, ok := d["ticks"]; !ok {
		t.Errorf("dependent: %v, want ticks", d)
	}
}

// Cells in groups are told apart by a column, which no factor can take; without groups
// there is none.
func TestCSVHasTheGroup(t *testing.T) {
	r, _ := load(t, "reference")
	header := func() (string, string) {
		var out bytes.Buffer
		if err := CSV(&out, r); err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitN(out.String(), "\n", 3)
		return lines[0], lines[1]
	}
	if head, _ := header(); strings.Contains(head, "group") {
		t.Errorf("no cell has a group: %s", head)
	}
	first := r.Samples[0].Cell
	r.Manifest.Plan.Cells[first].Group, r.Manifest.Plan.Cells[first].Factors["group"] = "beside", "a factor"
	for i := range r.Samples {
		r.Samples[i].Of = r.Manifest.Plan.Cells[r.Samples[i].Cell]
	}
	head, row := header()
	if !strings.HasPrefix(head, "run,experiment,trial,block,attempt,repeat,counts,worker,group,arm,") || !strings.Contains(head, ",factor_group,") ||
		!strings.HasPrefix(row, "reference,flock,0,0,0,0,true,engine,beside,") || !strings.Contains(row, ",a factor,") {
		t.Errorf("got %s\n%s", head, row)
	}
}
