package ladder

import (
	"fmt"
	"math"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/control"
)

// Sense implements [experiment.Sensible]: a cell has a config of the flock, and the
// viewer a latency of each of its ticks and a service of each whose frame it has used.
func (l *Ladder) Sense(c experiment.Cell, samples []experiment.Sample) error {
	config, err := configOf(c)
	if err != nil {
		return err
	}
	arm := c.Factors[experiment.Arm]
	if config.Ticks < 1 || config.Boids < 1 {
		return fmt.Errorf("%s has %d boids and %d ticks: want at least one of each", arm, config.Boids, config.Ticks)
	}
	for _, s := range samples {
		err := senseOf(s, config)
		if err == nil && isInTab(c) && !l.inPlace(c, copytax.Kernel) {
			err = copiesFrames(s, config)
		}
		if n, ok := s.Metrics["frame_bytes"]; err == nil && ok && n < frameBytes(config) {
			err = fmt.Errorf("shown a frame of %.0f bytes, of %d boids", n, config.Boids)
		}
		if err != nil {
			return fmt.Errorf("the %s of %s has %w", s.Worker, arm, err)
		}
	}
	if err := addsUp(samples); err != nil {
		return err
	}
	return l.plausible(c, config, samples)
}

// inPlace reports whether a role of a cell is in place, as far as this program knows its
// transport.
func (l *Ladder) inPlace(c experiment.Cell, role copytax.Role) bool {
	t, err := l.Find(c.Factors[factorTransport])
	return err == nil && t.Info().InPlace[role]
}

// addsUp checks that, where no frame was skipped, the mean latency is the mean start
// delay and the mean service together.
func addsUp(samples experiment.Samples) error {
	mean := func(name string) float64 {
		for _, s := range samples {
			if h := s.Histograms[name]; h != nil {
				return h.Mean
			}
		}
		return math.NaN()
	}
	latency, parts := mean(latencyMetric), mean(control.StartDelay)+mean(control.Service)
	const clamped = 1 // ns: a delay of nothing counts as one
	if samples.Sum(control.Skipped) == 0 && math.Abs(latency-parts) > clamped+1e-9*latency {
		return fmt.Errorf("a mean latency of %v ns, of a start delay and a service of %v ns together", latency, parts)
	}
	return nil
}

// senseOf checks the counts of one sample.
func senseOf(s experiment.Sample, c copytax.Config) error {
	skipped := s.Metrics[control.Skipped]
	if skipped != 0 && !c.Latest {
		return fmt.Errorf("skipped %v frames, and was to read every one", skipped)
	}
	if h := s.Histograms[latencyMetric]; h != nil && h.Count != int64(c.Ticks) {
		return fmt.Errorf("%d latencies of %d ticks", h.Count, c.Ticks)
	}
	if h := s.Histograms[control.Service]; h != nil && float64(h.Count)+skipped != float64(c.Ticks) {
		return fmt.Errorf("%d services of %d ticks, and skipped %v", h.Count, c.Ticks, skipped)
	}
	if h := s.Histograms[control.Interval]; h != nil && float64(h.Count)+1+skipped != float64(c.Ticks) {
		return fmt.Errorf("%d intervals of %d ticks, and skipped %v", h.Count, c.Ticks, skipped)
	}
	if h := s.Histograms[control.StartDelay]; h != nil && h.Count != int64(c.Ticks) {
		return fmt.Errorf("%d starts of %d ticks", h.Count, c.Ticks)
	}
	if err := stretchSense(s, c); err != nil {
		return err
	}
	if s.Worker != copytax.Viewer.String() {
		return nil
	}
	if err := declared(s.Evidence[control.Frames], skipped, c); err != nil || c.Rate == 0 {
		return err
	}
	return missedOf(s, skipped, c)
}

// declared checks that a viewer of the latest frame says so, and how many it saw of all.
func declared(frames string, skipped float64, c copytax.Config) error {
	all := int(c.LastEpoch()) + 1
	var saw, of int
	_, err := fmt.Sscanf(frames, control.LatestOf, &saw, &of)
	switch {
	case !c.Latest && err != nil:
		return nil // "all", or nothing in runs of old
	case !c.Latest:
		return fmt.Errorf("read the frames %q, and was to read every one", frames)
	case err != nil || frames != fmt.Sprintf(control.LatestOf, saw, of) || of != all || saw < 1 || saw > all:
		return fmt.Errorf("read the frames %q: want the latest, some of %d", frames, all)
	case float64(all-saw) < skipped || float64(saw) < float64(c.Ticks)-skipped:
		return fmt.Errorf("read the frames %q, and skipped %v of the %d ticks of the window", frames, skipped, c.Ticks)
	}
	return nil
}

// missedOf checks the ticks that were missed: those with a latency beyond a period, which
// the histogram has within the width of its buckets. Those skipped are among them.
func missedOf(s experiment.Sample, skipped float64, c copytax.Config) error {
	h := s.Histograms[latencyMetric]
	if h == nil {
		return fmt.Errorf("no %s", latencyMetric)
	}
	full, err := h.Decode()
	if err != nil {
		return err
	}
	period := int64(1e9 / c.Rate)
	least, most := 0.0, 0.0
	for _, bar := range full.Distribution() {
		if bar.From > period+1 {
			least += float64(bar.Count)
		}
		if bar.To >= period {
			most += float64(bar.Count)
		}
	}
	if missed := s.Metrics[control.Missed]; missed < max(least, skipped) || missed > most {
		return fmt.Errorf("missed %v ticks: its latencies, and the frames that it skipped, make it %v to %v", missed, max(least, skipped), most)
	}
	return nil
}
