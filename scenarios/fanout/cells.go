package fanout

import (
	"fmt"
	"strconv"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

// The arms: how the writer treats its readers.
const (
	everyArm    = "leased-every"
	latestArm   = "leased-latest"
	pingPongArm = "pingpong"
)

var arms = []string{everyArm, latestArm, pingPongArm}

// The factors of a cell beside its arm.
const (
	readersFactor = "readers"
	slotsFactor   = "slots"
	waitFactor    = "wait"  // how readers, and a writer that is blocked, wait
	paceFactor    = "pace"  // of the writer
	holdFactor    = "hold"  // what a reader does before it reads a frame that it holds
	freePace      = "free"  // as fast as it may
	steadyPace    = "1ms"   // a frame a millisecond
	noHold        = "none"  // reads at once
	slowHold      = "200us" // sleeps
	holdNS        = int64(200e3)
	steadyNS      = int64(1e6)
	fewSlots      = 3
	payloadBytes  = 64 << 10
)

// A condition is one combination of factors, for every arm that has it.
type condition struct {
	readers    int
	spare      int // slots beyond the readers, 0 for fewSlots
	wait       hub.Strategy
	pace, hold string
}

func cells(p experiment.Profile) (all []experiment.Cell) {
	many, some := []int{1, 2, 4, 8, 16}, []int{1, 4, 16}
	if p == experiment.Quick {
		many, some = some, []int{4}
	}
	var conditions []condition
	for _, n := range many {
		conditions = append(conditions, condition{readers: n, pace: freePace, hold: noHold})
	}
	for _, n := range some {
		conditions = append(conditions, condition{readers: n, pace: steadyPace, hold: noHold})
	}
	for _, n := range []int{4, 16} {
		conditions = append(conditions, condition{readers: n, spare: 2, pace: freePace, hold: noHold})
	}
	conditions = append(conditions,
		condition{readers: 4, pace: freePace, hold: noHold, wait: hub.Adaptive},
		condition{readers: 4, pace: freePace, hold: slowHold})
	for _, c := range conditions {
		for _, arm := range arms {
			if arm != pingPongArm || c.spare == 0 {
				all = append(all, c.cell(arm, p))
			}
		}
	}
	return all
}

func (c condition) cell(arm string, p experiment.Profile) experiment.Cell {
	slots := fewSlots
	switch {
	case arm == pingPongArm:
		slots = hub.PingPongSlots
	case c.spare > 0:
		slots = min(c.readers+c.spare, zerocopy.MaxSlots)
	}
	// The arms of a condition are compared with each other, whatever their slots.
	group := fmt.Sprintf("readers=%d spare=%d wait=%s pace=%s hold=%s", c.readers, c.spare, c.wait, c.pace, c.hold)
	return experiment.Cell{Group: group, Factors: experiment.Factors{
		experiment.Arm: arm,
		readersFactor:  strconv.Itoa(c.readers), slotsFactor: strconv.Itoa(slots), waitFactor: c.wait.String(),
		paceFactor: c.pace, holdFactor: c.hold, windowFactor: strconv.Itoa(window(p)),
	}}
}

// windowFactor is how long the writer is measured, in ms.
const windowFactor = "ms"

func window(p experiment.Profile) int {
	if p == experiment.Quick {
		return 100
	}
	return 250
}

// A plan is a cell as its workers are told it.
type plan struct {
	Arm            string
	Readers, Slots int
	Wait           hub.Strategy
	Steady, Slow   bool
	RunNS          int64
}

func parse(c experiment.Cell) (p plan, err error) {
	number := func(factor string) int { return core.Int(experiment.Sample{Of: c}, factor) }
	p = plan{Arm: c.Factors[experiment.Arm], Steady: c.Factors[paceFactor] == steadyPace, Slow: c.Factors[holdFactor] == slowHold,
		Readers: number(readersFactor), Slots: number(slotsFactor), RunNS: int64(number(windowFactor)) * 1e6}
	switch {
	case p.Readers < 1 || p.Readers > zerocopy.MaxReaders:
		return p, fmt.Errorf("cell %v: %d readers, want 1 to %d", c, p.Readers, zerocopy.MaxReaders)
	case p.RunNS <= 0:
		return p, fmt.Errorf("cell %v: want a whole number of ms", c)
	}
	if p.Wait, err = core.Waiting(c.Factors[waitFactor]); err != nil {
		return p, fmt.Errorf("cell %v: %w", c, err)
	}
	p.Wait = p.Wait.Raw() // each worker has its process to itself
	if err := p.layout().Check(); err != nil {
		return p, fmt.Errorf("cell %v: %w", c, err)
	}
	return p, nil
}

func (p plan) layout() zerocopy.Layout {
	return zerocopy.Layout{Slots: p.Slots, Payload: payloadBytes}
}

// Sides implements [core.Plan]: workers go to whatever core is free.
func (p plan) Sides() core.Cores { return nil }
