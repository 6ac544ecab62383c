package judge

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/copytax/copytax/experiment"
)

// How far the CPU of phases may be off that of their process. It is scaled from the
// ticks that were sampled, which differ from the others: the sum is up to 28% too
// high in the reference run. Compute alone never exceeds its process there.
const (
	processCPU   = "process_cpu_ns"
	computeCPU   = "cpu_compute_ns"
	negativeMost = 0.10 // of the process, below zero, in any phase; 0.8% in the reference run, 7.6% once of 60 boids on a busy machine
	computeMost  = 1.10 // of the process
	phasesMost   = 2.8  // of the process, together; 2.4 once, of a spin among 101 boids on a busy machine
	slackNS      = 1e6  // beside it, in short trials
)

// figures checks signs, orders and sums: what cannot be, whatever was measured.
func figures(t experiment.Trial, samples []experiment.Sample) error {
	for _, s := range samples {
		if err := signs(s, negativeMost*cpuOf(s, samples)); err != nil {
			return fmt.Errorf("%s: %w", who(t, s), err)
		}
		for _, name := range slices.Sorted(maps.Keys(s.Histograms)) {
			if err := histogram(s.Histograms[name]); err != nil {
				return fmt.Errorf("%s: %s: %w", who(t, s), name, err)
			}
		}
		if err := series(s); err != nil {
			return fmt.Errorf("%s: %w", who(t, s), err)
		}
	}
	return processes(t, samples)
}

// process names the worker in whose process a sample was taken.
func process(s experiment.Sample) string { return cmp.Or(s.Shares, s.Worker) }

// cpuOf is the CPU of the process that a sample was taken in, or of the parts of the
// trial where no process was measured.
func cpuOf(s experiment.Sample, samples []experiment.Sample) (total float64) {
	for _, other := range samples {
		if cpu, ok := other.Metrics[processCPU]; ok && other.Worker == process(s) {
			return cpu
		}
		for name, v := range other.Metrics {
			if isPhase(name) {
				total += max(v, 0)
			}
		}
	}
	return total
}

// isPhase reports whether a metric is the CPU of a phase, or of a part of a gauge.
func isPhase(name string) bool {
	return strings.HasPrefix(name, "cpu_") && strings.HasSuffix(name, "_ns")
}

// signs checks that metrics are numbers that something can have measured. The CPU of a
// phase may be slightly below zero: the meter's own cost has been taken out of it.
func signs(s experiment.Sample, budget float64) error {
	for _, name := range slices.Sorted(maps.Keys(s.Metrics)) {
		v := s.Metrics[name]
		least := 0.0
		if isPhase(name) {
			least = -budget
		}
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
			return fmt.Errorf("%s is %v", name, v)
		case v < least:
			return fmt.Errorf("%s is %v: want no less than %v", name, v, least)
		}
	}
	return nil
}

// processes compares the phases of all workers of a process with its CPU.
func processes(t experiment.Trial, samples []experiment.Sample) error {
	compute, phases := map[string]float64{}, map[string]float64{}
	for _, s := range samples {
		host := process(s)
		for name, v := range s.Metrics {
			if isPhase(name) {
				phases[host] += v
			}
		}
		compute[host] += s.Metrics[computeCPU]
	}
	for _, s := range samples {
		cpu, ok := s.Metrics[processCPU]
		switch {
		case !ok:
			continue
		case s.Shares != "":
			return fmt.Errorf("%s has a %s of its own in the process of the %s", who(t, s), processCPU, s.Shares)
		case compute[s.Worker] > computeMost*cpu+slackNS:
			return fmt.Errorf("%s computed for %.0f ns of CPU in a process that had %.0f ns", who(t, s), compute[s.Worker], cpu)
		case phases[s.Worker] > phasesMost*cpu+slackNS:
			return fmt.Errorf("%s: phases of %.0f ns of CPU in a process that had %.0f ns", who(t, s), phases[s.Worker], cpu)
		}
	}
	return nil
}

// histogram checks that a summary is one of the histogram beside it. Its percentiles
// may be exact, so each must lie in the bucket that holds its rank, if it is not the
// histogram's own, which rounds ranks otherwise.
func histogram(h *experiment.Histogram) error {
	if h == nil {
		return fmt.Errorf("no histogram")
	}
	if !slices.IsSorted([]int64{0, h.Min, h.P50, h.P90, h.P99, h.P999, h.Max}) {
		return fmt.Errorf("min %d, p50 %d, p90 %d, p99 %d, p99.9 %d, max %d: they do not ascend from zero",
			h.Min, h.P50, h.P90, h.P99, h.P999, h.Max)
	}
	full, err := h.Decode()
	if err != nil {
		return err
	}
	if h.Count < 1 || h.Count != full.TotalCount() {
		return fmt.Errorf("a count of %d, the histogram has %d", h.Count, full.TotalCount())
	}
	bars := slices.DeleteFunc(full.Distribution(), func(b hdrhistogram.Bar) bool { return b.Count == 0 })
	return summary(h, full, bars)
}

// summary checks mean and percentiles against the buckets that hold something.
func summary(h *experiment.Histogram, full *hdrhistogram.Histogram, bars []hdrhistogram.Bar) error {
	low, high, n := 0.0, 0.0, float64(h.Count)
	for _, b := range bars {
		low += float64(b.From) * float64(b.Count) / n
		high += float64(b.To) * float64(b.Count) / n
	}
	const rounding = 1e-9
	if !(h.Mean >= low*(1-rounding) && h.Mean <= high*(1+rounding)) {
		return fmt.Errorf("a mean of %v, the histogram has one between %v and %v", h.Mean, low, high)
	}
	for _, p := range []struct {
		name  string
		q     float64
		value int64
	}{{"min", 0, h.Min}, {"p50", 0.5, h.P50}, {"p90", 0.9, h.P90}, {"p99", 0.99, h.P99}, {"p99.9", 0.999, h.P999}, {"max", 1, h.Max}} {
		in := bucket(bars, int64(math.Ceil(p.q*n)))
		if own := full.ValueAtQuantile(100 * p.q); p.value != own && (p.value < in.From || p.value > in.To) {
			return fmt.Errorf("%s is %d, the histogram has it between %d and %d", p.name, p.value, in.From, in.To)
		}
	}
	return nil
}

// bucket returns the bar that holds the value of a rank, from 1; the first or the
// last one where there is no such rank.
func bucket(bars []hdrhistogram.Bar, rank int64) hdrhistogram.Bar {
	for _, b := range bars {
		if rank -= b.Count; rank <= 0 {
			return b
		}
	}
	return bars[len(bars)-1]
}

// series checks that a histogram is that of the series of its name.
func series(s experiment.Sample) error {
	for _, name := range slices.Sorted(maps.Keys(s.Series)) {
		has := s.Histograms[name]
		if has == nil {
			continue
		}
		want, err := experiment.FromSeries(slices.Clone(s.Series[name]))
		if err != nil {
			return fmt.Errorf("series %s: %w", name, err)
		}
		same, err := has.Same(want)
		if err != nil {
			return fmt.Errorf("series %s: %w", name, err)
		}
		if !same {
			return fmt.Errorf("series %s: its %d values, %d to %d, are not those of the histogram, %d of %d to %d",
				name, want.Count, want.Min, want.Max, has.Count, has.Min, has.Max)
		}
	}
	return nil
}
