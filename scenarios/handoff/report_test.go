package handoff

import (
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/internal/doc"
	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/scenarios/internal/gaugetest"
)

// synthetic returns three blocks of what a machine gives on which an untouched
// hand-off takes 100 ns times bytes to the power of grows, and touching the hub
// goes at a share of the rate over own memory, give or take a block's own pace.
// One that was filled before takes 100 ns. The smallest behind such a fill takes 100 ns times bytes to the power of wait.
func synthetic(grows, share, wait float64) experiment.Samples {
	var all experiment.Samples
	for block := range 3 {
		pace := 1 + 0.01*float64(block)
		for i, c := range cells(experiment.Quick) {
			n := float64(bytesOf(experiment.Sample{Of: c}))
			own := pace * n / 10 // 10 GB/s
			latency := pace * 100 * math.Pow(n, grows)
			if after, err := strconv.ParseFloat(c.Factors[afterFactor], 64); err == nil {
				latency = pace * 100 * math.Pow(after, wait)
			}
			if c.Factors[fillFactor] == fillOnce {
				latency = pace * 100
			}
			if c.Factors[touchFactor] == touchAll {
				latency += own / share
			}
			s := core.Sample(&experiment.Histogram{P50: int64(math.Round(1000 * latency))}, map[string]float64{ // in ps: rounding must not show
				seenTailMetric: 300, touchMetric: own / share, fillMetric: own, coldFillMetric: 9 * own, coldTouchMetric: 3 * own,
				writerMapMetric: 1e4, readerMapMetric: 1e4, ownWarmMetric: own / 2, ownFilledMetric: own,
				writerHuge: 0, readerHuge: 0, regionMetric: 1,
			})
			for _, l := range loops() {
				s.Metrics[l.name+bytesPerSecond] = 20e9
			}
			s.Block, s.Cell, s.Of = block, i, c
			all = append(all, s)
		}
	}
	return all
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		grows, share float64
		wait         float64
		want         [4]stats.Holding
	}{
		{0, 1, 0, [4]stats.Holding{stats.Supported, stats.Supported, stats.Supported, stats.Supported}},
		{0.01, 0.9, 0, [4]stats.Holding{stats.Supported, stats.Supported, stats.Supported, stats.Supported}},
		{0.1, 0.5, 0, [4]stats.Holding{stats.Supported, stats.Refuted, stats.Refuted, stats.Refuted}},
		{-0.1, 0.79, 0, [4]stats.Holding{stats.Supported, stats.Refuted, stats.Refuted, stats.Refuted}},
		{0.1, 1, 0.1, [4]stats.Holding{stats.Supported, stats.Refuted, stats.Supported, stats.Supported}}, // it was the fill
	} {
		r := gaugetest.Findings(t, New(), synthetic(c.grows, c.share, c.wait))
		if got := [4]stats.Holding{r.Verdicts[0].Holds, r.Verdicts[1].Holds, r.Verdicts[2].Holds, r.Verdicts[3].Holds}; got != c.want {
			t.Errorf("elasticity %v, share %v: got %v (%+v)", c.grows, c.share, got, r.Verdicts)
		}
	}
}

func TestElasticityOfAPowerLaw(t *testing.T) {
	got := elasticity(untouched.of(synthetic(0.25, 1, 0), 0), core.P50)
	if math.Abs(got.Value-0.25) > 1e-4 || got.N != 3 || !(got.Low <= 0.25 && 0.25 <= got.High) {
		t.Errorf("got %+v, want 0.25 from 3 blocks", got)
	}
}

// A single block and no samples at all resolve nothing, and break nothing.
func TestReportOfTooLittle(t *testing.T) {
	var one experiment.Samples
	for _, s := range synthetic(0, 1, 0) {
		if s.Block == 0 {
			one = append(one, s)
		}
	}
	for name, samples := range map[string]experiment.Samples{"one block": one, "nothing": nil} {
		for _, v := range gaugetest.Findings(t, New(), samples).Verdicts {
			if v.Holds != stats.Unresolved {
				t.Errorf("%s: %+v", name, v)
			}
		}
	}
}

// shown returns all numbers that a report shows.
func shown(t *testing.T, r core.Findings) string {
	t.Helper()
	data, err := doc.CSV(r.Data)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, v := range r.Verdicts {
		text += fmt.Sprintln(v.Claim, v.Measured, v.Holds)
	}
	for _, table := range r.Tables {
		for _, row := range table.Rows {
			text += fmt.Sprintln(table.Title, gaugetest.Texts(row))
		}
	}
	for _, figure := range r.Figures {
		text += fmt.Sprintln(figure.Title, *figure.Lines)
	}
	return text
}

func TestReportShowsEveryRow(t *testing.T) {
	samples := synthetic(0, 0.9, 0)
	r := gaugetest.Findings(t, New(), samples)
	want := []int{6, 7, 6, 14}
	for i, table := range r.Tables {
		if len(table.Rows) != want[i] {
			t.Errorf("%q has %d rows, want %d", table.Title, len(table.Rows), want[i])
		}
	}
	gaugetest.CheckTables(t, r.Tables)
	for _, figure := range r.Figures {
		for _, s := range figure.Lines.Series {
			if len(s.X) != 6 || len(s.Y) != 6 || len(s.Low) != 6 || len(s.High) != 6 {
				t.Errorf("%q, %s: %d points, want one a size", figure.Title, s.Name, len(s.X))
			}
		}
	}
	if again := gaugetest.Findings(t, New(), samples); shown(t, r) != shown(t, again) {
		t.Error("the same samples give two reports")
	}
}

func TestCellsAreDistinctAndParse(t *testing.T) {
	for _, p := range []experiment.Profile{experiment.Quick, experiment.Standard} {
		seen := map[string]bool{}
		for _, c := range cells(p) {
			if seen[c.String()] {
				t.Errorf("%v: listed twice", c)
			}
			seen[c.String()] = true
			if plan, err := parse(c); err != nil || plan.layout().Check() != nil {
				t.Errorf("%v: %v, %v", c, err, plan.layout().Check())
			}
		}
	}
	for _, n := range []string{"", "0", "-64", "65", "many"} {
		if _, err := parse(experiment.Cell{Factors: experiment.Factors{experiment.Arm: shmArm, bytesFactor: n}}); err == nil {
			t.Errorf("%q bytes were taken", n)
		}
	}
}
