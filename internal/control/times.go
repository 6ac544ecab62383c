package control

import (
	"fmt"
	"math"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// What the kernel's and the viewer's reports give together.
const (
	// Latency is the histogram on the viewer's sample: from the intended start of the
	// tick to the viewer having used its frame, or the first newer one where it skipped
	// that. In lock-step a tick is intended to start when its policy is published.
	Latency = "latency_ns"
	// Service is the histogram from the actual start to that very frame having been used,
	// in a trial with a rate. A frame that was skipped has none.
	Service = "service_ns"
	// Interval is the histogram on the viewer's sample, in a trial with a rate: from one
	// frame having been used to the next, of the window's frames. Absent if there are fewer
	// than two.
	Interval = "interval_ns"
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
	if len(r.Published) == 0 || len(r.Used) != len(r.Published)+1 {
		return fmt.Errorf("%d policies published, %d frames used: want some, and one frame more, which is behind the window", len(r.Published), len(r.Used))
	}
	shown, skipped := r.shown()
	switch {
	case skipped > 0 && !c.Latest:
		return fmt.Errorf("%d frames of the window were not used, and the viewer was to use every one", skipped)
	case c.Rate > 0 && skipped == len(r.Published):
		return fmt.Errorf("the viewer has skipped all %d frames of the window", skipped)
	}
	if c.Rate == 0 {
		return lasted(viewer, Latency, r.Published, shown, false)
	}
	if err := r.delayed(kernel); err != nil {
		return err
	}
	if err := lasted(viewer, Latency, r.Intended, shown, false); err != nil {
		return err
	}
	period, missed := int64(math.Round(1e9/c.Rate)), 0
	for i, due := range r.Intended {
		if r.Used[i] == 0 || shown[i] > due+period {
			missed++
		}
	}
	if viewer.Metrics == nil {
		viewer.Metrics = map[string]float64{}
	}
	viewer.Metrics[Missed], viewer.Metrics[Skipped] = float64(missed), float64(skipped)
	if err := lasted(viewer, Service, r.Published, r.Used, true); err != nil {
		return err
	}
	return r.spaced(viewer)
}

// spaced adds the histogram of the times between frames of the window.
func (r report) spaced(viewer *experiment.Sample) error {
	used := slices.DeleteFunc(slices.Clone(r.Used[:len(r.Used)-1]), func(ns int64) bool { return ns == 0 })
	if len(used) < 2 {
		return nil
	}
	between := make([]int64, len(used)-1)
	for i := range between {
		if between[i] = used[i+1] - used[i]; between[i] <= 0 {
			return fmt.Errorf("a frame was used at %d ns and the next at %d ns", used[i], used[i+1])
		}
	}
	return add(viewer, Interval, between)
}

// shown returns for each tick of the window when its frame, or the first newer one, had
// been used, and how many frames were skipped.
func (r report) shown() (at []int64, skipped int) {
	at = slices.Clone(r.Used)
	for i := len(at) - 2; i >= 0; i-- {
		if at[i] == 0 {
			at[i] = at[i+1]
			skipped++
		}
	}
	return at, skipped
}

// lasted adds a histogram of the times from the starts of ticks to their ends. A tick
// that may skip has none if it ended at 0.
func lasted(viewer *experiment.Sample, name string, starts, ends []int64, maySkip bool) error {
	var ns []int64
	for i, start := range starts {
		end := ends[i]
		if end == 0 && maySkip {
			continue
		}
		if start == 0 || end <= start {
			return fmt.Errorf("tick %d of the window: published at %d ns, used at %d ns", i, start, end)
		}
		ns = append(ns, end-start)
	}
	if name == Latency {
		if viewer.Series == nil {
			viewer.Series = map[string][]int64{}
		}
		viewer.Series[Latency] = slices.Clone(ns) // the histogram sorts them
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
