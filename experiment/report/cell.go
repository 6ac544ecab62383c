package report

import "github.com/copytax/copytax/experiment/stats"

// Words returns a cell of text.
func Words(text string) Cell { return Cell{Text: text} }

// IntervalCell returns a cell that shows an estimate by [Interval].
func IntervalCell(e stats.Estimate) Cell { return Cell{Text: Interval(e), Value: &e} }

// ValueCell returns a cell that shows an estimate without its interval.
func ValueCell(e stats.Estimate) Cell {
	if e.N == 0 {
		return Cell{Text: Absent, Value: &e}
	}
	return Cell{Text: Number(e.Value), Value: &e}
}

// PercentCell returns a cell that shows a share by [Percent]; programs read the
// share itself.
func PercentCell(e stats.Estimate) Cell { return Cell{Text: Percent(e), Value: &e} }

// DurationCell returns a cell that shows a time in ns by [Duration].
func DurationCell(ns float64) Cell {
	e := stats.Point(ns)
	return Cell{Text: Duration(ns), Value: &e}
}

// As returns the cell with another text.
func (c Cell) As(text string) Cell {
	c.Text = text
	return c
}

// Row returns cells of text.
func Row(texts ...string) []Cell {
	row := make([]Cell, len(texts))
	for i, text := range texts {
		row[i] = Words(text)
	}
	return row
}
