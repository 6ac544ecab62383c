package control

import (
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

func TestSamplesAreOrderedAndHaveTheirLatency(t *testing.T) {
	all := report{Samples: []experiment.Sample{{Worker: "viewer"}}, Used: []int64{1100, 1250, 1420, 1600}}
	all.add(report{Samples: []experiment.Sample{{Worker: "engine"}, {Worker: "kernel"}}, Published: []int64{1000, 1200, 1400}})
	samples, err := all.samples(copytax.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"kernel", "engine", "viewer"} {
		s := samples[i]
		if s.Worker != want || (s.Histograms != nil) != (want == "viewer") {
			t.Errorf("sample %d is the %s's, with the histograms %v; want the %s's", i, s.Worker, s.Histograms, want)
		}
	}
	if l := samples[2].Histograms[Latency]; l.Count != 3 || l.Min != 20 || l.P50 != 50 || l.Max != 100 {
		t.Errorf("got %+v", l)
	}
}

func TestSamplesThatAreNoTrial(t *testing.T) {
	role := func(name string) experiment.Sample { return experiment.Sample{Worker: name} }
	all := []experiment.Sample{role("kernel"), role("engine"), role("viewer")}
	for want, r := range map[string]report{
		"the viewer did not report":            {Samples: all[:2]},
		"4 samples reported, want 3":           {Samples: append(all, role("kernel"))},
		"0 policies published, 0 frames used":  {Samples: all},
		"2 policies published, 1 frames used":  {Samples: all, Published: []int64{1, 2}, Used: []int64{3}},
		"tick 1 of the window: published at 0": {Samples: all, Published: []int64{1, 0}, Used: []int64{3, 3, 4}},
		"tick 0 of the window: published at 5": {Samples: all, Published: []int64{5}, Used: []int64{4, 9}},
	} {
		if _, err := r.samples(copytax.Config{}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
