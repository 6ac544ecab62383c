package ladder

import (
	"math"
	"testing"

	"github.com/copytax/copytax/experiment/stats"
)

// Every arm is held against those below it that run in the same place, and against no
// second half of a pair.
func TestRatios(t *testing.T) {
	names := []string{Baseline, AA, "shm", "unix", "shm@native", "unix@native"}
	r := recordOf(3, []int{1000}, names...)
	for block := range 3 {
		for i, c := range []float64{1, 1, 2, 6, 1, 5} {
			c *= float64(1 + block)
			r.add(6*block+i, block, names[i], 1000, price{compute: 1e6 * c, latency: 1e3 * c * c})
		}
	}
	want := map[string][2]float64{
		"shm over direct": {2, 4}, "unix over direct": {6, 36}, "unix over shm": {3, 9}, "unix@native over shm@native": {5, 25},
	}
	data := r.analyze(t).ratioData()
	if len(data.Rows) != 2*len(want) {
		t.Errorf("got %d rows, want CPU and p50 of %d pairs", len(data.Rows), len(want))
	}
	for _, row := range data.Rows {
		if len(row) != len(data.Columns) {
			t.Fatalf("a row has %d cells under %d columns", len(row), len(data.Columns))
		}
		name, statistic := row[3].(string)+" over "+row[5].(string), row[6].(string)
		ratio := want[name][0]
		if statistic == "p50" {
			ratio = want[name][1]
		}
		if got := row[7].(stats.Estimate); math.Abs(got.Value-ratio) > 0.01*ratio || got.N != 3 || !got.HasInterval() {
			t.Errorf("%s, %s: got %+v, want %v", name, statistic, got, ratio)
		}
	}
}
