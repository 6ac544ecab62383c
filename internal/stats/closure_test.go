package stats

import (
	"strings"
	"testing"

	"github.com/copytax/copytax"
)

func TestUnclosedNamesWhatMissesTheGate(t *testing.T) {
	trial := func(arm string, boids int, closure float64) Trial {
		t := Trial{Arm: arm, Config: copytax.Config{Boids: boids}, CPU: 100}
		t.Phase[copytax.Compute] = 100 * (1 + closure)
		return t
	}
	a := &Analysis{Trials: []Trial{
		trial("a", 1000, 0.04), trial("b", 1000, -0.06), trial("b", 1000, 0.20), trial("a", 100, 0.5), trial("b", 10000, 0.051),
	}}
	got := a.Unclosed()
	if len(got) != 2 || got[0].Arm != "b" || got[0].Trials != 2 || got[0].Config.Boids != 1000 || got[1].Config.Boids != 10000 {
		t.Fatalf("got %+v, want b at 1000 boids twice and at 10000 once", got)
	}
	if s := got[0].String(); !strings.Contains(s, "b at 1000 boids: in 2 trial(s)") || !strings.Contains(s, "20.0%") {
		t.Errorf("says %q", s)
	}
}
