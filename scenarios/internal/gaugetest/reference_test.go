package gaugetest_test

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/scenarios/fanout"
	"github.com/copytax/copytax/scenarios/handoff"
	"github.com/copytax/copytax/scenarios/internal/gaugetest"
	"github.com/copytax/copytax/scenarios/signal"
)

// hub is the published run of the gauges. testdata/hub.md is the report on it by
// the program that measured it, of commit c21ef16.
const hub = "../../../results/hub"

func gauges() []experiment.Experiment {
	return []experiment.Experiment{signal.New(), handoff.New(), fanout.New()}
}

var load = sync.OnceValues(func() (*store.Results, error) {
	return store.Load(hub, func(name string) (experiment.Experiment, bool) {
		i := slices.IndexFunc(gauges(), func(e experiment.Experiment) bool { return e.Name() == name })
		if i < 0 {
			return nil, false
		}
		return gauges()[i], true
	})
})

func results(t *testing.T) *experiment.Results {
	t.Helper()
	r, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return r.Experiment()
}

// Every number of the report on the published run is the same as before. What
// differs is how it is written: an interval is "1.08 ± 0.05" unless it is lopsided,
// ratios and elasticities have no more digits than that says something about, and
// what was "yes" and "no" is supported and refuted.
func TestReportsSayTheSameOfThePublishedRun(t *testing.T) {
	raw, err := os.ReadFile("testdata/hub.md")
	if err != nil {
		t.Fatal(err)
	}
	all, tables, cells := results(t), published(string(raw)), 0
	for _, e := range gauges() {
		r, err := e.Report(all.Of(e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range r.Sections[0].Blocks {
			switch b := block.(type) {
			case report.Verdicts:
				cells += compareVerdicts(t, e.Name(), tables[e.Name()]["Verdicts"], b)
				delete(tables[e.Name()], "Verdicts")
			case *report.Table:
				cells += compareTable(t, e.Name(), tables[e.Name()][b.Title], b)
				delete(tables[e.Name()], b.Title)
			}
		}
		for title := range tables[e.Name()] {
			t.Errorf("%s: the table %q is no more", e.Name(), title)
		}
	}
	if cells < 1000 {
		t.Errorf("only %d cells were compared", cells)
	}
}

// published returns the rows of the tables of a report, by section and title.
func published(text string) map[string]map[string][][]string {
	all, section, title := map[string]map[string][][]string{}, "", ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "## "):
			section = strings.TrimPrefix(line, "## ")
			all[section] = map[string][][]string{}
		case strings.HasPrefix(line, "**"):
			title = strings.Trim(line, "*")
		case strings.HasPrefix(line, "| "):
			var row []string
			for _, cell := range strings.Split(strings.Trim(line, "|"), "|") {
				row = append(row, strings.TrimSpace(cell))
			}
			all[section][title] = append(all[section][title], row)
		}
	}
	for _, tables := range all {
		for title := range tables {
			tables[title] = tables[title][1:] // the head
		}
	}
	return all
}

func compareVerdicts(t *testing.T, gauge string, want [][]string, got report.Verdicts) int {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d verdicts, want %d", gauge, len(got), len(want))
	}
	for i, v := range got {
		holds := map[string]stats.Holding{"yes": stats.Supported, "no": stats.Refuted, "unresolved": stats.Unresolved}[want[i][2]]
		if v.Claim != want[i][0] || v.Holds != holds {
			t.Errorf("%s: %q is %s, want %q, %s", gauge, v.Claim, v.Holds, want[i][0], holds)
		}
		if err := sameNumbers(v.Measured, want[i][1]); err != nil {
			t.Errorf("%s: %s: measured %q, want %q: %v", gauge, v.Claim, v.Measured, want[i][1], err)
		}
	}
	return 3 * len(got)
}

