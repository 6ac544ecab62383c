package handoff

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/copytax/copytax/gauge"
)

// synthetic returns three blocks of what a machine gives on which an untouched
// hand-off takes 100 ns times bytes to the power of grows, and touching the hub
// goes at a share of the rate over own memory, give or take a block's own pace.
// One that was filled before takes 100 ns. The smallest behind such a fill takes 100 ns times bytes to the power of wait.
func synthetic(grows, share, wait float64) []gauge.Sample {
	var all []gauge.Sample
	for block := range 3 {
		pace := 1 + 0.01*float64(block)
		for _, c := range New().Cells(gauge.Quick) {
			n := float64(bytesOf(gauge.Sample{Cell: c}))
			own := pace * n / 10 // 10 GB/s
			s := gauge.Sample{Block: block, Cell: c, Values: map[string]float64{
				seenTailValue: 300, touchValue: own / share, fillValue: own, coldFillValue: 9 * own, coldTouchValue: 3 * own,
				writerMapValue: 1e4, readerMapValue: 1e4, ownWarmValue: own / 2, ownFilledValue: own,
			}, Counters: map[string]int64{writerHuge: 0, readerHuge: 0, regionCounter: 1}}
			for _, k := range kernels() {
				s.Values[k.name+bytesPerSecond] = 20e9
			}
			latency := pace * 100 * math.Pow(n, grows)
			if after, err := strconv.ParseFloat(c.Params[afterParam], 64); err == nil {
				latency = pace * 100 * math.Pow(after, wait)
			}
			if c.Params[fillParam] == fillOnce {
				latency = pace * 100
			}
			if c.Params[touchParam] == touchAll {
				latency += own / share
			}
			s.Latency = &gauge.Latency{P50NS: int64(math.Round(1000 * latency))} // in ps: rounding must not show
			all = append(all, s)
		}
	}
	return all
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		grows, share float64
		wait         float64
		want         [4]string
	}{
		{0, 1, 0, [4]string{"yes", "yes", "yes", "yes"}},
		{0.01, 0.9, 0, [4]string{"yes", "yes", "yes", "yes"}},
		{0.1, 0.5, 0, [4]string{"yes", "no", "no", "no"}},
		{-0.1, 0.79, 0, [4]string{"yes", "no", "no", "no"}},
		{0.1, 1, 0.1, [4]string{"yes", "no", "yes", "yes"}}, // it was the fill
	} {
		r := New().Report(synthetic(c.grows, c.share, c.wait))
		if got := [4]string{r.Verdicts[0].Holds, r.Verdicts[1].Holds, r.Verdicts[2].Holds, r.Verdicts[3].Holds}; got != c.want {
			t.Errorf("elasticity %v, share %v: got %v (%+v)", c.grows, c.share, got, r.Verdicts)
		}
	}
}

func TestElasticityOfAPowerLaw(t *testing.T) {
	got := elasticity(untouched.of(synthetic(0.25, 1, 0), 0), gauge.P50NS)
	if math.Abs(got.Value-0.25) > 1e-4 || got.Blocks != 3 || !(got.Low <= 0.25 && 0.25 <= got.High) {
		t.Errorf("got %+v, want 0.25 from 3 blocks", got)
	}
}

// A single block and no samples at all resolve nothing, and break nothing.
func TestReportOfTooLittle(t *testing.T) {
	one := []gauge.Sample{}
	for _, s := range synthetic(0, 1, 0) {
		if s.Block == 0 {
			one = append(one, s)
		}
	}
	for name, samples := range map[string][]gauge.Sample{"one block": one, "nothing": nil} {
		for _, v := range New().Report(samples).Verdicts {
			if v.Holds != "unresolved" {
				t.Errorf("%s: %+v", name, v)
			}
		}
	}
}

func TestReportShowsEveryRow(t *testing.T) {
	samples := synthetic(0, 0.9, 0)
	r := New().Report(samples)
	want := []int{6, 7, 6, 14}
	for i, table := range r.Tables {
		if len(table.Rows) != want[i] {
			t.Errorf("%q has %d rows, want %d", table.Title, len(table.Rows), want[i])
		}
		for _, row := range table.Rows {
			if len(row) != len(table.Columns) || strings.Contains(fmt.Sprint(row), "NaN") {
				t.Errorf("%q: row %q under %d columns", table.Title, row, len(table.Columns))
			}
		}
	}
	for _, curve := range r.Curves {
		for _, s := range curve.Series {
			if len(s.X) != 6 || len(s.Y) != 6 || len(s.Low) != 6 || len(s.High) != 6 {
				t.Errorf("%q, %s: %d points, want one a size", curve.Title, s.Name, len(s.X))
			}
		}
	}
	if again := New().Report(samples); !reflect.DeepEqual(r, again) {
		t.Error("the same samples give two reports")
	}
}

func TestCellsAreDistinctAndParse(t *testing.T) {
	for _, p := range []gauge.Profile{gauge.Quick, gauge.Standard} {
		seen := map[string]bool{}
		for _, c := range New().Cells(p) {
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
		if _, err := parse(gauge.Cell{Arm: shmArm, Params: map[string]string{bytesParam: n}}); err == nil {
			t.Errorf("%q bytes were taken", n)
		}
	}
}
