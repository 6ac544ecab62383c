package lap

import "github.com/copytax/copytax"

// A Total is what one role has been charged in the window.
type Total struct {
	CPUNS   map[string]float64 // by phase, scaled to all ticks
	WallNS  map[string]int64   // by phase, of every tick
	Laps    int64
	Ticks   int
	Sampled int // ticks whose CPU was read
}

// Total adds up the accounts of role. Phases that took nothing are left out.
func (m *Meter) Total(role copytax.Role) Total {
	t := Total{CPUNS: map[string]float64{}, WallNS: map[string]int64{}}
	stand := standing(&m.accounts[role])
	for s := range m.accounts[role] {
		a := &m.accounts[role][s]
		t.Ticks += a.Ticks
		t.Sampled += a.Sampled
		for p, ns := range a.cpuNS(m.cost, stand[s]) {
			phase := copytax.Phase(p).String()
			if ns != 0 {
				t.CPUNS[phase] += ns
			}
			if a.Laps[p] > 0 {
				t.WallNS[phase] += a.Wall[p].Nanoseconds()
			}
			t.Laps += a.Laps[p]
		}
	}
	return t
}

// standing returns the number of ticks that the sampled ones of each stratum
// stand for: all of the stratum, and those of the strata beside it that have
// no sampled tick of their own, the nearest length of the same kind first.
func standing(accounts *[numStrata]Account) (ticks [numStrata]int) {
	for s := range accounts {
		ticks[nearest(accounts, stratum(s))] += accounts[s].Ticks
	}
	return ticks
}

// nearest returns the stratum that stands for s: itself if it was sampled.
func nearest(accounts *[numStrata]Account, s stratum) stratum {
	first := s / lengths * lengths
	for d := range lengths {
		for _, near := range []int{int(s) - int(d), int(s) + int(d)} {
			if near >= int(first) && near < int(first+lengths) && accounts[near].Sampled > 0 {
				return stratum(near)
			}
		}
	}
	return s
}
