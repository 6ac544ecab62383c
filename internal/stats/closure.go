package stats

import (
	"fmt"

	"github.com/copytax/copytax"
)

const (
	// ClosureGate is the closure error beyond which a trial's phases are not
	// to be cited.
	ClosureGate = 0.05
	// ClosureBoids is the size from which the gate holds: in a smaller world a
	// tick costs little more than the clocks that divide it.
	ClosureBoids = 1_000
)

// Unclosed is an arm at a config some of whose trials miss the gate.
type Unclosed struct {
	Arm    string
	Config copytax.Config
	Trials int
	Worst  float64
}

// String says what a reader must know.
func (u Unclosed) String() string {
	return fmt.Sprintf("%s at %d boids: in %d trial(s) the phases miss the CPU of the processes by more than %.0f%%, by %.1f%% at worst; do not cite their phases or the additive tax",
		u.Arm, u.Config.Boids, u.Trials, 100*ClosureGate, 100*u.Worst)
}

// Unclosed lists the arms with trials that miss the gate, in the order of running.
func (a *Analysis) Unclosed() (list []Unclosed) {
	type cell struct {
		arm    string
		config copytax.Config
	}
	at := map[cell]int{}
	for _, t := range a.Trials {
		if t.Config.Boids < ClosureBoids || t.ClosureError() <= ClosureGate {
			continue
		}
		c := cell{t.Arm, t.Config}
		if _, known := at[c]; !known {
			at[c] = len(list)
			list = append(list, Unclosed{Arm: t.Arm, Config: t.Config})
		}
		u := &list[at[c]]
		u.Trials++
		u.Worst = max(u.Worst, t.ClosureError())
	}
	return list
}
