package physics_test

import (
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/scenarios/physics"
)

// published is the report of the run of the physics that this project publishes.
func published(t *testing.T) *report.Report {
	t.Helper()
	known := func(string) (experiment.Experiment, bool) { return physics.New(), true }
	run, err := store.Load("../../results/physics", known)
	if err != nil {
		t.Fatal(err)
	}
	made, err := physics.New().Report(run.Experiment())
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func tablesOf(r *report.Report) (tables []*report.Table) {
	for _, s := range r.Sections {
		for _, b := range s.Blocks {
			if t, ok := b.(*report.Table); ok {
				tables = append(tables, t)
			}
		}
	}
	return tables
}

// An oldTable is one of the page that copytax kernel wrote of the same timings.
type oldTable struct {
	header []string
	rows   [][]string
	notes  string
}

// oldTables reads that page.
func oldTables(t *testing.T) map[string]*oldTable {
	t.Helper()
	page, err := os.ReadFile("testdata/kernel-index.md")
	if err != nil {
		t.Fatal(err)
	}
	tables, current := map[string]*oldTable{}, &oldTable{}
	for line := range strings.Lines(string(page)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "**"):
			current = &oldTable{}
			tables[strings.Trim(line, "*")] = current
		case strings.HasPrefix(line, "|--"), line == "":
		case strings.HasPrefix(line, "|"):
			cells := strings.Split(strings.Trim(line, "|"), "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			current.rows = append(current.rows, cells)
		case strings.HasPrefix(line, "#"):
			current = &oldTable{} // what follows belongs to no table
		default:
			current.notes += line
		}
	}
	for _, old := range tables {
		old.header, old.rows = old.rows[0], old.rows[1:]
	}
	return tables
}

// TestEveryPublishedNumberIsThatOfTheOldPage compares all cells and all notes with
// those that copytax kernel printed of the same timings. What differs is the rule by
// which an interval is written, names of constants, which have got back their unit,
// and rounds, which are blocks.
func TestEveryPublishedNumberIsThatOfTheOldPage(t *testing.T) {
	old, compared := oldTables(t), 0
	for _, table := range tablesOf(published(t)) {
		was := old[table.Title]
		if was == nil {
			t.Errorf("%s: the old page has no such table", table.Title)
			continue
		}
		delete(old, table.Title)
		compareTables(t, table, was)
		for _, note := range table.Notes {
			if !strings.Contains(strings.ReplaceAll(was.notes, " rounds, ", " blocks, "), note) {
				t.Errorf("%s: note %q is not among %q", table.Title, note, was.notes)
			}
		}
		compared += len(table.Rows) * len(table.Columns)
	}
	for title := range old {
		t.Errorf("%s: the new report has no such table", title)
	}
	if compared < 1800 {
		t.Errorf("%d cells were compared, want at least 1,800", compared)
	}
}

func compareTables(t *testing.T, table *report.Table, was *oldTable) {
	t.Helper()
	if len(table.Rows) != len(was.rows) || len(table.Columns) != len(was.header) {
		t.Fatalf("%s: %d × %d cells, want %d × %d", table.Title, len(table.Rows), len(table.Columns), len(was.rows), len(was.header))
	}
	for i, row := range table.Rows {
		for j, cell := range row {
			if why := differs(cell, was.rows[i][j]); why != "" {
				t.Errorf("%s: row %s, %s: %s", table.Title, row[0].Text, table.Columns[j].Name, why)
			}
		}
	}
}

// differs says how a cell is not what it was, "" if it is.
func differs(cell report.Cell, was string) string {
	if cell.Value == nil || cell.Value.N == 0 {
		if strings.TrimSuffix(cell.Text, "_per_ns") != was {
			return cell.Text + ", was " + was
		}
		return ""
	}
	e := *cell.Value
	value, rest, _ := strings.Cut(was, " ")
	got := map[string]float64{value: e.Value}
	if half, ok := strings.CutPrefix(rest, "± "); ok {
		got[half] = e.Half()
	} else if low, high, ok := strings.Cut(strings.Trim(rest, "[]"), ", "); ok {
		got[low], got[high] = e.Low, e.High
	}
	for text, v := range got {
		if want, half := parse(text); !(math.Abs(v-want) <= half*1.0001) {
			return strconv.FormatFloat(v, 'g', 8, 64) + ", was " + text
		}
	}
	// What is shown leads with the same number, to as many digits as both have.
	shown, halfShown := parse(strings.Fields(cell.Text)[0])
	want, half := parse(value)
	if !(math.Abs(shown-want) <= 1.0001*(half+halfShown)) {
		return "shown as " + cell.Text + ", was " + was
	}
	return ""
}

// parse reads a number and half the weight of its last digit.
func parse(text string) (v, half float64) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, ",", ""), "−", "-")
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN(), 0
	}
	_, fraction, _ := strings.Cut(text, ".")
	return v, 0.5 * math.Pow10(-len(fraction))
}
