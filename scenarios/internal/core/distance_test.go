package core

import (
	"slices"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

func at(before, after float64) experiment.Sample {
	s := Sample(nil, map[string]float64{})
	Distance{before, after}.Note(s.Metrics)
	return s
}

func TestUsualKeepsTheCommonestDistance(t *testing.T) {
	samples := experiment.Samples{at(70, 71), at(75, 66), at(80, 74), at(270, 280), at(72, 270), at(20, 19), {Block: 9}}
	kept := Usual(samples)
	if len(kept) != 4 || kept[0].Metric(beforeMetric) != 70 || kept[3].Block != 9 {
		t.Errorf("kept %+v", kept)
	}
	tables := DistanceTables(samples)
	if len(tables) != 1 {
		t.Fatalf("got %d tables", len(tables))
	}
	want := [][]string{
		{"nearer, 19.5 ns to 19.5 ns", "1", "17%", "no"}, {"usual, 70.4 ns to 76.9 ns", "3", "50%", "yes"},
		{"farther, 275 ns to 275 ns", "1", "17%", "no"}, {"changed meanwhile", "1", "17%", "no"},
	}
	for i, row := range tables[0].Rows {
		var texts []string
		for _, cell := range row {
			texts = append(texts, cell.Text)
		}
		if len(want) != len(tables[0].Rows) || !slices.Equal(texts, want[i]) {
			t.Errorf("row %d of %d: got %q", i, len(tables[0].Rows), texts)
		}
	}
}

// Where no distance is known, nothing is left out and nothing is shown.
func TestUsualWithoutDistances(t *testing.T) {
	samples := experiment.Samples{{Block: 1}, at(0, 0)}
	if kept := Usual(samples); len(kept) != 2 || len(samples[1].Metrics) > 0 {
		t.Errorf("kept %+v", kept)
	}
	if tables := DistanceTables(samples); tables != nil {
		t.Errorf("got %+v", tables)
	}
}

// Both sides come through a second laying: they go on counting.
func TestRulerMeasuresTwice(t *testing.T) {
	words, err := hub.NewWords(make([]byte, 2*zerocopy.PageBytes))
	if err != nil {
		t.Fatal(err)
	}
	lead, err1 := NewRuler(words, 2)
	follow, err2 := NewRuler(words, 2)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	go func() {
		follow.Follow()
		follow.Follow()
	}()
	for range 2 {
		if ns := lead.Lead(); !(ns > 0) {
			t.Errorf("one way takes %v ns", ns)
		}
	}
	if _, err := NewRuler(words, 1<<20); err == nil {
		t.Error("a ruler beyond the page")
	}
}
