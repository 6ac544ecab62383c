package control

import (
	"fmt"
	"math"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
)

// A pacer says when the ticks of a trial begin. Epochs ascend from 0.
type pacer interface {
	// Wait returns when the tick of epoch may begin.
	Wait(epoch uint64)
	// Start returns when that tick should begin, in ns of CLOCK_MONOTONIC, behind the
	// Wait for the first; 0 where that is whenever the one before has ended.
	Start(epoch uint64) int64
}

// newPacer returns the pacer that the trial's rate asks for.
func (r *runner) newPacer() (pacer, error) {
	if r.config.Rate == 0 {
		return lockStep{}, nil
	}
	if !(r.config.Rate > 0) || math.IsInf(r.config.Rate, 0) {
		return nil, fmt.Errorf("a rate of %v ticks a second: want a number above 0", r.config.Rate)
	}
	phase, err := r.meter.DefinePace()
	if err != nil {
		return nil, err
	}
	r.intended = make([]int64, r.config.Ticks)
	sleep := func(until int64) { sleepUntil(until, r.own) }
	return &openLoop{period: 1e9 / r.config.Rate, meter: r.meter, phase: phase, sleep: sleep}, nil
}

// lockStep begins a tick as soon as the one before has ended. It reads no clock.
type lockStep struct{}

func (lockStep) Wait(uint64)        {}
func (lockStep) Start(uint64) int64 { return 0 }

// openLoop begins ticks by a schedule that nothing moves: the one of epoch e is due e
// periods behind the first. One that is late begins at once, and those behind it are
// due when they were. What a tick takes too long therefore shows in all that it has
// held up, and not in itself alone.
type openLoop struct {
	period float64 // ns
	first  int64   // when the first tick began, in ns of CLOCK_MONOTONIC
	meter  copytax.Meter
	phase  copytax.Phase
	sleep  func(until int64)
}

func (o *openLoop) Wait(epoch uint64) {
	if o.first == 0 {
		o.first = lab.Nanotime()
	}
	o.meter.Enter(o.phase)
	o.sleep(o.Start(epoch))
	o.meter.Enter(copytax.Compute)
}

func (o *openLoop) Start(epoch uint64) int64 { return o.first + int64(float64(epoch)*o.period) }
