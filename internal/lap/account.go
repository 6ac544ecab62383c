package lap

import (
	"time"

	"github.com/copytax/copytax"
)

// An Account is what one role has been charged in the ticks of one stratum.
type Account struct {
	Wall        [copytax.NumPhases]time.Duration // of every lap
	CPU         [copytax.NumPhases]time.Duration // of the laps of sampled ticks, as read
	Laps        [copytax.NumPhases]int64         // all of them
	SampledLaps [copytax.NumPhases]int64
	Ticks       int
	Sampled     int // ticks whose CPU was read
}

// add adds one tick.
func (a *Account) add(tick *Account, sampled bool) {
	for p := range a.Laps {
		a.Wall[p] += tick.Wall[p]
		a.CPU[p] += tick.CPU[p]
		a.Laps[p] += tick.Laps[p]
		a.SampledLaps[p] += tick.SampledLaps[p]
	}
	a.Ticks++
	if sampled {
		a.Sampled++
	}
}

func (a *Account) sampledLaps() (n int64) {
	for _, laps := range a.SampledLaps {
		n += laps
	}
	return n
}

// cpuNS returns the CPU of each phase, in ns, over so many ticks as the sampled
// ones of the account stand for: what was read, less what the meter itself is
// seen to cost, scaled; and the meter's cost in this account's own ticks, which
// is not scaled, since it is known for every lap.
func (a *Account) cpuNS(c Cost, ticks int) [copytax.NumPhases]float64 {
	var cpu [copytax.NumPhases]float64
	for p := range copytax.Metering { // every phase that a role's lap can be charged to
		if a.Sampled > 0 {
			cpu[p] = (float64(a.CPU[p]) - a.disturbance(c, p)) * float64(ticks) / float64(a.Sampled)
		}
		cpu[copytax.Metering] += c.Plain*float64(a.Laps[p]-a.SampledLaps[p]) + c.Sampled*float64(a.SampledLaps[p])
	}
	cpu[copytax.Metering] += float64(a.CPU[copytax.Metering])
	return cpu
}

// disturbance is what the meter itself has added to a phase's CPU as read. A
// phase that may block is charged with all that a reading of the clocks costs,
// by way of the process, the others with what the thread's clock sees of it;
// where only the thread's clock is read the two are the same.
func (a *Account) disturbance(c Cost, p copytax.Phase) float64 {
	switch {
	case p == copytax.Residual:
		owned := int64(0) // laps whose thread was charged, each of which left a remainder
		for q := range copytax.Metering {
			if !q.Blocking() {
				owned += a.SampledLaps[q]
			}
		}
		return c.Other * float64(owned)
	case p.Blocking():
		return (c.Seen + c.Other) * float64(a.SampledLaps[p])
	}
	return c.Seen * float64(a.SampledLaps[p])
}
