package fanout

import (
	"strings"
	"testing"

	"github.com/copytax/copytax/gauge"
)

// made returns samples of every cell in which torn reads are made up.
func made(t *testing.T, torn func(arm string) int64) (samples []gauge.Sample) {
	t.Helper()
	r := gauge.NewRecorder()
	r.Record(5000)
	latency, err := r.Latency()
	if err != nil {
		t.Fatal(err)
	}
	for block := range 3 {
		for _, c := range New().Cells(gauge.Standard) {
			w := written{Frames: 1000, NS: 1e8, CPUNS: 1e7}
			reads := []read{{Latency: latency, Frames: 1000, Torn: torn(c.Arm), CPUNS: 1e6}}
			s, err := sample(w, reads)
			if err != nil {
				t.Fatal(err)
			}
			s.Cell, s.Block = c, block
			samples = append(samples, s)
		}
	}
	return samples
}

func TestVerdictsFollowWhatWasTorn(t *testing.T) {
	for name, c := range map[string]struct {
		pingPong, leases int64
		isolated, whole  string
	}{
		"only the ping-pong tears": {3, 0, "no", "yes"},
		"nothing is torn":          {0, 0, "unresolved", "yes"},
		"both tear":                {3, 1, "unresolved", "no"},
	} {
		report := New().Report(made(t, func(arm string) int64 {
			if arm == pingPongArm {
				return c.pingPong
			}
			return c.leases
		}))
		if got := report.Verdicts[0].Holds; got != c.isolated {
			t.Errorf("%s: total isolation is %s, want %s", name, got, c.isolated)
		}
		if got := report.Verdicts[1].Holds; got != c.whole {
			t.Errorf("%s: frames are whole is %s, want %s", name, got, c.whole)
		}
	}
	if v := New().Report(nil).Verdicts; v[0].Holds != "unresolved" || v[1].Holds != "unresolved" {
		t.Errorf("no samples: %+v", v)
	}
}

// Every sample is in a table, and every arm in the curves.
func TestReportHasEveryCell(t *testing.T) {
	samples := made(t, func(string) int64 { return 0 })
	report := New().Report(samples)
	rows := 0
	for _, table := range report.Tables {
		rows += len(table.Rows)
		for _, r := range table.Rows {
			if len(r) != len(table.Columns) {
				t.Errorf("%s: %d cells under %d headings", table.Title, len(r), len(table.Columns))
			}
			if strings.Contains(strings.Join(r, " "), "NaN") {
				t.Errorf("%s: %v", table.Title, r)
			}
		}
	}
	if want := len(New().Cells(gauge.Standard)); rows != want {
		t.Errorf("%d rows for %d cells", rows, want)
	}
	for _, c := range report.Curves {
		if len(c.Series) != len(arms) {
			t.Errorf("%s: %d series, want %d", c.Title, len(c.Series), len(arms))
		}
		for _, s := range c.Series {
			if len(s.X) != 5 || len(s.Low) != 5 {
				t.Errorf("%s, %s: %d points, want those of 1, 2, 4, 8 and 16 readers", c.Title, s.Name, len(s.X))
			}
		}
	}
}
