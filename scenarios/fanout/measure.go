package fanout

import (
	"context"
	"errors"
	"os"

	"github.com/copytax/copytax/gauge"
)

// The names of a sample's values and counters.
const (
	framesCounter   = "frames" // published
	readCounter     = "read"   // by all readers
	skippedCounter  = "skipped"
	tornCounter     = "torn"  // reads that found words of two epochs
	otherCounter    = "other" // reads that found another epoch whole
	overrunCounter  = "overruns"
	blockedCounter  = "blocked" // loans that waited for a reader
	sleepCounter    = "writer_wait_syscalls"
	syscallCounter  = "reader_syscalls"
	rateValue       = "frames_per_s"       // published
	readRateValue   = "reads_per_s"        // of one reader, on average
	slowP50Value    = "slowest_p50_ns"     // the greatest median of a reader
	slowP99Value    = "slowest_p99_ns"     // the greatest 99th percentile of a reader
	writerCostValue = "writer_ns_a_frame"  // processor time
	readerCostValue = "reader_ns_a_read"   // processor time
	totalCostValue  = "all_cpu_ns_a_frame" // of writer and readers, by frames published
)

// Measure implements [gauge.Scenario].
func (scenario) Measure(ctx context.Context, t *gauge.Troupe, c gauge.Cell) (gauge.Sample, error) {
	p, err := parse(c)
	if err != nil {
		return gauge.Sample{}, err
	}
	files, err := p.create()
	defer closeAll(files)
	if err != nil {
		return gauge.Sample{}, err
	}
	var players []*gauge.Player
	for i := range p.Readers {
		q := p
		q.Index = i
		player, err := t.Start(readerJob, q, files...)
		if err != nil {
			return gauge.Sample{}, err
		}
		players = append(players, player)
	}
	writer, err := t.Start(writerJob, p, files...)
	if err != nil {
		return gauge.Sample{}, err
	}
	if err := gauge.Gather(ctx, append(players, writer)...); err != nil { // the writer begins last
		return gauge.Sample{}, err
	}
	return p.collect(ctx, writer, players)
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close() // the workers have theirs
	}
}

// collect waits for the results of all.
func (p plan) collect(ctx context.Context, writer *gauge.Player, readers []*gauge.Player) (gauge.Sample, error) {
	var w written
	errs := []error{writer.Result(ctx, &w)}
	reads := make([]read, len(readers))
	for i, r := range readers {
		errs = append(errs, r.Result(ctx, &reads[i]))
	}
	if err := errors.Join(errs...); err != nil {
		return gauge.Sample{}, err
	}
	return sample(w, reads)
}

// sample returns what the workers have found out. Its latency is that of all
// readers.
func sample(w written, reads []read) (s gauge.Sample, err error) {
	s.Counters = map[string]int64{framesCounter: w.Frames, blockedCounter: w.Blocked, sleepCounter: w.Sleeps}
	s.CPUNS = map[string]int64{"writer": w.CPUNS}
	s.Values = map[string]float64{}
	var all []gauge.Sample
	for _, r := range reads {
		all = append(all, gauge.Sample{Latency: r.Latency})
		s.Counters[readCounter] += r.Frames
		s.Counters[skippedCounter] += r.Skipped
		s.Counters[tornCounter] += r.Torn
		s.Counters[otherCounter] += r.Other
		s.Counters[overrunCounter] += r.Overruns
		s.Counters[syscallCounter] += r.Syscalls
		s.CPUNS["readers"] += r.CPUNS
		s.Values[slowP50Value] = max(s.Values[slowP50Value], float64(r.Latency.P50NS))
		s.Values[slowP99Value] = max(s.Values[slowP99Value], float64(r.Latency.P99NS))
	}
	frames, total := float64(w.Frames), float64(s.Counters[readCounter])
	s.Values[rateValue] = 1e9 * frames / float64(w.NS)
	s.Values[readRateValue] = 1e9 * total / float64(len(reads)) / float64(w.NS)
	s.Values[writerCostValue] = float64(w.CPUNS) / frames
	s.Values[readerCostValue] = float64(s.CPUNS["readers"]) / total
	s.Values[totalCostValue] = float64(w.CPUNS+s.CPUNS["readers"]) / frames
	s.Latency, err = gauge.Merge(all)
	return s, err
}
