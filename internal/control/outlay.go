package control

import (
	"maps"
	"os"

	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/judge"
)

// An outlay is the CPU of such processes so far, by their numbers, in ns.
type outlay map[int]int64

// ended is the number under which an outlay holds the children of the supervisor that
// have ended and were waited for. No role is among them before all have reported.
const ended = 0

// outlay reads the clocks of this process and of all its descendants but the roles.
// A process that has left its parents' line is not among them, and one that a role had
// started and that has ended is lost.
func (g *group) outlay() outlay {
	reaped, _ := lab.ChildUsage() // cannot fail where there are roles
	o := outlay{ended: reaped.CPU.Nanoseconds()}
	for _, pid := range lab.Descendants(os.Getpid()) {
		o[pid] = lab.CPUOf(pid)
	}
	for _, w := range g.workers {
		switch p := w.process.(type) {
		case *lab.Process:
			delete(o, p.PID())
		case Several:
			for _, pid := range p.PIDs() {
				delete(o, pid)
			}
		}
	}
	return o
}

// metrics returns what was spent since before.
func (o outlay) metrics(before outlay) map[string]float64 {
	spent := maps.Clone(o)
	for pid, ns := range before {
		if now, ok := spent[pid]; ok {
			spent[pid] = max(now-ns, 0)
		}
	}
	for pid, ns := range before {
		if _, ok := o[pid]; !ok { // it has ended, and what it had used before as well
			spent[ended] = max(spent[ended]-ns, 0)
		}
	}
	m := map[string]float64{judge.SupervisorCPU: float64(spent[os.Getpid()]), judge.OthersCPU: 0}
	delete(spent, os.Getpid())
	for _, ns := range spent {
		m[judge.OthersCPU] += float64(ns)
	}
	return m
}
