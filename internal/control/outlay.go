package control

import (
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"

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
	addDescendants(o, os.Getpid())
	for _, w := range g.workers {
		if p, ok := w.process.(*lab.Process); ok {
			delete(o, p.PID())
		}
	}
	return o
}

func addDescendants(o outlay, pid int) {
	o[pid] = cpuOf(pid)
	tasks, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children") // none of a process that has ended
	for _, path := range tasks {
		text, _ := os.ReadFile(path) // empty of one that has
		for _, word := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(word); err == nil {
				addDescendants(o, child)
			}
		}
	}
}

// cpuOf is the CPU of a process, 0 if it has ended. The clock is that of
// clock_getcpuclockid(3): MAKE_PROCESS_CPUCLOCK and CPUCLOCK_SCHED of Linux's
// include/linux/posix-timers.h.
func cpuOf(pid int) int64 {
	const sched = 2
	ns, _ := lab.CPUNS(lab.Clock(^pid<<3 | sched))
	return ns
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
