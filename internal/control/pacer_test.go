package control

import (
	"slices"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/lap"
)

// A late tick moves none of those behind it, however late it is.
func TestOpenLoopDoesNotDrift(t *testing.T) {
	var phases recorded
	var slept []int64
	o := &openLoop{period: 1e9 / 60.0, meter: &phases, phase: copytax.StandardPhases, sleep: func(until int64) { slept = append(slept, until) }}
	o.first = 5e9
	for _, epoch := range []uint64{0, 1, 2, 60, 216000} {
		o.Wait(epoch)
		if got := o.Start(epoch); got != slept[len(slept)-1] {
			t.Errorf("tick %d: slept until %d, intended at %d", epoch, slept[len(slept)-1], got)
		}
	}
	if want := []int64{5e9, 5_016_666_666, 5_033_333_333, 6e9, 3605e9}; !slices.Equal(slept, want) {
		t.Errorf("slept until %d, want %d", slept, want)
	}
	if len(phases) != 10 || phases[0] != copytax.StandardPhases || phases[9] != copytax.Compute {
		t.Errorf("entered %v", phases)
	}
}

type recorded []copytax.Phase

func (r *recorded) Enter(p copytax.Phase) { *r = append(*r, p) }

func TestSleepsUntilATime(t *testing.T) {
	for _, alone := range []bool{false, true} {
		for _, ns := range []int64{-1e9, 0, 3e6} {
			until := lab.Nanotime() + ns
			if sleepUntil(until, alone); lab.Nanotime() < until {
				t.Errorf("alone %v: was back before %d ns had passed", alone, ns)
			}
		}
	}
}

func TestPacerOfARate(t *testing.T) {
	r := &runner{meter: lap.New(copytax.Kernel, false, lap.Cost{})}
	defer r.meter.Close()
	if p, err := r.newPacer(); err != nil || p != (lockStep{}) || r.intended != nil || p.Start(7) != 0 {
		t.Errorf("without a rate: got %v, %v, intended %v", p, err, r.intended)
	}
	r.config = copytax.Config{Rate: 60, Ticks: 5}
	if p, err := r.newPacer(); err != nil || len(r.intended) != 5 {
		t.Errorf("at 60 Hz: got %v, %v, %d intended starts, want 5", p, err, len(r.intended))
	}
	r.config.Rate = -1
	if p, err := r.newPacer(); err == nil {
		t.Errorf("at -1 Hz: got %v", p)
	}
}
