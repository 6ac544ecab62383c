package ladder

import (
	"slices"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
)

// environmentColumns are those of what the machine was like around a trial; none where
// the run says nothing of that, as older ones do.
func (a *analysis) environmentColumns() []report.DataColumn {
	if !slices.ContainsFunc(a.trials, func(t *trial) bool { return t.roles[0].Environment != nil }) {
		return nil
	}
	all := columns("repeat", "tries of the trial before, which were void", "void", "why the machine voids this one too, which counts all the same")
	for _, f := range experiment.EnvironmentFigures() {
		all = append(all, columns(f[0], f[1])...)
	}
	return all
}

// environmentCells are a trial's, empty where something is not known, and none where
// there are no columns.
func environmentCells(t *trial, columns int) (cells []any) {
	if columns == 0 {
		return nil
	}
	first := t.roles[0]
	cells = append(cells, first.Repeat, report.OneLine(first.Void))
	known := map[string]float64{}
	if first.Environment != nil {
		known = first.Environment.Figures()
	}
	for _, f := range experiment.EnvironmentFigures() {
		if v, ok := known[f[0]]; ok {
			cells = append(cells, v)
		} else {
			cells = append(cells, nil)
		}
	}
	return cells
}
