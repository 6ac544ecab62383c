package fanout

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/copytax/copytax/gauge"
)

// Report implements [gauge.Scenario].
func (scenario) Report(samples []gauge.Sample) gauge.Report {
	free := []string{paceParam, freePace, waitParam, "park", holdParam, noHold}
	steady := []string{paceParam, steadyPace, waitParam, "park", holdParam, noHold}
	few, many := bySlots(samples)
	fair := "Readers and writer park. The machine's cores are shared by all of them: with more readers than cores, readers wait for each other."
	return gauge.Report{
		Verdicts: verdicts(samples),
		Tables: []gauge.Table{
			throughput("A writer that runs freely", pick(few, free...), fair),
			latency("A frame a millisecond: one way from the publish to the reader having it", pick(few, steady...),
				"The slowest reader is the one with the greatest quantile of a block."),
			throughput("Two slots more than readers (no more than 16 slots)", pick(many, free...),
				"To be compared with the same number of readers in 3 slots, above."),
			throughput("Four readers that hold each frame for 200 µs before they read it", pick(few, holdParam, slowHold),
				"A reader sleeps while it holds the frame, in every arm alike. A writer with leases waits or goes around it; a ping-pong overwrites what it holds."),
			throughput("Four readers that wait adaptively", pick(few, waitParam, "adaptive"), ""),
		},
		Curves: []gauge.Curve{
			curve("Frames published by a writer that runs freely", "frames/s", pick(few, free...), value(rateValue)),
			curve("Processor time a frame, of the writer and all readers", "processor time, ns", pick(few, free...), value(totalCostValue)),
		},
	}
}

// bySlots parts the samples into those of few slots and those of two more than
// there are readers.
func bySlots(samples []gauge.Sample) (few, many []gauge.Sample) {
	for _, s := range samples {
		if n, _ := strconv.Atoi(s.Params[slotsParam]); n > fewSlots {
			many = append(many, s)
		} else {
			few = append(few, s)
		}
	}
	return few, many
}

// pick returns the samples of all arms whose parameters have the given values.
func pick(samples []gauge.Sample, params ...string) (picked []gauge.Sample) {
	for _, arm := range arms {
		picked = append(picked, gauge.Select(samples, arm, params...)...)
	}
	return picked
}

// A row is the samples of one cell.
type row struct {
	arm     string
	readers int
	samples []gauge.Sample
}

// rows parts samples, which differ in nothing else, by readers and arm.
func rows(samples []gauge.Sample) (all []row) {
	for _, s := range samples {
		n, _ := strconv.Atoi(s.Params[readersParam])
		i := slices.IndexFunc(all, func(r row) bool { return r.arm == s.Arm && r.readers == n })
		if i < 0 {
			i = len(all)
			all = append(all, row{arm: s.Arm, readers: n})
		}
		all[i].samples = append(all[i].samples, s)
	}
	slices.SortStableFunc(all, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.readers, b.readers), cmp.Compare(slices.Index(arms, a.arm), slices.Index(arms, b.arm)))
	})
	return all
}

func (r row) sum(counter string) (n int64) {
	for _, s := range r.samples {
		n += s.Counters[counter]
	}
	return n
}

// share formats one counter's share of others, in percent. What is there is
// not rounded to nothing.
func (r row) share(counter string, of ...string) string {
	total := int64(0)
	for _, c := range of {
		total += r.sum(c)
	}
	n := r.sum(counter)
	switch percent := 100 * float64(n) / float64(total); {
	case total == 0:
		return "–"
	case n == 0:
		return "0"
	case percent < 0.1:
		return "< 0.1 %"
	default:
		return fmt.Sprintf("%.1f %%", percent)
	}
}

func value(name string) func(gauge.Sample) float64 {
	return func(s gauge.Sample) float64 { return s.Values[name] }
}

func (r row) time(f func(gauge.Sample) float64) string {
	return gauge.FormatNS(gauge.Geomean(r.samples, f).Value)
}

func (r row) rate(name string) string {
	return fmt.Sprintf("%.0f", gauge.Geomean(r.samples, value(name)).Value)
}

