package ladder

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
)

func TestCut(t *testing.T) {
	for name, c := range map[string]struct {
		ticks []int
		need  int
		want  []int
	}{
		"enough each":      {[]int{300, 400, 300}, 300, []int{1, 2, 3}},
		"three at a time":  {[]int{120, 120, 120, 120, 120, 120}, 300, []int{3, 6}},
		"a rest":           {[]int{120, 120, 120, 120, 120, 120, 120, 120}, 300, []int{3, 8}},
		"uneven":           {[]int{50, 300, 250, 50}, 300, []int{2, 4}},
		"too few together": {[]int{60, 60}, 300, nil},
		"nothing":          {nil, 1, nil},
	} {
		if got := cut(c.ticks, c.need); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// short puts latencies of 1 to so many µs, times by, on the trial that was added last.
func (r record) short(t *testing.T, ticks int, by int64) {
	t.Helper()
	ns := make([]int64, ticks)
	for i := range ns {
		ns[i] = by * int64(i+1) * 1000
	}
	h, err := experiment.FromSeries(ns)
	if err != nil {
		t.Fatal(err)
	}
	r.Samples[len(r.Samples)-1].Histograms = map[string]*experiment.Histogram{latencyMetric: h}
}

// A p99 of trials of 120 ticks is that of pools of three blocks, on both sides of a pair;
// the p99.9 of ten such blocks does not exist.
func TestQuantilesTakeTicks(t *testing.T) {
	r := recordOf(10, []int{1000}, "direct", "direct#aa", "unix+raw")
	for block := range 10 {
		for i, arm := range []string{"direct", "direct#aa", "unix+raw"} {
			r.add(3*block+i, block, arm, 1000, price{compute: 1e6})
			by := int64(1)
			if arm == "unix+raw" {
				by = 4
			}
			if block == 2 { // one in three of the pool that it is in
				by *= 10
			}
			r.short(t, 120, by)
		}
	}
	w := r.analyze(t).worlds[0]
	one := w.named("unix+raw")
	for key, want := range map[string]int{"mean": 10, "p10": 10, "p50": 10, "p90": 10, "p99": 3, "p999": 0, "max": 10} {
		if got := one.latency[key].N; got != want {
			t.Errorf("%s rests on %d, want %d", key, got, want)
		}
	}
	for key, want := range map[string]int{"mean": 10, "p10": 10, "p99": 3, "p999": 0} {
		if tax := one.latencyTax[key]; tax.N != want || want > 0 && math.Abs(tax.Value-0.75) > 0.01 {
			t.Errorf("the latency tax of %s is %+v, want 0.75 of %d", key, tax, want)
		}
	}
	pooled := pools(one.trials, latencyMetric, "p99")
	if len(pooled) != 3 || len(pooled[2]) != 4 {
		t.Fatalf("got the pools %v, want 3, 3 and 4 blocks", pooled)
	}
	if got := pooled[0].statistic(latencyMetric, "p99"); math.Abs(got/(40*116e3)-1) > 0.02 { // the 4th from above of 360
		t.Errorf("got a p99 of %v of the pool with the slow block, want 4.64 ms", got)
	}
	if got, want := one.latency["p10"].Value, 4*12e3; math.Abs(got/want-1) > 0.1 {
		t.Errorf("got a p10 of %v, want %v", got, want)
	}
	rep := r.report(t)
	i := slices.IndexFunc(rep.Data, func(d report.Data) bool { return d.Name == "latency" })
	if data := string(encode(t, rep.Data[i])); !strings.Contains(data, "unix+raw,2,p99.9,,,,0,,,\n") {
		t.Errorf("the p99.9 that does not exist is not empty:\n%s", data)
	}
	if f := w.latencyFigure(); !strings.Contains(f.Caption, "p99, which takes 300, is that of pools of 3 blocks or more; there is no p99.9, which takes 3,000.") {
		t.Errorf("got the caption %q", f.Caption)
	}
}
