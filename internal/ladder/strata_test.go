package ladder

import (
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
)

// A tax with drawing is held against the noise of its own A/A pair, as that of the tab's
// process is: where the picture is most of the CPU, so is its noise.
func TestTaxesWithDrawingHaveANoiseFloor(t *testing.T) {
	drawn := func(name string, rank int, picture ...float64) *arm {
		a := &arm{name: name, rank: rank, placement: inTab, display: display{onCanvas, usualWidth, usualHeight}}
		for block, ns := range picture {
			cell := experiment.Cell{Factors: experiment.Factors{factorBrowser: "Browser/1", experiment.Arm: name}}
			a.trials = append(a.trials, &trial{
				block: block, moment: experiment.Moment{Block: block}, arm: name, cpu: 100, config: copytax.Config{Ticks: 1},
				roles: experiment.Samples{{Of: cell, Metrics: map[string]float64{gpuMetric: ns, "cpu_compute_ns": 40, "cpu_draw_ns": 10}}},
			})
		}
		return a
	}
	w := &world{tab: true, display: display{onCanvas, usualWidth, usualHeight}, label: "10 boids", arms: []*arm{
		drawn(Baseline, 0, 900, 910, 900), drawn(AA, 0, 950, 962, 888), drawn("near", 1, 940, 955, 885), drawn("far", 2, 1900, 1890, 1910),
	}}
	table := w.strataTable()
	column := len(table.Columns) - 1
	var got []string
	for _, row := range table.Rows {
		got = append(got, strings.Fields(row[column].Text)[0])
	}
	if want := "reference ? ? 49.8"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %s: what near costs over direct is as uncertain as what direct costs over itself", got, want)
	}
	if notes := strings.Join(table.Notes, " "); !strings.Contains(notes, "Noise floor of the differential with drawing: ±") {
		t.Errorf("got the notes %s, want the floor", notes)
	}
	if got := table.Rows[1][column-1].Text; got != report.Percent(w.arms[1].stratum(nil).additive) || !strings.HasPrefix(got, "4") {
		t.Errorf("got the additive tax %s, want 50 of 1,050", got)
	}
}

// What a tab's figures and tables do not count is said below them.
func TestFiguresOfATabSayWhatIsNotInThem(t *testing.T) {
	w := &world{tab: true, arms: []*arm{{trials: []*trial{{roles: experiment.Samples{{Of: experiment.Cell{Factors: experiment.Factors{factorBrowser: "Browser/1"}}}}}}}}}
	if got, want := w.where(), " In a tab of Browser/1; phases are estimates, and CPU and taxes those of the tab's process."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	w.display = display{onCanvas, usualWidth, usualHeight}
	if got, want := w.where(), "those of the tab's process, without the one that draws."; !strings.HasSuffix(got, want) {
		t.Errorf("got %q, want it to end in %q", got, want)
	}
}

// An arm whose threads were longer without a core than on one is named.
func TestArmsShortOfCoresAreNamed(t *testing.T) {
	of := func(name string, ran, delay float64) *arm {
		return &arm{name: name, trials: []*trial{{roles: experiment.Samples{{Metrics: map[string]float64{ranMetric: ran, delayMetric: delay}}}}}}
	}
	w := &world{label: "10 boids", arms: []*arm{of("calm", 10, 9), of("crowded", 10, 16), of("elsewhere", 0, 0)}}
	if got := w.crowded(); len(got) != 1 || !strings.HasPrefix(got[0], "Short of cores: crowded with 10 boids: ") || !strings.Contains(got[0], "1.6 times") {
		t.Errorf("got %q, want the second alone", got)
	}
}
