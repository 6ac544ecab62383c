package rivals

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/internal/store"
)

// Every number of the page that a program of its own wrote comes out of the
// converted run. Ratios are compared before rounding, since the page gave all
// ends of intervals three significant digits. The date, the machine, the load and
// the version of copytax are no longer the report's to tell: the manifest has them.
func TestPublishedPage(t *testing.T) {
	known := func(string) (experiment.Experiment, bool) { return New(), true }
	run, err := store.Load("../../results/rivals", known)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := New().Report(run.Experiment())
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("testdata/rivals-page.md")
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]*report.Table{}
	for _, s := range doc.Sections {
		for _, b := range s.Blocks {
			if table, ok := b.(*report.Table); ok {
				tables[table.Title] = table
			}
		}
		if s.Title == "" {
			continue
		}
		text := "## " + s.Title + "\n\n" + strings.ReplaceAll(fmt.Sprint(s.Blocks[0]), "a block", "a round")
		if !strings.Contains(string(page), text) {
			t.Errorf("the page has no %q", text)
		}
	}
	compared := map[string]int{}
	for title, rows := range pageTables(string(page)) {
		for _, row := range rows {
			switch {
			case title == "conditions":
				compared[title] += compareCondition(t, run.Manifest, tables["Conditions"], row)
			case len(row) == 2:
				compared["arms"] += expectRow(t, tables["Arms"], row)
			default:
				compared[title] += compareArm(t, tables["A hand-off of "+title], row)
			}
		}
	}
	want := map[string]int{"conditions": 9, "arms": 8, "64 B": 8, "4 KiB": 8, "256 KiB": 8, "4 MiB": 8}
	if fmt.Sprint(compared) != fmt.Sprint(want) {
		t.Errorf("compared %v rows, want %v", compared, want)
	}
}

// pageTables returns the rows of the page's tables, without their heads, by the
// heading that they stand under.
func pageTables(page string) map[string][][]string {
	tables, title := map[string][][]string{}, "conditions"
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			title = heading
		}
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| arm |") {
			continue
		}
		row := strings.Split(strings.Trim(line, "| "), " | ")
		switch {
		case row[0] == "" || row[0] == "row":
		case strings.HasPrefix(row[0], "`") && len(row) == 2:
			tables["arms"] = append(tables["arms"], row)
		default:
			tables[title] = append(tables[title], row)
		}
	}
	return tables
}

func compareCondition(t *testing.T, m store.Manifest, table *report.Table, row []string) int {
	switch row[0] {
	case "machine": // tells of the fingerprint, which is copied byte by byte
		return 1
	case "load averages":
		if got := m.Warnings[0]; got != "load averages: "+row[1] {
			t.Errorf("got %q, want %q", got, row[1])
		}
	case "copytax":
		if m.Version.Copytax != row[1] {
			t.Errorf("copytax: got %q, want %q", m.Version.Copytax, row[1])
		}
	case "rounds":
		if rounds, _, _ := strings.Cut(row[1], ","); fmt.Sprint(m.Plan.Blocks) != rounds {
			t.Errorf("got %d blocks, want %s", m.Plan.Blocks, rounds)
		}
	default:
		return expectRow(t, table, row)
	}
	return 1
}

// expectRow fails unless a table has a row of two texts.
func expectRow(t *testing.T, table *report.Table, want []string) int {
	for _, row := range table.Rows {
		if row[0].Text == want[0] && row[1].Text == want[1] {
			return 1
		}
	}
	t.Errorf("%s: no row %q", table.Title, want)
	return 0
}

// compareArm fails unless a table has the cells of an arm.
func compareArm(t *testing.T, table *report.Table, want []string) int {
	for _, row := range table.Rows {
		if row[0].Text != want[0] {
			continue
		}
		for i, c := range row {
			got := c.Text
			if ratio := i >= 8 && strings.Contains(want[i], "["); ratio {
				got = threeDigits(*c.Value)
			}
			if got != want[i] {
				t.Errorf("%s, %s, %s: got %q, want %q", table.Title, want[0], table.Columns[i].Name, got, want[i])
			}
		}
		return 1
	}
	t.Errorf("%s: no row of %s", table.Title, want[0])
	return 0
}

// threeDigits is how the page rounded an interval.
func threeDigits(e stats.Estimate) string {
	return fmt.Sprintf("%.3g [%.3g, %.3g]", e.Value, e.Low, e.High)
}
