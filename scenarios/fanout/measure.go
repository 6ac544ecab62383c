package fanout

import (
	"context"
	"errors"

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

func measure(ctx context.Context, l *lab.Lab, c experiment.Cell) (s experiment.Sample, err error) {
	p, err := parse(c)
	if err != nil {
		return s, err
	}
	files, err := p.create()
	defer lab.Close(files)
	if err != nil {
		return s, err
	}
	var workers []*lab.Worker
	for p.Index = range p.Readers {
		reader, err := l.Start(readerJob, p, files...)
		if err != nil {
			return s, err
		}
		workers = append(workers, reader)
	}
	writer, err := l.Start(writerJob, p, files...)
	if err != nil {
		return s, err
	}
	if err := lab.Gather(ctx, append(workers, writer)...); err != nil { // the writer begins last
		return s, err
	}
	return p.collect(ctx, writer, workers)
}

// collect waits for the results of all.
func (p plan) collect(ctx context.Context, writer *lab.Worker, readers []*lab.Worker) (experiment.Sample, error) {
	var w written
	errs := []error{writer.Result(ctx, &w)}
	reads := make([]read, len(readers))
	for i, r := range readers {
		errs = append(errs, r.Result(ctx, &reads[i]))
	}
	if err := errors.Join(errs...); err != nil {
		return experiment.Sample{}, err
	}
	return sampleOf(w, reads)
}

// sampleOf returns what the workers have found out. Its latency is that of all
// readers.
func sampleOf(w written, reads []read) (experiment.Sample, error) {
	var sum read
	var slowP50, slowP99 int64
	var all experiment.Samples
	for _, r := range reads {
		all = append(all, core.Sample(r.Latency, nil))
		sum.add(r)
		slowP50, slowP99 = max(slowP50, r.Latency.P50), max(slowP99, r.Latency.P99)
	}
	frames, total := float64(w.Frames), float64(sum.Frames)
	latency, err := experiment.Merge(all, core.Latency)
	return core.Sample(latency, map[string]float64{
		framesMetric: frames, readMetric: total, skippedMetric: float64(sum.Skipped), tornMetric: float64(sum.Torn),
		otherMetric: float64(sum.Other), overrunMetric: float64(sum.Overruns), blockedMetric: float64(w.Blocked),
		sleepMetric: float64(w.Sleeps), syscallMetric: float64(sum.Syscalls),
		writerCPUMetric: float64(w.CPUNS), readersCPUMetric: float64(sum.CPUNS),
		rateMetric: 1e9 * frames / float64(w.NS), readRateMetric: 1e9 * total / float64(len(reads)) / float64(w.NS),
		slowP50Metric: float64(slowP50), slowP99Metric: float64(slowP99),
		writerCostMetric: float64(w.CPUNS) / frames, readerCostMetric: float64(sum.CPUNS) / total,
		totalCostMetric: float64(w.CPUNS+sum.CPUNS) / frames,
	}), err
}

// add adds up what readers have counted.
func (r *read) add(other read) {
	r.Frames += other.Frames
	r.Skipped += other.Skipped
	r.Torn += other.Torn
	r.Other += other.Other
	r.Overruns += other.Overruns
	r.Syscalls += other.Syscalls
	r.CPUNS += other.CPUNS
}
