package machine

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Difference is a fact in which two fingerprints differ.
type Difference struct {
	What, Was, Is string
	// Other is set where the two are other machines, of which no cost can be compared.
	Other bool
	// Apart is set where trials under the two may not be of one run.
	Apart bool
}

func (d Difference) String() string { return fmt.Sprintf("%s: %q, %q", d.What, d.Was, d.Is) }

// Differences returns the facts that bear on timing in which two fingerprints differ, in
// a fixed order. That there are none does not prove that they are of one machine: a
// fingerprint names no host. What changes by itself, such as the load, is no fact.
func Differences(was, is Info) (all []Difference) {
	before, after := facts(was), facts(is)
	for i, f := range after {
		f.Was = before[i].Is
		if f.Was != f.Is {
			all = append(all, f)
		}
	}
	return all
}

// facts returns the facts of a fingerprint, each as Is.
func facts(m Info) []Difference {
	var caches, mitigations []string
	for _, c := range m.Caches {
		caches = append(caches, fmt.Sprintf("L%d %s %d KiB of %s", c.Level, c.Type, c.SizeBytes>>10, c.SharedBy))
	}
	for _, name := range slices.Sorted(maps.Keys(m.Mitigations)) {
		mitigations = append(mitigations, name+": "+m.Mitigations[name])
	}
	return []Difference{
		{What: "operating system", Is: m.OS, Other: true},
		{What: "architecture", Is: m.Arch, Other: true},
		{What: "processor", Is: m.CPU.Model, Other: true, Apart: true},
		{What: "number of logical processors", Is: fmt.Sprint(m.CPU.Logical), Other: true},
		{What: "number of cores", Is: fmt.Sprint(m.CPU.Physical), Other: true},
		{What: "number of usable processors", Is: fmt.Sprint(m.CPU.Usable), Other: true, Apart: true},
		{What: "caches", Is: strings.Join(caches, ", "), Other: true},
		{What: "hypervisor", Is: m.Virtual.Hypervisor, Other: true},
		{What: "list of usable processors", Is: m.CPU.Affinity, Apart: true},
		{What: "GOMAXPROCS", Is: fmt.Sprint(m.Go.GOMAXPROCS), Other: true, Apart: true},
		{What: "operating system's kernel", Is: m.Kernel, Apart: true},
		{What: "boot options", Is: m.BootOptions},
		{What: "mitigations", Is: strings.Join(mitigations, ", ")},
		{What: "microcode", Is: m.CPU.Microcode},
		{What: "governor", Is: m.CPU.Governor},
		{What: "boost", Is: m.CPU.Boost},
		{What: "SMT", Is: m.CPU.SMT},
		{What: "memory in bytes", Is: fmt.Sprint(m.Memory.TotalBytes)},
		{What: "transparent huge pages", Is: m.Memory.TransparentHuge},
		{What: "huge pages of shared memory", Is: m.Memory.SharedHuge},
		{What: "container", Is: m.Virtual.Container},
		{What: "limit of processor time (0 is none)", Is: fmt.Sprint(m.Limits.CPUs), Apart: true},
		{What: "TCP congestion control", Is: m.Sockets.TCPCongestion},
		{What: "clock source", Is: m.Clocksource},
		{What: "Go", Is: m.Go.Version},
		{What: "GOGC", Is: m.Go.GOGC, Apart: true},
		{What: "GOMEMLIMIT", Is: m.Go.GOMEMLIMIT, Apart: true},
		{What: "GODEBUG", Is: m.Go.GODEBUG, Apart: true},
		{What: "GOAMD64", Is: m.Go.GOAMD64},
		{What: "race detector", Is: fmt.Sprint(m.Go.Race)},
	}
}

// Parse reads a fingerprint from a manifest.
func Parse(fingerprint json.RawMessage) (m Info, err error) {
	if err := json.Unmarshal(fingerprint, &m); err != nil {
		return m, fmt.Errorf("read the machine's fingerprint: %w", err)
	}
	return m, nil
}
