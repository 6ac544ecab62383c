package handoff

import (
	"context"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/internal/core"
)

func measure(ctx context.Context, l *lab.Lab, p plan) (experiment.Sample, error) {
	if p.Arm == bandwidthArm {
		return core.Run(ctx, l, p, bandwidthJob)
	}
	return core.Run(ctx, l, p, writerJob, readerJob)
}

// The names of a sample's metrics.
const (
	seenMetric      = "seen_p50_ns"
	seenTailMetric  = "seen_p99_ns"
	touchMetric     = "touch_p50_ns"
	fillMetric      = "fill_p50_ns"
	coldFillMetric  = "cold_fill_ns"
	coldTouchMetric = "cold_touch_ns"
	writerMapMetric = "writer_map_ns"
	readerMapMetric = "reader_map_ns"
	ownWarmMetric   = "own_warm_p50_ns"
	ownFilledMetric = "own_filled_p50_ns"
	writerHuge      = "writer_huge_bytes"
	readerHuge      = "reader_huge_bytes"
	writerCore      = "writer_cpu" // numbers of processors; absent if the sides were not pinned
	readerCore      = "reader_cpu"
	writerCPUMetric = "cpu_writer_ns"
	readerCPUMetric = "cpu_reader_ns"
	regionMetric    = "region_bytes"
	copiedMetric    = "copied_bytes"
	handoffsMetric  = "handoffs"
	bytesPerSecond  = "_bytes_per_s"
)

// metrics are those that a cell's sample always has.
func metrics(c experiment.Cell) (names []string) {
	f := c.Factors
	if f[experiment.Arm] == bandwidthArm {
		return rates()
	}
	names = []string{
		handoffsMetric, copiedMetric, seenMetric, seenTailMetric, fillMetric, coldFillMetric, writerMapMetric, readerMapMetric,
		writerHuge, readerHuge, regionMetric, writerCPUMetric, readerCPUMetric,
	}
	if f[touchFactor] != touchNone {
		names = append(names, touchMetric, coldTouchMetric)
	}
	return names
}
