package handoff

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/scenarios/internal/core"
)

// Measure implements [gauge.Scenario].
func (scenario) Measure(ctx context.Context, t *gauge.Troupe, c gauge.Cell) (gauge.Sample, error) {
	p, err := parse(c)
	if err != nil {
		return gauge.Sample{}, err
	}
	if p.Cores, err = core.Choose(); err != nil {
		return gauge.Sample{}, err
	}
	if p.Arm == bandwidthArm {
		return p.measureBandwidth(ctx, t)
	}
	writer, reader, err := p.start(ctx, t)
	if err != nil {
		return gauge.Sample{}, err
	}
	var w written
	var r read
	if err := gauge.Both(ctx, writer, &w, reader, &r); err != nil {
		return gauge.Sample{}, err
	}
	return p.sample(w, r), nil
}

func (p plan) measureBandwidth(ctx context.Context, t *gauge.Troupe) (s gauge.Sample, err error) {
	player, err := t.Start(bandwidthJob, p)
	if err != nil {
		return s, err
	}
	var b bandwidths
	if err := player.Result(ctx, &b); err != nil {
		return s, err
	}
	s.Values = map[string]float64{}
	for name, rate := range b {
		s.Values[name+bytesPerSecond] = rate
	}
	return s, nil
}

// start brings both workers to the point at which hand-offs begin, one after
// the other: the reader looks at its own memory while the writer sleeps.
func (p plan) start(ctx context.Context, t *gauge.Troupe) (writer, reader *gauge.Player, err error) {
	hub, err := p.create()
	if err != nil {
		return nil, nil, err
	}
	defer closeAll(hub)
	ends := []*os.File{}
	if p.Arm == unixArm {
		if ends, err = socketPair(); err != nil {
			return nil, nil, err
		}
		defer closeAll(ends)
	}
	if writer, err = p.enter(ctx, t, writerJob, hub, ends, 0); err != nil {
		return nil, nil, err
	}
	if reader, err = p.enter(ctx, t, readerJob, hub, ends, 1); err != nil {
		return nil, nil, err
	}
	return writer, reader, errors.Join(reader.Go(), writer.Go())
}

// enter starts a worker with its end of the socket, if there is one, and waits
// until it is ready.
func (p plan) enter(ctx context.Context, t *gauge.Troupe, job string, hub, ends []*os.File, end int) (*gauge.Player, error) {
	files := append([]*os.File{}, hub...)
	if len(ends) > 0 {
		files = append(files, ends[end])
	}
	player, err := t.Start(job, p, files...)
	if err != nil {
		return nil, err
	}
	if err := player.Ready(ctx); err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	return player, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close() // the workers have theirs
	}
}

// The names of a sample's values and counters.
const (
	seenValue       = "seen_p50_ns"
	seenTailValue   = "seen_p99_ns"
	touchValue      = "touch_p50_ns"
	fillValue       = "fill_p50_ns"
	coldFillValue   = "cold_fill_ns"
	coldTouchValue  = "cold_touch_ns"
	writerMapValue  = "writer_map_ns"
	readerMapValue  = "reader_map_ns"
	ownWarmValue    = "own_warm_p50_ns"
	ownFilledValue  = "own_filled_p50_ns"
	writerHuge      = "writer_huge_bytes"
	readerHuge      = "reader_huge_bytes"
	writerCPU       = "writer_cpu" // numbers of processors; absent if the sides were not pinned
	readerCPU       = "reader_cpu"
	regionCounter   = "region_bytes"
	copiedCounter   = "copied_bytes"
	handoffsCounter = "handoffs"
	bytesPerSecond  = "_bytes_per_s"
)

// sample returns what the workers have found out. Its latency is from just
// before the publish to the reader having touched what it touches.
func (p plan) sample(w written, r read) gauge.Sample {
	s := gauge.Sample{
		Latency: r.Used,
		Values: map[string]float64{
			seenValue: float64(r.Seen.P50NS), seenTailValue: float64(r.Seen.P99NS),
			fillValue: float64(w.FillP50NS), coldFillValue: float64(w.ColdFillNS),
			writerMapValue: float64(w.MapNS), readerMapValue: float64(r.MapNS),
		},
		Counters: map[string]int64{
			handoffsCounter: r.Used.Count, copiedCounter: w.Copied + r.Copied,
			writerHuge: w.HugeBytes, readerHuge: r.HugeBytes, regionCounter: r.RegionBytes,
		},
		CPUNS: map[string]int64{"writer": w.CPUNS, "reader": r.CPUNS},
	}
	w.Apart.Note(&s)
	if p.Cores.Apart {
		s.Counters[writerCPU], s.Counters[readerCPU] = int64(p.Cores.Writer), int64(p.Cores.Reader)
	}
	if p.Touch != touchNone {
		s.Values[touchValue], s.Values[coldTouchValue] = float64(r.Touch.P50NS), float64(r.ColdNS)
	}
	if p.comparesWithOwn() {
		s.Values[ownWarmValue] = float64(r.Own.WarmNS)
	}
	if r.Own.FilledNS > 0 {
		s.Values[ownFilledValue] = float64(r.Own.FilledNS)
	}
	return s
}
