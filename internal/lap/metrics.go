package lap

import "github.com/copytax/copytax"

// Metrics returns what role has been charged in the window, as its sample shows it:
// laps and sampled_ticks, and for each phase that took any
//
//	cpu_PHASE_ns   scaled to all ticks
//	wall_PHASE_ns  of every tick
//	gpu_PHASE_ns   of every tick, as the device says; no part of the CPU
//
// A phase of the role's own thread never takes longer than its laps lasted, which
// is known for all of them: what the sample says beyond that is cut off.
func (m *Meter) Metrics(role copytax.Role) map[string]float64 {
	var cpu [copytax.MaxPhases]float64
	var sums [copytax.MaxPhases]Charge
	sampled := 0
	stand := standing(&m.accounts[role])
	for s := range m.accounts[role] {
		a := &m.accounts[role][s]
		sampled += a.Sampled
		for p, ns := range a.cpuNS(m.cost, &m.phases, stand[s]) {
			if !m.beside || !m.phases.blocking[p] { // nothing is known of those, nor taken away
				cpu[p] += ns
			}
			sums[p].add(a.Phases[p])
		}
	}
	if role == m.host {
		cpu[copytax.Residual] += float64(m.others)
	}
	metrics := map[string]float64{"sampled_ticks": float64(sampled)}
	for p := range m.phases.n {
		metrics["laps"] += float64(sums[p].Laps)
		wall := float64(sums[p].Wall)
		if !ownPhase(p) && (m.own || !m.phases.blocking[p]) {
			cpu[p] = min(cpu[p], wall)
		}
		for clock, ns := range map[string]float64{"cpu_": cpu[p], "wall_": wall, "gpu_": float64(sums[p].Device)} {
			if ns != 0 {
				metrics[clock+m.phases.names[p]+"_ns"] = ns
			}
		}
	}
	return metrics
}
