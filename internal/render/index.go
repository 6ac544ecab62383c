package render

import (
	"fmt"
	"strings"

	"github.com/copytax/copytax/internal/store"
)

// index returns the report's index.md.
func (r *report) index(figures []figure) string {
	var b strings.Builder
	m := r.results.Manifest
	fmt.Fprintf(&b, "# Report on run %s\n\n", r.name())
	fmt.Fprintf(&b, "%s scenario, %s profile, seed %d, %d blocks of %d trials, started %s", m.Plan.Scenario, m.Plan.Profile, m.Plan.Seed,
		m.Plan.Blocks, len(m.Plan.Arms)*len(m.Plan.Configs), m.Created.Format("2006-01-02 15:04 UTC"))
	if m.State == store.Complete {
		fmt.Fprintf(&b, ", finished %s.\n", m.Finished.Format("2006-01-02 15:04 UTC"))
	} else {
		b.WriteString(", not finished.\n")
	}
	fmt.Fprintf(&b, "%s. copytax %s.\n\n", r.machine(), m.Version.Copytax)
	fmt.Fprintf(&b, "    %s\n\n", oneLine(strings.Join(m.Command, " ")))
	b.WriteString("This folder is made from the results alone and can be rebuilt at any time: the same results give the same bytes.\n")
	r.writeSummaries(&b)
	r.writeFigures(&b, figures)
	r.writeMeaning(&b)
	r.writeMissing(&b)
	return b.String()
}

func (r *report) writeSummaries(b *strings.Builder) {
	b.WriteString("\n## Summary\n\n")
	for _, c := range r.chapters {
		fmt.Fprintf(b, "%s\n", r.summary(c).markdown())
	}
}

func (r *report) writeFigures(b *strings.Builder, figures []figure) {
	b.WriteString("## Figures\n")
	for _, f := range figures {
		data, _, _ := strings.Cut(f.name, "-")
		if data == "scaling" {
			data = "costs"
		}
		fmt.Fprintf(b, "\n![%s](%s.png)\n\n[SVG](%s.svg), [data](%s.csv)\n", f.name, f.name, f.name, data)
	}
	b.WriteString("\nBehind the densities of the latencies: [latency-histogram.csv](latency-histogram.csv). " +
		"All other costs a tick: [costs.csv](costs.csv). Closure error and the meter's share of every trial: [trials.csv](trials.csv).\n")
}

// writeMeaning explains the terms, so that a figure can be read without the
// rest of the project.
func (r *report) writeMeaning(b *strings.Builder) {
	b.WriteString(`
## What the numbers mean

- **CPU** is the CPU time of all processes of a trial in its measured window, divided by the ticks.
- **Additive tax**: 1 − compute ÷ all CPU, of one trial.
- **Differential tax**: 1 − CPU of direct ÷ CPU of the transport, paired by block. Direct is the same system in one
  address space, calling functions.
- **Latency tax**: the same of the latency, from the policy being published to the viewer having used the frame.
- Taxes are means of log ratios over blocks with 95% intervals by Student's t, mapped back; a tax can be negative. Each
  interval is 95% for itself, not all of them together.
- **Noise floor**: direct is run twice in each block. The largest bound of the interval between the two is the least that
  this run can tell. A tax is marked ≈ (a hollow mark in the figures) where its interval lies within the floor or holds zero.
- **Residual** is CPU that other threads of a process burn during a phase that cannot block: garbage collector, scheduler, servers.
  During send, wait and receive all CPU of the process is that phase's.
- **Closure error** is how far the phases are from the CPU of the processes: whether the sampled ticks represent the rest
  and no code runs outside a phase. Where every tick is sampled it is zero by construction. It does not show time that is in
  the wrong phase. An additive tax below zero is nothing but this error.
- Carriers use loopback: what a network card and a network cost is not here.
`)
	b.WriteString("\n")
	for _, c := range r.chapters {
		fmt.Fprintf(b, "With %s, %s\n", c.label, closureNote(c.Arms))
	}
}

func (r *report) writeMissing(b *strings.Builder) {
	b.WriteString("\n## What is missing, and warnings\n\n")
	notes := r.notes()
	if len(notes) == 0 {
		b.WriteString("Nothing: every trial of the plan succeeded and every transport was available.\n")
	}
	for _, note := range notes {
		fmt.Fprintf(b, "- %s\n", note)
	}
}