func throughput(title string, samples []gauge.Sample, note string) gauge.Table {
	t := gauge.Table{
		Title: title, Note: note,
		Columns: []string{"arm", "readers", "slots", "frames/s", "read/s by a reader", "skipped", "one way p50", "slowest reader's p99",
			"writer CPU a frame", "reader CPU a read", "loans blocked", "overrun", "torn", "of another frame"},
	}
	for _, r := range rows(samples) {
		t.Rows = append(t.Rows, []string{
			r.arm, strconv.Itoa(r.readers), r.samples[0].Params[slotsParam], r.rate(rateValue), r.rate(readRateValue),
			r.share(skippedCounter, skippedCounter, readCounter), r.time(gauge.P50NS), r.time(value(slowP99Value)),
			r.time(value(writerCostValue)), r.time(value(readerCostValue)), r.share(blockedCounter, framesCounter),
			r.share(overrunCounter, readCounter), r.share(tornCounter, readCounter), r.share(otherCounter, readCounter),
		})
	}
	return t
}

func latency(title string, samples []gauge.Sample, note string) gauge.Table {
	t := gauge.Table{
		Title: title, Note: note,
		Columns: []string{"arm", "readers", "p50", "p99", "slowest reader's p50", "slowest reader's p99", "writer CPU a frame", "reader CPU a read", "skipped", "torn"},
	}
	p99 := func(s gauge.Sample) float64 { return float64(s.Latency.P99NS) }
	for _, r := range rows(samples) {
		t.Rows = append(t.Rows, []string{
			r.arm, strconv.Itoa(r.readers), r.time(gauge.P50NS), r.time(p99), r.time(value(slowP50Value)), r.time(value(slowP99Value)),
			r.time(value(writerCostValue)), r.time(value(readerCostValue)),
			r.share(skippedCounter, skippedCounter, readCounter), r.share(tornCounter, readCounter),
		})
	}
	return t
}

// curve draws f over the number of readers.
func curve(title, y string, samples []gauge.Sample, f func(gauge.Sample) float64) gauge.Curve {
	c := gauge.Curve{Title: title, X: "readers", Y: y, LogX: true, LogY: true}
	for _, arm := range arms {
		s := gauge.Series{Name: arm}
		for _, r := range rows(samples) {
			e := gauge.Geomean(r.samples, f)
			if r.arm != arm || !e.HasInterval() {
				continue
			}
			s.X, s.Y = append(s.X, float64(r.readers)), append(s.Y, e.Value)
			s.Low, s.High = append(s.Low, e.Low), append(s.High, e.High)
		}
		if len(s.X) > 0 {
			c.Series = append(c.Series, s)
		}
	}
	return c
}

// verdicts holds the claim of the ping-pong against what readers found in its
// frames, and in those with leases under the same load.
func verdicts(samples []gauge.Sample) []gauge.Verdict {
	var leases, pingPong row
	for _, s := range samples {
		switch {
		case s.Params[paceParam] != freePace:
		case s.Arm == pingPongArm:
			pingPong.samples = append(pingPong.samples, s)
		default:
			leases.samples = append(leases.samples, s)
		}
	}
	whole, isolated := "unresolved", "unresolved"
	if leases.sum(readCounter) > 0 {
		whole = "yes"
	}
	if leases.sum(tornCounter)+leases.sum(otherCounter) > 0 {
		whole = "no"
	}
	if pingPong.sum(tornCounter) > 0 && whole == "yes" {
		isolated = "no" // the detector works, and the load alone tears nothing
	}
	return []gauge.Verdict{{
		Claim:    "ping-pong buffers give total isolation",
		Measured: "two slots and a writer that runs freely: " + pingPong.finding(),
		Holds:    isolated,
	}, {
		Claim:    "a leased frame is never overwritten while it is read",
		Measured: "the same load with leases: " + leases.finding(),
		Holds:    whole,
	}}
}

func (r row) finding() string {
	return fmt.Sprintf("of %d reads %d torn, %d of another frame, %d overrun",
		r.sum(readCounter), r.sum(tornCounter), r.sum(otherCounter), r.sum(overrunCounter))
}
