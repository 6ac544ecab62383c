package control

import (
	"runtime/debug"
	"testing"
)

// The collector is held to what the environment of the process asks for, in every form
// that Go takes.
func TestCollectorKept(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "")
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	for _, c := range []struct {
		gogc    string
		percent int
		kept    bool
	}{
		{"", 100, true}, {"100", 100, true}, {"40", 40, true}, {"off", -1, true}, {"-1", -1, true}, {"none", 100, true},
		{"", -1, false}, {"40", 100, false}, {"off", 100, false}, {"-1", 100, false},
	} {
		t.Setenv("GOGC", c.gogc)
		debug.SetGCPercent(c.percent)
		if err := collectorKept(); (err == nil) != c.kept {
			t.Errorf("GOGC=%s and %d%%: got %v, want it kept: %v", c.gogc, c.percent, err, c.kept)
		}
	}
}
