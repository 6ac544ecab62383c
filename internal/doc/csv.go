package doc

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
)

// CSV returns data as a file: a header and rows, numbers in full precision, what
// does not exist as an empty field. Every row must have as many cells as there
// are columns.
func CSV(data report.Data) ([]byte, error) {
	records := [][]string{mapped(data.Columns, func(c report.DataColumn) string { return c.Name })}
	for i, row := range data.Rows {
		if len(row) != len(data.Columns) {
			return nil, fmt.Errorf("%s.csv: row %d has %d cells, want %d", data.Name, i+1, len(row), len(data.Columns))
		}
		records = append(records, mapped(row, field))
	}
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(records); err != nil {
		return nil, fmt.Errorf("%s.csv: %w", data.Name, err)
	}
	return b.Bytes(), nil
}

func field(cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case stats.Estimate:
		return field(v.Value)
	case float64:
		if math.IsNaN(v) {
			return ""
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return fmt.Sprint(cell)
}

// DataReference returns the page that says what each column of each CSV file
// means, as Markdown.
func DataReference(parts []Part) []byte {
	var b strings.Builder
	for _, p := range parts {
		if len(p.Report.Data) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n", p.Name)
		for _, data := range p.Report.Data {
			fmt.Fprintf(&b, "\n### %s.csv\n\n%s\n\n", data.Name, sentence(data.Summary))
			t := &report.Table{Columns: []report.Column{{Name: "column", Text: true}, {Name: "meaning", Text: true}}}
			for _, c := range data.Columns {
				t.Rows = append(t.Rows, report.Row("`"+c.Name+"`", c.Meaning))
			}
			writeRows(&b, t)
		}
	}
	return []byte(strings.TrimPrefix(b.String(), "\n"))
}
