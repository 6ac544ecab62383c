package core

import (
	"testing"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/zerocopy"
)

func at(before, after float64) (s gauge.Sample) {
	Distance{before, after}.Note(&s)
	return s
}

func TestUsualKeepsTheCommonestDistance(t *testing.T) {
	samples := []gauge.Sample{at(70, 71), at(75, 66), at(80, 74), at(270, 280), at(72, 270), at(20, 19), {Block: 9}}
	kept := Usual(samples)
	if len(kept) != 4 || kept[0].Values[beforeValue] != 70 || kept[3].Block != 9 {
		t.Errorf("kept %+v", kept)
	}
	tables := Tables(samples)
	if len(tables) != 1 {
		t.Fatalf("got %d tables", len(tables))
	}
	want := [][]string{
		{"nearer, 19.5 ns to 19.5 ns", "1", "17%", "no"}, {"usual, 70.4 ns to 76.9 ns", "3", "50%", "yes"},
		{"farther, 275 ns to 275 ns", "1", "17%", "no"}, {"changed meanwhile", "1", "17%", "no"},
	}
	for i, row := range tables[0].Rows {
		if len(want) != len(tables[0].Rows) || row[0] != want[i][0] || row[1] != want[i][1] || row[2] != want[i][2] || row[3] != want[i][3] {
			t.Fatalf("got rows %q", tables[0].Rows)
		}
	}
}

// Where no distance is known, nothing is left out and nothing is shown.
func TestUsualWithoutDistances(t *testing.T) {
	samples := []gauge.Sample{{Block: 1}, at(0, 0)}
	if kept := Usual(samples); len(kept) != 2 || samples[1].Values != nil {
		t.Errorf("kept %+v", kept)
	}
	if tables := Tables(samples); tables != nil {
		t.Errorf("got %+v", tables)
	}
}

// Both sides come through a second laying: they go on counting.
func TestRulerMeasuresTwice(t *testing.T) {
	words, err := zerocopy.NewWords(make([]byte, 2*zerocopy.PageBytes))
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
