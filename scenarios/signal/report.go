package signal

import (
	"fmt"
	"math"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// The limits of the verdicts.
const (
	nearBare = 1.25 // of what one would write by hand
	promised = 10e3 // ns within which a signal is said to arrive
)

// Report implements [gauge.Scenario].
func (scenario) Report(samples []gauge.Sample) gauge.Report {
	r := gauge.Report{}
	every := samples
	samples = core.Usual(every)
	for _, params := range conditions {
		c := condition{params, samples, every}
		if len(c.of(bareFutex)) == 0 {
			continue
		}
		r.Verdicts = append(r.Verdicts, c.verdicts()...)
		r.Tables = append(r.Tables, c.table())
	}
	r.Verdicts = append(r.Verdicts, claim(samples)...)
	r.Tables = append(append(r.Tables, guestTable(samples)), core.Tables(every)...)
	r.Curves = []gauge.Curve{percentiles(condition{conditions[0], samples, every})}
	return r
}

// A condition is one set of parameters with the run's samples.
type condition struct {
	params  map[string]string
	samples []gauge.Sample // of the usual distance
	every   []gauge.Sample // whatever the distance
}

// of returns the samples of an arm under the condition.
func (c condition) of(arm string) []gauge.Sample { return c.among(c.samples, arm) }

func (c condition) among(samples []gauge.Sample, arm string) []gauge.Sample {
	return gauge.Select(samples, arm, whereParam, c.params[whereParam], loadParam, c.params[loadParam], gapParam, c.params[gapParam])
}

func (c condition) String() string {
	text := c.params[loadParam] + ", " + c.params[gapParam]
	if c.params[whereParam] == thread {
		return "threads, " + text
	}
	return "processes, " + text
}

// better returns the arm whose median is the lower one over all blocks.
func (c condition) better(a, b string) string {
	if gauge.Geomean(c.of(b), gauge.P50NS).Value < gauge.Geomean(c.of(a), gauge.P50NS).Value {
		return b
	}
	return a
}

func (c condition) verdicts() []gauge.Verdict {
	return []gauge.Verdict{
		c.near(spin, c.better(bareSpin, barePause)),
		c.near(park, bareFutex),
		c.near(parkRaw, bareFutex),
		c.near(adaptive, c.better(spin, parkRaw)),
	}
}

// near compares an arm with another by their medians. Where blocks were left
// out for the distance of the cores, it says what all of them would have given.
func (c condition) near(arm, than string) gauge.Verdict {
	ratio := gauge.Ratio(c.of(arm), c.of(than), gauge.P50NS)
	v := gauge.Verdict{
		Claim:    fmt.Sprintf("%s: %s ≤ %v × %s", c, arm, nearBare, than),
		Measured: fmt.Sprintf("%s × (%s, %s; %d blocks)", ratio, p50(c.of(arm)), p50(c.of(than)), ratio.Blocks),
		Holds:    ratio.Below(nearBare),
	}
	all := gauge.Ratio(c.among(c.every, arm), c.among(c.every, than), gauge.P50NS)
	if all.Blocks != ratio.Blocks {
		v.Measured += fmt.Sprintf("; all %d: %s", all.Blocks, all)
	}
	return v
}

func p50(samples []gauge.Sample) string {
	return gauge.FormatNS(gauge.Geomean(samples, gauge.P50NS).Value)
}

// claim holds "a signal reaches the other side in under 10 µs" against what a
// sleeping reader finds, at the median and at the 99th percentile.
func claim(samples []gauge.Sample) []gauge.Verdict {
	p99 := func(s gauge.Sample) float64 {
		if s.Latency == nil {
			return math.NaN()
		}
		return float64(s.Latency.P99NS)
	}
	var verdicts []gauge.Verdict
	for _, of := range []struct {
		name string
		f    func(gauge.Sample) float64
	}{{"median", gauge.P50NS}, {"a block's p99", p99}} {
		for _, params := range []map[string]string{conditions[2], conditions[5]} { // signals 1 ms apart
			c := condition{params: params, samples: samples}
			e := gauge.Geomean(c.of(park), of.f)
			verdicts = append(verdicts, gauge.Verdict{
				Claim:    fmt.Sprintf("a signal reaches a parked process in under %s (%s; %s)", gauge.FormatNS(promised), of.name, c),
				Measured: gauge.FormatNS(e.Value), Holds: e.Below(promised),
			})
		}
	}
	return verdicts
}

func (c condition) table() gauge.Table {
	t := gauge.Table{
		Title:   "From the post to the reader's having seen it, one way: " + c.String(),
		Columns: []string{"arm", "p50", "p99", "p99.9", "max", "hand-offs", "missed", "CPU a hand-off, writer", "reader", "system calls"},
		Note: "The median is a geometric mean over blocks, the other percentiles are of all blocks together. Missed: nobody waited yet, " +
			"so that they are not in the latencies. CPU of the writer holds the gap, in which it computes.",
	}
	for _, arm := range arms {
		of := c.of(arm)
		all, err := gauge.Merge(of)
		if err != nil || all == nil {
			continue
		}
		t.Rows = append(t.Rows, []string{
			arm, p50(of), gauge.FormatNS(float64(all.P99NS)), gauge.FormatNS(float64(all.P999NS)), gauge.FormatNS(float64(all.MaxNS)),
			fmt.Sprint(total(of, handOffCounter)), fmt.Sprintf("%.1f%%", 100*float64(total(of, missedCounter))/float64(total(of, handOffCounter))),
			gauge.FormatNS(cpu(of, "writer")), gauge.FormatNS(cpu(of, "reader")),
			fmt.Sprintf("%.2f", float64(total(of, syscallCounter))/float64(total(of, handOffCounter))),
		})
	}
	return t
}

func total(samples []gauge.Sample, counter string) (n int64) {
	for _, s := range samples {
		n += s.Counters[counter]
	}
	return n
}

// cpu returns what a side used a hand-off, over all blocks.
func cpu(samples []gauge.Sample, part string) float64 {
	ns := int64(0)
	for _, s := range samples {
		ns += s.CPUNS[part]
	}
	return float64(ns) / float64(total(samples, handOffCounter))
}

// guestTable is what waiting does to another goroutine of the same processor.
func guestTable(samples []gauge.Sample) gauge.Table {
	t := gauge.Table{
		Title:   "A waiting goroutine beside one that computes, GOMAXPROCS=1, a signal every " + guestGap,
		Columns: []string{"arm", "work left to the other", "p50", "p99", "max"},
		Note: "Work is that of the other goroutine against the same without anybody waiting, paired by block. The writer is another process, " +
			"and all go to whatever core is free.",
	}
	guestsOf := func(arm string) []gauge.Sample { return gauge.Select(samples, arm, whereParam, goroutine) }
	work := func(s gauge.Sample) float64 { return s.Values[workValue] }
	for _, arm := range guests[1:] {
		of := guestsOf(arm)
		all, err := gauge.Merge(of)
		if err != nil || all == nil {
			continue
		}
		t.Rows = append(t.Rows, []string{
			arm, gauge.Ratio(of, guestsOf(nobody), work).String(),
			p50(of), gauge.FormatNS(float64(all.P99NS)), gauge.FormatNS(float64(all.MaxNS)),
		})
	}
	return t
}

// percentiles draws each arm's latencies as HdrHistogram does.
func percentiles(c condition) gauge.Curve {
	curve := gauge.Curve{
		Title: "How soon a waiting process is told: " + c.String(),
		X:     "one in so many hand-offs is slower", Y: "one-way latency, ns", LogX: true, LogY: true,
		Note: "All blocks together. At 2 stands the median, at 100 the 99th percentile. The clock's own resolution and cost are in every value.",
	}
	for _, arm := range arms {
		all, err := gauge.Merge(c.of(arm))
		if err != nil || all == nil {
			continue
		}
		s := gauge.Series{Name: arm}
		for x := 1.0; x <= float64(all.Count); x *= math.Pow(10, 0.125) {
			s.X = append(s.X, x)
		}
		qs := make([]float64, len(s.X))
		for i, x := range s.X {
			qs[i] = 1 - 1/x
		}
		if s.Y, err = all.Quantiles(qs...); err != nil {
			continue // checked when the samples were loaded
		}
		curve.Series = append(curve.Series, s)
	}
	return curve
}
