package ladder

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
)

// What the parts are follows from the prices, and they add up to the tax that stands
// beside them, in the file as well.
func TestSourcesOfTheTax(t *testing.T) {
	r := recordOf(8, []int{1000}, "direct", "direct#aa", "unix+raw")
	rng := rand.New(rand.NewPCG(5, 5))
	for block := range 8 {
		machine := math.Exp(0.2 * rng.NormFloat64())
		base := price{compute: 60e6 * machine, residual: 5e6 * machine}
		r.add(3*block, block, "direct", 1000, base)
		r.add(3*block+1, block, "direct#aa", 1000, base)
		r.add(3*block+2, block, "unix+raw", 1000, price{compute: 70e6 * machine, send: 20e6 * machine, residual: 6e6 * machine, meter: 1e6 * machine, lost: 3e6 * machine})
	}
	a := r.analyze(t)
	one := a.worlds[0].named("unix+raw")
	for part, want := range [parts]float64{moving: 0.20, working: 0.10, resting: 0.05} {
		if e := one.sources[part]; math.Abs(e.Value-want) > 1e-6 || e.N != 8 {
			t.Errorf("%s: got %+v, want %v", sourceNames[part], e, want)
		}
	}
	if math.Abs(one.tax.Value-0.35) > 1e-6 || math.Abs(one.tax.Value-one.differential.Value) > 1e-6 {
		t.Errorf("got %v in all beside a differential tax of %v, want 0.35", one.tax.Value, one.differential.Value)
	}
	rep := r.report(t)
	i := slices.IndexFunc(rep.Data, func(d report.Data) bool { return d.Name == "sources" })
	if data := string(encode(t, rep.Data[i])); strings.Count(data, "\n") != 1+2*4 || strings.Contains(data, ",direct,0,transport") {
		t.Errorf("got\n%s\nwant four rows of each arm but direct", data)
	}
}

// A run whose trials scatter has parts that add up all the same.
func TestSourcesAddUp(t *testing.T) {
	_, rep := reference(t)
	i := slices.IndexFunc(rep.Data, func(d report.Data) bool { return d.Name == "sources" })
	sum, arms := 0.0, 0
	for _, row := range rep.Data[i].Rows {
		v := row[6].(stats.Estimate).Value
		if sum += v; row[5] != "all" {
			continue
		}
		if arms++; math.Abs(sum-2*v) > 1e-12 {
			t.Errorf("%v with %v boids: the parts add up to %v, want %v", row[3], row[0], sum-v, v)
		}
		sum = 0
	}
	if arms != 44 {
		t.Errorf("got %d arms and worlds, want 11 in each of 4", arms)
	}
}

// What a phase has less than nothing goes to the residual, then to all others, and the
// sum stays.
func TestNoPhaseIsBelowZero(t *testing.T) {
	for name, c := range map[string]struct {
		phase, want []float64
		residual    int
	}{
		"nothing to do": {[]float64{5, 0, 2}, []float64{5, 0, 2}, 2},
		"residual":      {[]float64{5, -1, 2}, []float64{5, 0, 1}, 2},
		"more than it":  {[]float64{5, -3, 2, 5}, []float64{4.5, 0, 0, 4.5}, 2},
		"the residual":  {[]float64{5, 0, -1}, []float64{4, 0, 0}, 2},
		"none":          {[]float64{6, -1, 4}, []float64{5.4, 0, 3.6}, -1},
	} {
		got := slices.Clone(c.phase)
		raise(got, c.residual)
		for p := range got {
			if math.Abs(got[p]-c.want[p]) > 1e-12 {
				t.Errorf("%s: got %v, want %v", name, got, c.want)
				break
			}
		}
	}
	r := recordOf(3, []int{1000}, "direct")
	for block := range 3 {
		r.add(block, block, "direct", 1000, price{compute: 1e6, send: -1000 * float64(block), residual: 5000})
	}
	a := r.analyze(t)
	for p, e := range a.worlds[0].arms[0].phase {
		if e.Value < 0 || e.Low < 0 || e.Student.Low < 0 {
			t.Errorf("%s is %+v", a.phases[p], e)
		}
	}
	for _, one := range a.trials {
		if one.closure() > 1e-9 {
			t.Errorf("trial %d misses its CPU by %v", one.number, one.closure())
		}
	}
	if got := partOf(copytax.Metering.String()); got != resting {
		t.Errorf("the meter is in part %d", got)
	}
}
