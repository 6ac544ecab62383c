package fanout

import (
	"context"
	"slices"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// The names of a sample's metrics.
const (
	framesMetric     = "frames" // published
	readMetric       = "read"   // by all readers
	skippedMetric    = "skipped"
	tornMetric       = "torn"  // reads that found words of two epochs
	otherMetric      = "other" // reads that found another epoch whole
	overrunMetric    = "overruns"
	blockedMetric    = "blocked" // loans that waited for a reader
	sleepMetric      = "writer_wait_syscalls"
	syscallMetric    = "reader_syscalls"
	writerCPUMetric  = "cpu_writer_ns"
	readersCPUMetric = "cpu_readers_ns"
	rateMetric       = "frames_per_s"       // published
	readRateMetric   = "reads_per_s"        // of one reader, on average
	slowP50Metric    = "slowest_p50_ns"     // the greatest median of a reader
	slowP99Metric    = "slowest_p99_ns"     // the greatest 99th percentile of a reader
	writerCostMetric = "writer_ns_a_frame"  // processor time
	readerCostMetric = "reader_ns_a_read"   // processor time
	totalCostMetric  = "all_cpu_ns_a_frame" // of writer and readers, by frames published
)

// metrics are those that every sample has.
func metrics(experiment.Cell) []string {
	return []string{
		framesMetric, readMetric, skippedMetric, tornMetric, otherMetric, overrunMetric, blockedMetric, sleepMetric, syscallMetric,
		writerCPUMetric, readersCPUMetric, rateMetric, readRateMetric, slowP50Metric, slowP99Metric,
		writerCostMetric, readerCostMetric, totalCostMetric,
	}
}

func measure(ctx context.Context, l *lab.Lab, p plan) (s experiment.Sample, err error) {
	jobs := append([]string{writerJob}, slices.Repeat([]string{readerJob}, p.Readers)...)
	workers, err := core.Start(ctx, l, p, jobs...)
	if err != nil {
		return s, err
	}
	parts, err := core.Collect(ctx, workers)
	if err != nil {
		return s, err
	}
	return sampleOf(parts)
}

// sampleOf returns what the workers have found out together. Its latency is that
// of all readers.
func sampleOf(parts experiment.Samples) (experiment.Sample, error) {
	s, err := core.Merge(parts)
	if err != nil {
		return s, err
	}
	m, readers := s.Metrics, parts[core.Reader:]
	frames, read := m[framesMetric], m[readMetric]
	m[readRateMetric] = m[rateMetric] * read / frames / float64(len(readers))
	m[slowP50Metric] = slices.Max(readers.Values(core.P50))
	m[slowP99Metric] = slices.Max(readers.Values(core.P99))
	m[writerCostMetric], m[readerCostMetric] = m[writerCPUMetric]/frames, m[readersCPUMetric]/read
	m[totalCostMetric] = (m[writerCPUMetric] + m[readersCPUMetric]) / frames
	return s, nil
}
