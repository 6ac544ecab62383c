package lap

import (
	"time"

	"github.com/copytax/copytax"
)

// A Total is what one role has been charged in the window.
type Total struct {
	CPUNS   map[string]float64 // by phase, scaled to all ticks
	WallNS  map[string]int64   // by phase, of every tick
	Laps    int64
	Ticks   int
	Sampled int // ticks whose CPU was read
}

// Total adds up the accounts of role. Phases that took nothing are left out. A
// phase of the role's own thread never takes longer than its laps lasted, which
// is known for all of them: what the sample says beyond that is cut off.
func (m *Meter) Total(role copytax.Role) Total {
	t := Total{CPUNS: map[string]float64{}, WallNS: map[string]int64{}}
	var cpu [copytax.NumPhases]float64
	var wall [copytax.NumPhases]time.Duration
	stand := standing(&m.accounts[role])
	for s := range m.accounts[role] {
		a := &m.accounts[role][s]
		t.Ticks += a.Ticks
		t.Sampled += a.Sampled
		for p, ns := range a.cpuNS(m.cost, stand[s]) {
			cpu[p] += ns
			wall[p] += a.Wall[p]
			t.Laps += a.Laps[p]
		}
	}
	if m.own && role == m.host {
		cpu[copytax.Residual] += float64(m.others)
	}
	for p := range copytax.NumPhases {
		if p < copytax.Residual && (m.own || !p.Blocking()) {
			cpu[p] = min(cpu[p], float64(wall[p]))
		}
		if cpu[p] != 0 {
			t.CPUNS[p.String()] = cpu[p]
		}
		if wall[p] > 0 {
			t.WallNS[p.String()] = wall[p].Nanoseconds()
		}
	}
	return t
}
