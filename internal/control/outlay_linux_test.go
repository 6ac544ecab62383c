package control

import (
	"os/exec"
	"testing"

	"github.com/copytax/copytax/internal/judge"
)

// What a helper of the supervisor has used counts, also when it has ended before
// anybody looks.
func TestOutlayHasChildrenThatEnded(t *testing.T) {
	g := &group{}
	before := g.outlay()
	helper := exec.Command("sh", "-c", "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done")
	if err := helper.Run(); err != nil {
		t.Fatal(err)
	}
	used := helper.ProcessState.UserTime() + helper.ProcessState.SystemTime()
	if got := g.outlay().metrics(before)[judge.OthersCPU]; used == 0 || got < float64(used.Nanoseconds()) {
		t.Errorf("a helper has used %v, got %v ns", used, got)
	}
}

// One that had used something before does not count for that.
func TestOutlayIsSince(t *testing.T) {
	before := outlay{ended: 5, 70: 30, 71: 10}
	now := outlay{ended: 5 + 42, 71: 12, 72: 4}
	if got := now.metrics(before)[judge.OthersCPU]; got != 42-30+2+4 {
		t.Errorf("others have used %v, want 18", got)
	}
}
