package lap

import (
	"slices"
	"time"

	"github.com/copytax/copytax"
)

// A Cost is what one lap of the meter costs, measured on empty laps.
type Cost struct {
	Plain   float64 // ns of CPU, with the wall clock only
	Sampled float64 // ns of CPU, with the CPU clocks
	Seen    float64 // ns that an empty sampled lap is charged with
	Other   float64 // ns that it leaves to Residual
}

const (
	calibrationRounds = 9    // of which the median is taken
	calibrationLaps   = 1000 // a round
)

// Calibrate measures the meter on this thread, in some 15 ms.
func Calibrate() Cost {
	var plain, sampled, seen, other []float64
	for range calibrationRounds {
		plain = append(plain, emptyLaps(New(copytax.Kernel), false))
		m := New(copytax.Kernel)
		sampled = append(sampled, emptyLaps(m, true))
		a := m.Account(copytax.Kernel)
		n := float64(a.SampledLaps[copytax.Compute])
		seen = append(seen, float64(a.CPU[copytax.Compute])/n)
		other = append(other, float64(a.CPU[copytax.Residual])/n)
	}
	return Cost{Plain: median(plain), Sampled: median(sampled), Seen: median(seen), Other: median(other)}
}

// emptyLaps runs empty laps and returns the CPU of one, in ns.
func emptyLaps(m *Meter, sampled bool) float64 {
	m.Count(true)
	m.Tick(copytax.Kernel, sampled)
	start := threadCPU()
	for range calibrationLaps {
		m.Enter(copytax.Compute)
	}
	used := threadCPU() - start
	m.Tick(copytax.Kernel, false)
	return float64(used) / calibrationLaps
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// CPUNS returns the CPU of each phase over the window of an account, in ns: what
// was sampled, less what the meter itself is seen to cost, scaled from the
// sampled ticks to all of them; and the meter's cost, which is not scaled,
// since it is known for every lap. All are 0 when no tick was sampled.
func (a *Account) CPUNS(c Cost) [copytax.NumPhases]float64 {
	var cpu [copytax.NumPhases]float64
	if a.Sampled == 0 {
		return cpu
	}
	scale := float64(a.Ticks) / float64(a.Sampled)
	for p := range copytax.Metering { // every phase that a lap can be charged to
		cpu[p] = (float64(a.CPU[p]) - a.disturbance(c, p)) * scale
		cpu[copytax.Metering] += c.Plain*float64(a.Laps[p]-a.SampledLaps[p]) + c.Sampled*float64(a.SampledLaps[p])
	}
	return cpu
}

// disturbance is what the meter itself has added to a phase's CPU as read.
func (a *Account) disturbance(c Cost, p copytax.Phase) float64 {
	switch {
	case p == copytax.Residual:
		owned := int64(0) // laps whose thread was charged, each of which left a remainder
		for q := range copytax.NumPhases {
			if !q.Blocking() {
				owned += a.SampledLaps[q]
			}
		}
		return c.Other * float64(owned)
	case p.Blocking():
		return (c.Seen + c.Other) * float64(a.SampledLaps[p]) // the whole process was charged
	}
	return c.Seen * float64(a.SampledLaps[p])
}

// WallNS returns the wall-clock time of every phase by its name, in ns.
func (a *Account) WallNS() map[string]int64 {
	m := map[string]int64{}
	for p := range copytax.NumPhases {
		if a.Laps[p] > 0 {
			m[p.String()] = int64(a.Wall[p] / time.Nanosecond)
		}
	}
	return m
}
