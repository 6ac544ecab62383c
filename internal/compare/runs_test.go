package compare

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/ladder"
	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/transports"
)

func reference(t *testing.T) (*store.Results, store.Catalogue) {
	t.Helper()
	l := ladder.New(ladder.Config{Scenario: flock.New(nil), Find: transports.New().Find})
	known := func(name string) (experiment.Experiment, bool) { return l, name == l.Name() }
	r, err := store.Load(filepath.Join("..", "..", "results", "reference"), known)
	if err != nil {
		t.Fatal(err)
	}
	return r, known
}

// A run in which one arm's processes take a half more, all else being the published one:
// its CPU and the taxes of CPU are worse, and nothing else is.
func TestRunsFindWhatGotDearer(t *testing.T) {
	old, known := reference(t)
	new, _ := reference(t)
	for _, s := range new.Samples {
		if _, ok := s.Metrics["process_cpu_ns"]; ok && s.Factor("arm") == "unix+protobuf" {
			s.Metrics["process_cpu_ns"] *= 1.5
		}
	}
	c, err := Runs(old, new, known, "", 0.03)
	if err != nil {
		t.Fatal(err)
	}
	worse := map[string]int{}
	for _, r := range c.Worse() {
		if r.New.Arm != "unix+protobuf" {
			t.Errorf("%s of %s got worse", r.New.Name, cellName(r.New))
		}
		worse[r.New.Name]++
	}
	if len(worse) != 3 || worse["CPU a tick"] < 3 || worse["additive tax"] != 4 || worse["differential tax"] < 3 {
		t.Errorf("got worse: %v, want CPU and both taxes of it, at nearly all 4 sizes", worse)
	}
	if len(c.OnlyOld)+len(c.OnlyNew) > 0 || !slices.Contains(c.Notes, "Both are the same run.") {
		t.Errorf("only in one: %q, %q; notes %q", c.OnlyOld, c.OnlyNew, c.Notes)
	}
	checkOutput(t, c, old, new)

	// What a table shows is what the report shows.
	raw := slices.IndexFunc(c.Rows, func(r Row) bool {
		return r.New.Arm == "unix+raw" && r.New.World == "10,000 boids" && r.New.Name == "differential tax"
	})
	if raw < 0 {
		t.Fatal("no differential tax of unix+raw at 10,000 boids")
	}
	if e := shown(c.Rows[raw].Old); e.N != 10 || e.Value < 0.15 || e.Value > 0.18 {
		t.Errorf("got %+v, want the published 16 [13, 22]%%", e)
	}
}

func checkOutput(t *testing.T, c *Comparison, old, new *store.Results) {
	t.Helper()
	var text, object bytes.Buffer
	if err := c.Terminal(&text, old, new); err != nil {
		t.Error(err)
	}
	if err := c.JSON(&object, old, new); err != nil {
		t.Error(err)
	}
	if !strings.Contains(text.String(), "differs: worse") || !strings.Contains(text.String(), "rank-sum interval") {
		t.Errorf("got %s", text.String())
	}
	var read struct {
		Old   struct{ Seal string }
		Worse int
		Rows  []struct {
			Factors map[string]string
			Verdict string
			Worse   bool
			P       *float64
			Ratio   struct{ Value, Low, High float64 }
		}
	}
	if err := json.Unmarshal(object.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	if read.Worse != len(c.Worse()) || len(read.Rows) != len(c.Rows) || read.Old.Seal != old.Manifest.Seal {
		t.Errorf("JSON has %d rows, %d of them worse", len(read.Rows), read.Worse)
	}
	r := read.Rows[0]
	if r.Factors["placement"] != "go" || r.Factors["pace"] != "lockstep" || r.P == nil || r.Ratio.Value != 1 || !(r.Ratio.Low < 1) {
		t.Errorf("the first row of JSON is %+v", r)
	}
}

// On another processor no cost is compared, and the taxes still are.
func TestRunsOfTwoMachines(t *testing.T) {
	old, known := reference(t)
	new, _ := reference(t)
	new.Manifest.Machine = bytes.Replace(new.Manifest.Machine, []byte("AMD EPYC"), []byte("Other"), 1)
	new.Manifest.Version.Program, new.Manifest.Seal = "0123456789abcdef", ""
	c, err := Runs(old, new, known, "", 0.1)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range c.Rows {
		if (r.Verdict == Incomparable) == r.New.Floored {
			t.Errorf("%s of %s: %s", r.New.Name, cellName(r.New), r.Verdict)
		}
	}
	notes := strings.Join(c.Notes, "\n")
	for _, want := range []string{`Machines differ: processor: "AMD EPYC", "Other".`, "the taxes alone decide", `program: "`} {
		if !strings.Contains(notes, want) {
			t.Errorf("got the notes %q, want %q", c.Notes, want)
		}
	}
	if _, err := Runs(old, new, known, "nope", 0.1); err == nil || !strings.Contains(err.Error(), "no cell in common") {
		t.Errorf("got %v", err)
	}
}
