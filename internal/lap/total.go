package lap

import (
	"github.com/copytax/copytax"
)

// A Total is what one role has been charged in the window.
type Total struct {
	CPUNS    map[string]float64 // by phase, scaled to all ticks
	WallNS   map[string]int64   // by phase, of every tick
	DeviceNS map[string]int64   // by phase, of every tick, as the device says; no part of CPUNS
	Laps     int64
	Ticks    int
	Sampled  int // ticks whose CPU was read
}

// Total adds up the accounts of role. Phases that took nothing are left out. A
// phase of the role's own thread never takes longer than its laps lasted, which
// is known for all of them: what the sample says beyond that is cut off.
func (m *Meter) Total(role copytax.Role) Total {
	t := Total{CPUNS: map[string]float64{}, WallNS: map[string]int64{}, DeviceNS: map[string]int64{}}
	var cpu [copytax.MaxPhases]float64
	var sums [copytax.MaxPhases]Charge
	stand := standing(&m.accounts[role])
	for s := range m.accounts[role] {
		a := &m.accounts[role][s]
		t.Ticks += a.Ticks
		t.Sampled += a.Sampled
		for p, ns := range a.cpuNS(m.cost, &m.phases, stand[s]) {
			cpu[p] += ns
			sums[p].Wall += a.Phases[p].Wall
			sums[p].Device += a.Phases[p].Device
			t.Laps += a.Phases[p].Laps
		}
	}
	if role == m.host {
		cpu[copytax.Residual] += float64(m.others)
	}
	for p := range m.phases.n {
		if !ownPhase(p) && (m.own || !m.phases.blocking[p]) {
			cpu[p] = min(cpu[p], float64(sums[p].Wall))
		}
		t.put(m.phases.names[p], cpu[p], sums[p])
	}
	return t
}

func (t *Total) put(phase string, cpu float64, sum Charge) {
	if cpu != 0 {
		t.CPUNS[phase] = cpu
	}
	if sum.Wall > 0 {
		t.WallNS[phase] = sum.Wall.Nanoseconds()
	}
	if sum.Device > 0 {
		t.DeviceNS[phase] = sum.Device
	}
}
