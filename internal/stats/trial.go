package stats

import (
	"fmt"
	"math"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/store"
)

// A Trial is what all roles of one successful trial add up to, over the ticks
// of its window. CPU is in nanoseconds.
type Trial struct {
	Trial  int
	Block  int
	Arm    string
	Config copytax.Config

	CPU    float64                    // of all processes: the denominator of the additive tax
	Phase  [copytax.NumPhases]float64 // CPU by phase, over all roles
	Wall   float64                    // length of the longest role's window, ns
	Counts Counts
	// Latency is the viewer's, nil if it reported none. It aliases the sample.
	Latency *store.Latency
}

// Counts are what a trial did besides burning CPU, over all roles.
type Counts struct {
	WireBytes    float64
	CopiedBytes  float64
	Syscalls     float64 // of the transport itself, the Go runtime's not included
	AllocObjects float64
	AllocBytes   float64
	Switches     float64 // context switches, voluntary or not
}

// A Failure is a trial that gives no numbers.
type Failure struct {
	Trial  int
	Block  int
	Arm    string
	Config copytax.Config
	Reason string
}

// ClosureError is |Σ phases − process CPU| ÷ process CPU: how much CPU the
// phases lost or made up.
func (t Trial) ClosureError() float64 {
	var phases float64
	for _, ns := range t.Phase {
		phases += ns
	}
	return math.Abs(phases-t.CPU) / t.CPU
}

// MeterShare is the meter's own cost as a share of process CPU.
func (t Trial) MeterShare() float64 { return t.Phase[copytax.Metering] / t.CPU }

// ComputeShare is the CPU of the compute phase as a share of process CPU. One
// minus it is the trial's additive tax.
func (t Trial) ComputeShare() float64 { return t.Phase[copytax.Compute] / t.CPU }

// fold adds up the samples of each trial, in the order of the trials' first samples.
func fold(samples []store.Sample) (trials []Trial, failures []Failure) {
	byTrial := map[int][]store.Sample{}
	var order []int
	for _, s := range samples {
		if byTrial[s.Trial] == nil {
			order = append(order, s.Trial)
		}
		byTrial[s.Trial] = append(byTrial[s.Trial], s)
	}
	for _, n := range order {
		lines := byTrial[n]
		if reason := defect(lines); reason != "" {
			s := lines[0]
			failures = append(failures, Failure{Trial: s.Trial, Block: s.Block, Arm: s.Arm, Config: s.Config, Reason: reason})
			continue
		}
		trials = append(trials, add(lines))
	}
	return trials, failures
}

// defect says why the samples of a trial make no trial, "" if they do.
func defect(lines []store.Sample) string {
	missing := map[string]bool{}
	for role := range copytax.NumRoles {
		missing[role.String()] = true
	}
	var cpu int64
	for _, s := range lines {
		if s.Error != "" {
			return s.Error
		}
		delete(missing, s.Role)
		cpu += s.ProcessCPUNS
	}
	var names []string
	for role := range copytax.NumRoles {
		if missing[role.String()] {
			names = append(names, role.String())
		}
	}
	if len(names) > 0 {
		return fmt.Sprintf("no sample of %s", strings.Join(names, ", "))
	}
	if cpu <= 0 {
		return "no CPU time was measured"
	}
	return ""
}

func add(lines []store.Sample) Trial {
	s := lines[0]
	t := Trial{Trial: s.Trial, Block: s.Block, Arm: s.Arm, Config: s.Config}
	for _, s := range lines {
		t.CPU += float64(s.ProcessCPUNS)
		for p := range copytax.NumPhases {
			t.Phase[p] += s.CPUNS[p.String()]
		}
		t.Wall = max(t.Wall, float64(s.WallNS))
		t.Counts.add(s)
		if s.Latency != nil {
			t.Latency = s.Latency
		}
	}
	return t
}

func (c *Counts) add(s store.Sample) {
	c.WireBytes += float64(s.WireBytes)
	c.CopiedBytes += float64(s.CopiedBytes)
	c.Syscalls += float64(s.Syscalls)
	c.AllocObjects += float64(s.Usage.AllocObjects)
	c.AllocBytes += float64(s.Usage.AllocBytes)
	c.Switches += float64(s.Usage.VoluntarySwitches + s.Usage.InvoluntarySwitches)
}
