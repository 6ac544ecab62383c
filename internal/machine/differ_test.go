package machine

import (
	"slices"
	"testing"
)

func TestDifferences(t *testing.T) {
	was := Info{OS: "linux", CPU: CPU{Model: "a", Usable: 2, MHz: 1000}, Mitigations: map[string]string{"b": "off", "a": "on"}, LoadAverage: [3]float64{1, 2, 3}}
	is := was
	if d := Differences(was, is); len(d) != 0 {
		t.Errorf("a machine and itself: got %v", d)
	}
	is.CPU.MHz, is.LoadAverage[0] = 2000, 9
	if d := Differences(was, is); len(d) != 0 {
		t.Errorf("what changes by itself: got %v", d)
	}
	is.Go.GOGC, is.Mitigations = "off", map[string]string{"a": "on", "b": "on"}
	d := Differences(was, is)
	if len(d) != 2 || d[0].What != "mitigations" || d[0].Was != "a: on, b: off" || d[0].Other || d[1].What != "GOGC" || !d[1].Apart || d[1].Other {
		t.Errorf("got %v, want mitigations and GOGC, of no other machine", d)
	}
	is.CPU.Model = "c"
	if d := Differences(was, is); !slices.ContainsFunc(d, func(d Difference) bool { return d.Other && d.Apart && d.Was == "a" && d.Is == "c" }) {
		t.Errorf("got %v, want another machine", d)
	}
}
