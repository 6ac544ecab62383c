package ladder

import (
	"fmt"
	"math"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

var _ experiment.Benchmarked = (*Ladder)(nil)

// Benchmark implements [experiment.Benchmarked]: the operation is a tick. Metrics that
// no sample of the trial has are left out.
func (l *Ladder) Benchmark(samples experiment.Samples) (b experiment.Benchmark, err error) {
	trials, err := fold(samples, nil)
	if err != nil {
		return b, err
	}
	if len(trials) != 1 {
		return b, fmt.Errorf("samples of %d trials, want one", len(trials))
	}
	t := trials[0]
	b.Iterations = t.config.Ticks
	add := func(v float64, unit string) {
		if !math.IsNaN(v) {
			b.Values = append(b.Values, experiment.BenchmarkValue{Value: v, Unit: unit})
		}
	}
	perTick := func(unit, metric string) {
		has := samples.Keep(func(s experiment.Sample) bool { return !math.IsNaN(s.Metric(metric)) })
		if len(has) > 0 {
			add(has.Sum(metric)/float64(t.config.Ticks), unit)
		}
	}
	add(t.wall/float64(t.config.Ticks), "ns/op")
	perTick("cpu-ns/op", cpuMetric)
	perTick("compute-ns/op", phaseMetric(copytax.Compute.String()))
	add(statisticOf(t.latency, "p50"), "p50-ns")
	if t.latency != nil && t.latency.Count >= int64(needed("p99")) {
		add(statisticOf(t.latency, "p99"), "p99-ns")
	}
	perTick("wire-B/op", "wire_bytes")
	perTick("copied-B/op", "copied_bytes")
	perTick("syscalls/op", "syscalls")
	perTick("B/op", "alloc_bytes")
	perTick("allocs/op", "alloc_objects")
	return b, nil
}
