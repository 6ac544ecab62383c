package control

import (
	"fmt"
	"math"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// What the kernel's and the viewer's reports give together.
const (
	// Latency is the histogram on the viewer's sample: from the intended start of the
	// tick to the viewer having used the frame. In lock-step a tick is intended to start
	// when its policy is published.
	Latency = "latency_ns"
	// Service is the same from the actual start, in a trial with a rate.
	Service = "service_ns"
	// StartDelay is the histogram on the kernel's sample: from the intended to the actual
	// start, in a trial with a rate. On time counts as 1 ns.
	StartDelay = "start_delay_ns"
	// Missed is the metric on the viewer's sample, in a trial with a rate: ticks of the
	// window whose frame had not been used when the next was due, skipped ones included.
	Missed = "missed_ticks"
	// Skipped is the metric beside it: frames of the window that the viewer never took.
	Skipped = "skipped_frames"
	// Frames is the evidence that declares which frames a reader has read: "all", or so
	// many of those that there were.
	Frames   = "frames"
	LatestOf = "latest, %d of %d"
)

// join adds what follows from the times of kernel and viewer together.
func (r report) join(c copytax.Config, kernel, viewer *experiment.Sample) error {
	if c.Rate == 0 {
		return r.timed(viewer, Latency, r.Published, c.Latest)
	}
	if err := r.delayed(kernel); err != nil {
		return err
	}
	if err := r.timed(viewer, Latency, r.Intended, c.Latest); err != nil {
		return err
	}
	missed, skipped := 0, 0
	for i, used := range r.Used {
		if used == 0 {
			skipped++
		}
		if used == 0 || used > r.Intended[i]+int64(math.Round(1e9/c.Rate)) {
			missed++
		}
	}
	if viewer.Metrics == nil {
		viewer.Metrics = map[string]float64{}
	}
	viewer.Metrics[Missed], viewer.Metrics[Skipped] = float64(missed), float64(skipped)
	return r.timed(viewer, Service, r.Published, c.Latest)
}

// timed adds a histogram of the times from the starts of ticks to their frames having
// been used. A frame that was skipped has none.
func (r report) timed(viewer *experiment.Sample, name string, starts []int64, maySkip bool) error {
	if len(starts) == 0 || len(starts) != len(r.Used) {
		return fmt.Errorf("%d policies published, %d frames used: want the same, above 0", len(starts), len(r.Used))
	}
	var ns []int64
	for i, used := range r.Used {
		if used == 0 && maySkip {
			continue
		}
		if starts[i] == 0 || used <= starts[i] {
			return fmt.Errorf("tick %d of the window: published at %d ns, used at %d ns", i, starts[i], used)
		}
		ns = append(ns, used-starts[i])
	}
	if len(ns) == 0 {
		return fmt.Errorf("the viewer has skipped all %d frames of the window", len(starts))
	}
	return add(viewer, name, ns)
}

// delayed adds the histogram of how late ticks started.
func (r report) delayed(kernel *experiment.Sample) error {
	if len(r.Intended) != len(r.Published) {
		return fmt.Errorf("%d ticks were due, %d policies published: want the same", len(r.Intended), len(r.Published))
	}
	ns := make([]int64, len(r.Intended))
	for i, due := range r.Intended {
		if due == 0 || r.Published[i] < due {
			return fmt.Errorf("tick %d of the window: due at %d ns, published at %d ns", i, due, r.Published[i])
		}
		ns[i] = max(r.Published[i]-due, 1) // the clock's resolution; a series has no zeros
	}
	return add(kernel, StartDelay, ns)
}

// add puts the histogram of a series on a sample.
func add(s *experiment.Sample, name string, ns []int64) error {
	h, err := experiment.FromSeries(ns)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if s.Histograms == nil {
		s.Histograms = map[string]*experiment.Histogram{}
	}
	s.Histograms[name] = h
	return nil
}
