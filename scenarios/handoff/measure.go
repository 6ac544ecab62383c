package handoff

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/internal/core"
)

func measure(ctx context.Context, l *lab.Lab, c experiment.Cell) (s experiment.Sample, err error) {
	p, err := parse(c)
	if err != nil {
		return s, err
	}
	if p.Cores, err = core.Choose(); err != nil {
		return s, err
	}
	if p.Arm == bandwidthArm {
		return p.measureBandwidth(ctx, l)
	}
	writer, reader, err := p.start(ctx, l)
	if err != nil {
		return s, err
	}
	var w written
	var r read
	if err := lab.Both(ctx, writer, &w, reader, &r); err != nil {
		return s, err
	}
	return p.sample(w, r), nil
}

func (p plan) measureBandwidth(ctx context.Context, l *lab.Lab) (s experiment.Sample, err error) {
	worker, err := l.Start(bandwidthJob, p)
	if err != nil {
		return s, err
	}
	var b bandwidths
	if err := worker.Result(ctx, &b); err != nil {
		return s, err
	}
	rates := map[string]float64{}
	for name, rate := range b {
		rates[name+bytesPerSecond] = rate
	}
	return core.Sample(nil, rates), nil
}

// start brings both workers to the point at which hand-offs begin, one after
// the other: the reader looks at its own memory while the writer sleeps.
func (p plan) start(ctx context.Context, l *lab.Lab) (writer, reader *lab.Worker, err error) {
	hub, err := p.create()
	if err != nil {
		return nil, nil, err
	}
	defer lab.Close(hub)
	ends := []*os.File{}
	if p.Arm == unixArm {
		if ends, err = socketPair(); err != nil {
			return nil, nil, err
		}
		defer lab.Close(ends)
	}
	if writer, err = p.enter(ctx, l, writerJob, hub, ends, 0); err != nil {
		return nil, nil, err
	}
	if reader, err = p.enter(ctx, l, readerJob, hub, ends, 1); err != nil {
		return nil, nil, err
	}
	return writer, reader, errors.Join(reader.Go(), writer.Go())
}

// enter starts a worker with its end of the socket, if there is one, and waits
// until it is ready.
func (p plan) enter(ctx context.Context, l *lab.Lab, job string, hub, ends []*os.File, end int) (*lab.Worker, error) {
	files := append([]*os.File{}, hub...)
	if len(ends) > 0 {
		files = append(files, ends[end])
	}
	worker, err := l.Start(job, p, files...)
	if err != nil {
		return nil, err
	}
	if err := worker.Ready(ctx); err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	return worker, nil
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
		for _, l := range loops() {
			names = append(names, l.name+bytesPerSecond)
		}
		return names
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

// sample returns what the workers have found out. Its latency is from just
// before the publish to the reader having touched what it touches.
func (p plan) sample(w written, r read) experiment.Sample {
	m := map[string]float64{
		seenMetric: float64(r.Seen.P50), seenTailMetric: float64(r.Seen.P99),
		fillMetric: float64(w.FillP50NS), coldFillMetric: float64(w.ColdFillNS),
		writerMapMetric: float64(w.MapNS), readerMapMetric: float64(r.MapNS),
		handoffsMetric: float64(r.Used.Count), copiedMetric: float64(w.Copied + r.Copied),
		writerHuge: float64(w.HugeBytes), readerHuge: float64(r.HugeBytes), regionMetric: float64(r.RegionBytes),
		writerCPUMetric: float64(w.CPUNS), readerCPUMetric: float64(r.CPUNS),
	}
	w.Apart.Note(m)
	if p.Cores.Apart {
		m[writerCore], m[readerCore] = float64(p.Cores.Writer), float64(p.Cores.Reader)
	}
	if p.Touch != touchNone {
		m[touchMetric], m[coldTouchMetric] = float64(r.Touch.P50), float64(r.ColdNS)
	}
	if p.comparesWithOwn() {
		m[ownWarmMetric] = float64(r.Own.WarmNS)
	}
	if r.Own.FilledNS > 0 {
		m[ownFilledMetric] = float64(r.Own.FilledNS)
	}
	return core.Sample(r.Used, m)
}
