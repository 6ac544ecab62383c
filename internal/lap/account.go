package lap

import (
	"time"

	"github.com/copytax/copytax"
)

// A Charge is what one phase took in the ticks of an account.
type Charge struct {
	Wall    time.Duration // of every lap
	CPU     time.Duration // of the laps of sampled ticks, as read
	Laps    int64         // all of them
	Sampled int64         // laps whose CPU was read
	Device  int64         // ns that a device says it took
}

func (c *Charge) add(other Charge) {
	c.Wall += other.Wall
	c.CPU += other.CPU
	c.Laps += other.Laps
	c.Sampled += other.Sampled
	c.Device += other.Device
}

// An Account is what one role has been charged in the ticks of one stratum.
type Account struct {
	Phases  [copytax.MaxPhases]Charge
	Ticks   int
	Sampled int // ticks whose CPU was read
}

// take moves one tick here, whose charges of the first n phases are then zero.
func (a *Account) take(tick *Account, n copytax.Phase, sampled bool) {
	for p := range tick.Phases[:n] {
		a.Phases[p].add(tick.Phases[p])
		tick.Phases[p] = Charge{}
	}
	a.Ticks++
	if sampled {
		a.Sampled++
	}
}

// cpuNS returns the CPU of each phase, in ns, over so many ticks as the sampled
// ones of the account stand for: what was read, less what the meter itself is
// seen to cost, scaled; and the meter's cost in this account's own ticks, which
// is not scaled, since it is known for every lap.
func (a *Account) cpuNS(c Cost, l *list, ticks int) (cpu [copytax.MaxPhases]float64) {
	metering := float64(a.Phases[copytax.Metering].CPU)
	for p := range l.n {
		if p == copytax.Metering {
			continue
		}
		charge := &a.Phases[p]
		if a.Sampled > 0 {
			cpu[p] = (float64(charge.CPU) - a.disturbance(c, l, p)) * float64(ticks) / float64(a.Sampled)
		}
		metering += c.Plain*float64(charge.Laps-charge.Sampled) + c.Sampled*float64(charge.Sampled)
	}
	cpu[copytax.Metering] = metering
	return cpu
}

// disturbance is what the meter itself has added to a phase's CPU as read. A
// phase that may block is charged with all that a reading of the clocks costs,
// by way of the process, the others with what the thread's clock sees of it;
// where only the thread's clock is read the two are the same.
func (a *Account) disturbance(c Cost, l *list, p copytax.Phase) float64 {
	switch {
	case p == copytax.Residual:
		owned := int64(0) // laps whose thread was charged, each of which left a remainder
		for q := range l.n {
			if q != copytax.Metering && !l.blocking[q] {
				owned += a.Phases[q].Sampled
			}
		}
		return c.Other * float64(owned)
	case l.blocking[p]:
		return (c.Seen + c.Other) * float64(a.Phases[p].Sampled)
	}
	return c.Seen * float64(a.Phases[p].Sampled)
}
