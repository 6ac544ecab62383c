package lap

import (
	"slices"

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

// Calibrate measures a meter like New(role, own, …) on this thread, in some
// 15 ms.
func Calibrate(own bool) Cost {
	var plain, sampled, seen, other []float64
	for range calibrationRounds {
		used, _ := emptyLaps(own, false)
		plain = append(plain, used)
		used, phases := emptyLaps(own, true)
		sampled = append(sampled, used)
		n := float64(phases[copytax.Compute].Sampled)
		seen = append(seen, float64(phases[copytax.Compute].CPU)/n)
		other = append(other, float64(phases[copytax.Residual].CPU)/n)
	}
	return Cost{Plain: median(plain), Sampled: median(sampled), Seen: median(seen), Other: median(other)}
}

// emptyLaps runs empty laps and returns the CPU of one, in ns, and what they were
// charged with.
func emptyLaps(own, sampled bool) (float64, *[copytax.MaxPhases]Charge) {
	m := bare(copytax.Kernel, own, Cost{})
	m.Count(true)
	m.Tick(copytax.Kernel, false, sampled)
	start := ThreadCPU()
	for range calibrationLaps {
		m.Enter(copytax.Compute)
	}
	used := ThreadCPU() - start
	m.Count(false)
	return float64(used) / calibrationLaps, &m.accounts[copytax.Kernel][even].Phases
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
