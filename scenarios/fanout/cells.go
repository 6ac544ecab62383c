package fanout

import (
	"fmt"
	"strconv"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/zerocopy"
)

// The arms: how the writer treats its readers.
const (
	everyArm    = "leased-every"
	latestArm   = "leased-latest"
	pingPongArm = "pingpong"
)

var arms = []string{everyArm, latestArm, pingPongArm}

// The parameters of a cell.
const (
	readersParam = "readers"
	slotsParam   = "slots"
	waitParam    = "wait"  // how readers, and a writer that is blocked, wait
	paceParam    = "pace"  // of the writer
	holdParam    = "hold"  // what a reader does before it reads a frame that it holds
	freePace     = "free"  // as fast as it may
	steadyPace   = "1ms"   // a frame a millisecond
	noHold       = "none"  // reads at once
	slowHold     = "200us" // sleeps
	holdNS       = int64(200e3)
	steadyNS     = int64(1e6)
	fewSlots     = 3
	payloadBytes = 64 << 10
)

// A condition is one combination of parameters, for every arm that has it.
type condition struct {
	readers    int
	spare      int // slots beyond the readers, 0 for fewSlots
	wait       zerocopy.Strategy
	pace, hold string
}

// Cells implements [gauge.Scenario].
func (scenario) Cells(p gauge.Profile) []gauge.Cell {
	many, some := []int{1, 2, 4, 8, 16}, []int{1, 4, 16}
	if p == gauge.Quick {
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
		condition{readers: 4, pace: freePace, hold: noHold, wait: zerocopy.Adaptive},
		condition{readers: 4, pace: freePace, hold: slowHold})
	var cells []gauge.Cell
	for _, c := range conditions {
		for _, arm := range arms {
			if arm != pingPongArm || c.spare == 0 {
				cells = append(cells, c.cell(arm, p))
			}
		}
	}
	return cells
}

func (c condition) cell(arm string, p gauge.Profile) gauge.Cell {
	slots := fewSlots
	switch {
	case arm == pingPongArm:
		slots = zerocopy.PingPongSlots
	case c.spare > 0:
		slots = min(c.readers+c.spare, zerocopy.MaxSlots)
	}
	// The arms of a condition are compared with each other, whatever their slots.
	group := fmt.Sprintf("readers=%d spare=%d wait=%s pace=%s hold=%s", c.readers, c.spare, c.wait, c.pace, c.hold)
	return gauge.Cell{Arm: arm, Group: group, Params: map[string]string{
		readersParam: strconv.Itoa(c.readers), slotsParam: strconv.Itoa(slots), waitParam: c.wait.String(),
		paceParam: c.pace, holdParam: c.hold, windowParam: strconv.Itoa(window(p)),
	}}
}

// windowParam is how long the writer is measured, in ms.
const windowParam = "ms"

func window(p gauge.Profile) int {
	if p == gauge.Quick {
		return 100
	}
	return 250
}

// A plan is a cell as its workers are told it.
type plan struct {
	Arm            string
	Readers, Slots int
	Wait           zerocopy.Strategy
	Steady, Slow   bool
	RunNS          int64
	Index          int // of a reader
}

func parse(c gauge.Cell) (p plan, err error) {
	p = plan{Arm: c.Arm, Steady: c.Params[paceParam] == steadyPace, Slow: c.Params[holdParam] == slowHold}
	ms := 0
	for _, n := range []struct {
		name string
		v    *int
	}{{readersParam, &p.Readers}, {slotsParam, &p.Slots}, {windowParam, &ms}} {
		if *n.v, err = strconv.Atoi(c.Params[n.name]); err != nil {
			return p, fmt.Errorf("cell %v: %s: %w", c, n.name, err)
		}
	}
	p.RunNS = int64(ms) * 1e6
	if p.Readers < 1 || p.Readers > zerocopy.MaxReaders {
		return p, fmt.Errorf("cell %v: %d readers, want 1 to %d", c, p.Readers, zerocopy.MaxReaders)
	}
	for _, how := range []zerocopy.Strategy{zerocopy.Park, zerocopy.Spin, zerocopy.Adaptive} {
		if how.String() == c.Params[waitParam] {
			// Each worker has its process to itself.
			p.Wait = how.Raw()
			return p, nil
		}
	}
	return p, fmt.Errorf("cell %v: unknown way to wait", c)
}

func (p plan) layout() zerocopy.Layout {
	return zerocopy.Layout{Slots: p.Slots, Payload: payloadBytes}
}
