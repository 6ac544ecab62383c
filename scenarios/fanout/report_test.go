package fanout

import (
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/scenarios/internal/gaugetest"
)

// made returns samples of every cell in which torn reads are made up.
func made(t *testing.T, torn func(arm string) int64) (samples experiment.Samples) {
	t.Helper()
	r := experiment.NewRecorder()
	r.Record(5000)
	latency, err := r.Histogram()
	if err != nil {
		t.Fatal(err)
	}
	for block := range 3 {
		for i, c := range cells(experiment.Standard) {
			w := core.Sample(nil, map[string]float64{framesMetric: 1000, rateMetric: 1e4, writerCPUMetric: 1e7})
			r := core.Sample(latency, map[string]float64{readMetric: 1000, tornMetric: float64(torn(c.Factors[experiment.Arm])), readersCPUMetric: 1e6})
			s, err := sampleOf(experiment.Samples{w, r})
			if err != nil {
				t.Fatal(err)
			}
			s.Of, s.Cell, s.Block = c, i, block
			samples = append(samples, s)
		}
	}
	return samples
}

func TestVerdictsFollowWhatWasTorn(t *testing.T) {
	for name, c := range map[string]struct {
		pingPong, leases int64
		isolated, whole  stats.Holding
	}{
		"only the ping-pong tears": {3, 0, stats.Refuted, stats.Supported},
		"nothing is torn":          {0, 0, stats.Unresolved, stats.Supported},
		"both tear":                {3, 1, stats.Unresolved, stats.Refuted},
	} {
		v := gaugetest.Findings(t, New(), made(t, func(arm string) int64 {
			if arm == pingPongArm {
				return c.pingPong
			}
			return c.leases
		})).Verdicts
		if got := v[0].Holds; got != c.isolated {
			t.Errorf("%s: total isolation is %s, want %s", name, got, c.isolated)
		}
		if got := v[1].Holds; got != c.whole {
			t.Errorf("%s: frames are whole is %s, want %s", name, got, c.whole)
		}
	}
	if v := gaugetest.Findings(t, New(), nil).Verdicts; v[0].Holds != stats.Unresolved || v[1].Holds != stats.Unresolved {
		t.Errorf("no samples: %+v", v)
	}
}

// Every sample is in a table, and every arm in the figures.
func TestReportHasEveryCell(t *testing.T) {
	samples := made(t, func(string) int64 { return 0 })
	f := gaugetest.Findings(t, New(), samples)
	gaugetest.CheckTables(t, f.Tables)
	rows := 0
	for _, table := range f.Tables {
		rows += len(table.Rows)
	}
	if want := len(cells(experiment.Standard)); rows != want || len(f.Data.Rows) != 9*want {
		t.Errorf("%d rows and %d estimates for %d cells", rows, len(f.Data.Rows), want)
	}
	for _, figure := range f.Figures {
		if len(figure.Lines.Series) != len(arms) {
			t.Errorf("%s: %d series, want %d", figure.Title, len(figure.Lines.Series), len(arms))
		}
		for _, s := range figure.Lines.Series {
			if len(s.X) != 5 || len(s.Low) != 5 {
				t.Errorf("%s, %s: %d points, want those of 1, 2, 4, 8 and 16 readers", figure.Title, s.Name, len(s.X))
			}
		}
	}
}
