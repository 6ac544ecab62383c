package ladder

import (
	"bytes"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/internal/doc"
	store "github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/transports"
)

// reference returns the published run, and its report made anew.
func reference(t *testing.T) (*experiment.Results, *report.Report) {
	t.Helper()
	l := New(Config{Scenario: flock.New(nil), Find: transports.New().Find})
	run, err := store.Load(filepath.Join("..", "..", "results", "reference"), func(name string) (experiment.Experiment, bool) {
		return l, name == l.Name()
	})
	if err != nil {
		t.Fatal(err)
	}
	results := run.Experiment()
	rep, err := l.Report(results)
	if err != nil {
		t.Fatal(err)
	}
	return results, rep
}

// Every number of the published report of the reference run comes out of its
// samples again, to the last digit.
func TestReferenceTablesAreThoseThatWerePublished(t *testing.T) {
	_, rep := reference(t)
	if len(rep.Data) != 8 {
		t.Errorf("got %d tables, want 8", len(rep.Data))
	}
	for _, data := range rep.Data {
		was, err := os.ReadFile(filepath.Join("..", "..", "reports", "reference", data.Name+".csv"))
		if err != nil {
			t.Error(err)
			continue
		}
		compareTables(t, data.Name, was, encode(t, data))
	}
}

// encode returns a table as it stands in its file.
func encode(t *testing.T, data report.Data) []byte {
	t.Helper()
	raw, err := doc.CSV(data)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func compareTables(t *testing.T, name string, was, is []byte) {
	t.Helper()
	before, after := lines(t, was), lines(t, is)
	if len(before) != len(after) {
		t.Errorf("%s: %d rows, %d were published", name, len(after), len(before))
		return
	}
	head, told := before[0], 0
	for i := range before {
		for k := range head {
			if before[i][k] == after[i][k] {
				continue
			}
			if told++; told < 5 {
				t.Errorf("%s, line %d, %s: %q, published was %q", name, i+1, head[k], after[i][k], before[i][k])
			}
		}
	}
}

func lines(t *testing.T, raw []byte) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// The summary tables say the same: the values digit by digit, the intervals as far
// as their rounding goes.
func TestReferenceSummaryIsThatWhichWasPublished(t *testing.T) {
	_, rep := reference(t)
	raw, err := os.ReadFile(filepath.Join("..", "..", "reports", "reference", "index.md"))
	if err != nil {
		t.Fatal(err)
	}
	published := markdownTables(string(raw))
	for _, block := range rep.Sections[0].Blocks {
		table := block.(*report.Table)
		rows := published[table.Title]
		if len(rows) != len(table.Rows) {
			t.Errorf("%s: %d rows, %d were published", table.Title, len(table.Rows), len(rows))
			continue
		}
		for i, row := range table.Rows {
			for k, cell := range row {
				if !sameCell(cell.Text, rows[i][k]) {
					t.Errorf("%s, %s, %s: %q, published was %q", table.Title, row[0].Text, table.Columns[k].Name, cell.Text, rows[i][k])
				}
			}
		}
		if !strings.Contains(string(raw), strings.Join(table.Notes, " ")) {
			t.Errorf("%s: the notes are other ones: %q", table.Title, table.Notes)
		}
	}
}

// markdownTables returns the rows below each bold title, without the head.
func markdownTables(text string) map[string][][]string {
	tables, title := map[string][][]string{}, ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "**") && strings.HasSuffix(line, "**"):
			title = strings.Trim(line, "*")
		case strings.HasPrefix(line, "| transport"), strings.HasPrefix(line, "|--"), title == "":
		case strings.HasPrefix(line, "|"):
			var row []string
			for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
				row = append(row, strings.TrimSpace(cell))
			}
			tables[title] = append(tables[title], row)
		}
	}
	return tables
}

// sameCell compares two cells: words and single values exactly, of an estimate the
// value and half the interval within the last digit that either shows.
func sameCell(is, was string) bool {
	if is == was {
		return true
	}
	a, b := numbers(is), numbers(was)
	if len(a) != len(b) || len(a) < 2 {
		return false
	}
	for i := range a {
		if math.Abs(a[i].value-b[i].value) > math.Max(a[i].digit, b[i].digit)*1.0001 {
			return false
		}
	}
	return true
}

// A printed number has the value of its last digit.
type printed struct{ value, digit float64 }

func numbers(cell string) (all []printed) {
	for word := range strings.FieldsSeq(strings.NewReplacer(",", "", "−", "-", "%", "", "[", "", "]", "", "≈", "", "? ", "", "<", "").Replace(cell)) {
		v, err := strconv.ParseFloat(word, 64)
		if err != nil {
			continue
		}
		digit := 1.0
		if _, places, ok := strings.Cut(word, "."); ok {
			digit = math.Pow10(-len(places))
		}
		all = append(all, printed{v, digit})
	}
	return all
}