func compareTable(t *testing.T, gauge string, want [][]string, got *report.Table) (cells int) {
	t.Helper()
	if len(got.Rows) != len(want) {
		t.Fatalf("%s: %q has %d rows, want %d", gauge, got.Title, len(got.Rows), len(want))
	}
	for i, row := range got.Rows {
		if len(row) != len(want[i]) {
			t.Fatalf("%s: %q: row %q, want %q", gauge, got.Title, gaugetest.Texts(row), want[i])
		}
		for k, cell := range row {
			if cells++; cell.Text != want[i][k] && (cell.Value == nil || asBefore(*cell.Value) != want[i][k]) {
				t.Errorf("%s: %q, %s, %s: got %q, want %q", gauge, got.Title, row[0].Text, got.Columns[k].Name, cell.Text, want[i][k])
			}
		}
	}
	return cells
}

// asBefore formats an estimate as all reports on gauges did.
func asBefore(e stats.Estimate) string {
	if !e.HasInterval() {
		return fmt.Sprintf("%.3g", e.Value)
	}
	return fmt.Sprintf("%.3g [%.3g, %.3g]", e.Value, e.Low, e.High)
}

var (
	number   = `[-−]?[0-9][0-9,]*(?:\.[0-9]+)?(?:e[+-][0-9]+)?`
	estimate = regexp.MustCompile(`(` + number + `) (?:\[(` + number + `), (` + number + `)\]|± (<?` + number + `))|(` + number + `)`)
)

// sameNumbers compares two texts: the words must be equal, and the numbers as far
// as both are written out. An interval is compared by half its width.
func sameNumbers(got, want string) error {
	if a, b := estimate.ReplaceAllString(got, "#"), estimate.ReplaceAllString(want, "#"); a != b {
		return fmt.Errorf("%q is not %q", a, b)
	}
	theirs := estimate.FindAllStringSubmatch(want, -1)
	for i, match := range estimate.FindAllStringSubmatch(got, -1) {
		value, half := parse(match)
		wantValue, wantHalf := parse(theirs[i])
		if !value.is(wantValue) || !half.is(wantHalf) {
			return fmt.Errorf("%q is not %q", match[0], theirs[i][0])
		}
	}
	return nil
}

// A rounded number is one as it is written, with half a unit of its last digit.
type rounded struct{ value, off float64 }

func (r rounded) is(other rounded) bool {
	return math.Abs(r.value-other.value) <= (r.off+other.off)*(1+1e-9)
}

func parse(match []string) (value, half rounded) {
	switch {
	case match[5] != "":
		return round(match[5]), half
	case strings.HasPrefix(match[4], "<"): // the half is nearer to zero than to that
		below := round(match[4][1:]).value / 2
		return round(match[1]), rounded{below, below}
	case match[4] != "":
		return round(match[1]), round(match[4])
	}
	low, high := round(match[2]), round(match[3])
	return round(match[1]), rounded{(high.value - low.value) / 2, (high.off + low.off) / 2}
}

func round(text string) rounded {
	text = strings.ReplaceAll(strings.ReplaceAll(text, ",", ""), "−", "-")
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err) // the expression lets nothing else through
	}
	digits, exponent, _ := strings.Cut(text, "e")
	power, _ := strconv.Atoi(exponent) // 0 where there is none
	_, places, _ := strings.Cut(digits, ".")
	return rounded{v, 0.5 * math.Pow10(power-len(places))}
}

// The plan has the cells of the published run in the same order, on which the
// order of its trials rests, but for what this machine cannot measure.
func TestPlansHaveThePublishedCells(t *testing.T) {
	recorded := results(t).Plan
	for _, e := range gauges() {
		plan, err := e.Plan(t.Context(), experiment.Request{Profile: experiment.Standard})
		if err != nil {
			t.Fatal(err)
		}
		var missing []string
		for _, u := range plan.Unavailable {
			missing = append(missing, u.What)
		}
		var want []string
		for _, c := range recorded.Cells {
			if c.Experiment == e.Name() && !slices.Contains(missing, e.Name()+" "+c.String()) {
				want = append(want, c.String()+" in "+c.Group)
			}
		}
		var got []string
		for _, c := range plan.Cells {
			got = append(got, c.String()+" in "+c.Group)
		}
		if plan.Blocks != recorded.Blocks || !slices.Equal(got, want) {
			t.Errorf("%s: %d blocks of %q, want %d of %q", e.Name(), plan.Blocks, got, recorded.Blocks, want)
		}
	}
}
