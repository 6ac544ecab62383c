package control

import (
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// paced is a trial of 5 ticks, due every 100 ns from 1000 on. The second is 150 ns late
// in being used and delays the third, whose frame is skipped: the fourth shows it, 170 ns
// behind its time.
func paced() (report, copytax.Config) {
	r := report{
		Samples:   []experiment.Sample{{Worker: "kernel"}, {Worker: "engine"}, {Worker: "viewer"}},
		Intended:  []int64{1000, 1100, 1200, 1300, 1400},
		Published: []int64{1000, 1105, 1290, 1300, 1401},
		Used:      []int64{1080, 1350, 0, 1370, 1430, 1530},
	}
	return r, copytax.Config{Rate: 1e7, Ticks: 5}
}

func TestPacedSamples(t *testing.T) {
	r, c := paced()
	if _, err := r.samples(c); err == nil || !strings.HasPrefix(err.Error(), "1 frames of the window were not used") {
		t.Errorf("a viewer of every frame has skipped one, got %v", err)
	}
	c.Latest = true
	if err := r.join(c, &r.Samples[0], &r.Samples[2]); err != nil {
		t.Fatal(err)
	}
	kernel, viewer := r.Samples[0], r.Samples[2]
	if got := [2]float64{viewer.Metric(Missed), viewer.Metric(Skipped)}; got != [2]float64{2, 1} {
		t.Errorf("missed and skipped %v, want 2 and 1", got)
	}
	for _, c := range []struct {
		name               string
		of                 *experiment.Histogram
		count, least, most int64
	}{
		{Latency, viewer.Histograms[Latency], 5, 30, 250},
		{Service, viewer.Histograms[Service], 4, 29, 245},
		{Interval, viewer.Histograms[Interval], 3, 20, 270},
		{StartDelay, kernel.Histograms[StartDelay], 5, 1, 90},
	} {
		if c.of == nil || c.of.Count != c.count || c.of.Min != c.least || c.of.Max != c.most {
			t.Errorf("%s is %+v, want %d values from %d to %d", c.name, c.of, c.count, c.least, c.most)
		}
	}
}

// The frame behind the window shows the last ticks of one whose frames were skipped.
func TestPauseAtTheEndOfTheWindow(t *testing.T) {
	for name, c := range map[string]struct {
		used     []int64
		missed   float64
		services int64
		p50      int64
	}{
		"the last two":  {[]int64{1080, 1180, 1270, 0, 0, 1900}, 2, 3, 80},
		"all but one":   {[]int64{0, 1180, 0, 0, 0, 1900}, 4, 1, 500},
		"one in time":   {[]int64{1080, 1180, 1299, 1370, 1430, 1530}, 0, 5, 80},
		"one late only": {[]int64{1080, 1180, 1299, 1401, 1430, 1530}, 1, 5, 80},
	} {
		r, config := paced()
		config.Latest = true
		r.Used = c.used
		r.Published[1], r.Published[2] = 1105, 1205
		if err := r.join(config, &r.Samples[0], &r.Samples[2]); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		viewer := r.Samples[2]
		latency, service := viewer.Histograms[Latency], viewer.Histograms[Service]
		if latency.Count != 5 || latency.P50 != c.p50 || viewer.Metric(Missed) != c.missed {
			t.Errorf("%s: %d latencies, median %d, %v missed: want 5, %d, %v", name, latency.Count, latency.P50, viewer.Metric(Missed), c.p50, c.missed)
		}
		if service == nil && c.services > 0 || service != nil && service.Count != c.services {
			t.Errorf("%s: the service is %+v, want %d", name, service, c.services)
		}
	}
}

func TestPacedReportsThatCannotBe(t *testing.T) {
	for want, spoil := range map[string]func(*report){
		"4 ticks were due, 5 policies published":                     func(r *report) { r.Intended = r.Intended[:4] },
		"tick 1 of the window: due at 1100 ns, published at 1099 ns": func(r *report) { r.Published[1] = 1099 },
		"tick 0 of the window: due at 0 ns":                          func(r *report) { r.Intended[0] = 0 },
		"the viewer has skipped all 5 frames":                        func(r *report) { r.Used = []int64{5: 1530} },
		"tick 4 of the window: published at 1400 ns, used at 0 ns":   func(r *report) { r.Used[4], r.Used[5] = 0, 0 },
		"5 policies published, 3 frames used":                        func(r *report) { r.Used = r.Used[:3] },
	} {
		r, c := paced()
		c.Latest = true
		spoil(&r)
		if err := r.join(c, &r.Samples[0], &r.Samples[2]); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// seen is a trial of 6 frames, of which the viewer skipped two.
func seen() (report, copytax.Config) {
	var all []copytax.Sight
	for e := range uint64(6) {
		all = append(all, copytax.Sight{Epoch: e, Hash: 100 + e})
	}
	r := report{Used: []int64{0, 7, 8, 9}}
	r.note("kernel", all)
	r.note("viewer", []copytax.Sight{all[0], all[3], all[4], all[5]})
	return r, copytax.Config{Latest: true, WarmUp: 2, Ticks: 3}
}

func TestWhatAViewerOfTheLatestSawIsCompared(t *testing.T) {
	r, c := seen()
	if err := r.compareSeen(c); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(kernel, viewer *[]copytax.Sight, r *report){
		"the viewer saw frame 3 with the hash 0000000000000007, the kernel with 0000000000000067": func(_, v *[]copytax.Sight, _ *report) { (*v)[1].Hash = 7 },
		"the viewer saw frame 3: want one from 4 to 5":                                            func(_, v *[]copytax.Sight, _ *report) { (*v)[2] = (*v)[1] },
		"the viewer saw frame 0: want one from 4 to 5":                                            func(_, v *[]copytax.Sight, _ *report) { (*v)[2] = (*v)[0] },
		"the viewer saw frame 9: want one from 5 to 5":                                            func(_, v *[]copytax.Sight, _ *report) { (*v)[3].Epoch = 9 },
		"the viewer did not see the last frame, 5":                                                func(_, v *[]copytax.Sight, _ *report) { *v = (*v)[:3] },
		"the kernel saw 5 frames, want 6":                                                         func(k, _ *[]copytax.Sight, _ *report) { *k = (*k)[:5] },
		"the kernel saw frame 0 in tick 1":                                                        func(k, _ *[]copytax.Sight, _ *report) { (*k)[1].Epoch = 0 },
		"the viewer saw 2 frames of the window, and has used 3":                                   func(_, _ *[]copytax.Sight, r *report) { r.Used[0] = 6 },
	} {
		r, c := seen()
		kernel, viewer := slices.Clone(r.Seen["kernel"]), slices.Clone(r.Seen["viewer"])
		spoil(&kernel, &viewer, &r)
		r.Seen["kernel"], r.Seen["viewer"] = kernel, viewer
		if err := r.compareSeen(c); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
