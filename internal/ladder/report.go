package ladder

import (
	"fmt"
	"slices"
	"strings"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
)

const perMicro = 1e-3 // µs in a ns

// Report implements [experiment.Experiment].
func (l *Ladder) Report(r *experiment.Results) (*report.Report, error) {
	results := l.own(r)
	a, err := analyze(results)
	if err != nil {
		return nil, fmt.Errorf("report on %s: %w", r.Name, err)
	}
	summary := report.Section{Title: "Summary"}
	for _, w := range a.worlds {
		summary.Blocks = append(summary.Blocks, w.summary())
		if w.config.Rate > 0 {
			summary.Blocks = append(summary.Blocks, w.paceTable())
		}
		if w.display.draws() {
			summary.Blocks = append(summary.Blocks, w.strataTable())
		}
		if t := w.kernelTable(); len(t.Rows) > 0 {
			summary.Blocks = append(summary.Blocks, t)
		}
	}
	sections := []report.Section{summary}
	if sources := a.sourceSection(); len(sources.Blocks) > 0 {
		sections = append(sections, sources)
	}
	return &report.Report{
		Sections: append(sections, report.Section{Title: "Figures", Blocks: a.figures()}, a.meaning()),
		// What this program could not check verify says: the report is that of the run, whoever draws it.
		Data: a.data(results.Failures), Notes: append(a.notes(), unwitnessed(results.Samples)...),
	}, nil
}

// own returns the results of this experiment alone, without failures that a later
// attempt mended.
func (l *Ladder) own(r *experiment.Results) *experiment.Results {
	own := r.Of(l.Name())
	own.Plan.Cells = slices.DeleteFunc(slices.Clone(r.Plan.Cells), func(c experiment.Cell) bool { return c.Experiment != l.Name() })
	own.Failures = slices.DeleteFunc(own.Failures, func(f experiment.Failure) bool { return f.Mended })
	return own
}

// summary is the table of one world: a row an arm.
func (w *world) summary() *report.Table {
	t := &report.Table{
		Title: w.label, Brief: true,
		Columns: report.Columns("transport", "CPU µs/tick", "additive tax", "differential", "p50 µs", "latency tax", "bytes/tick"),
		Notes:   []string{w.tableNote(), w.floorText()}, Warnings: w.failures(),
	}
	marks := ""
	for _, a := range w.arms {
		t.Rows = append(t.Rows, a.row())
		marks += a.differential.mark() + a.latencyTax["p50"].mark()
	}
	if strings.Contains(marks, "≈") {
		t.Notes = append(t.Notes, fmt.Sprintf("≈: equivalent to %s, less than %s apart.", Baseline, margin()))
	}
	if strings.Contains(marks, "?") {
		t.Notes = append(t.Notes, "?: unresolved, for this run shows neither a difference from "+Baseline+" nor that they are equivalent.")
	}
	if note := w.foreignNote(); note != "" {
		t.Notes = append(t.Notes, note)
	}
	if w.tab {
		t.Notes = append(t.Notes, w.browser())
	}
	return t
}

func (a *arm) row() []report.Cell {
	wire := a.perTick(func(t *trial) float64 { return t.roles.Sum("wire_bytes") })
	return []report.Cell{
		report.Words(label(a.name)),
		report.IntervalCell(a.cpu.Times(perMicro)),
		report.PercentCell(a.additive.Estimate),
		a.cell(a.differential),
		report.IntervalCell(a.latency["p50"].Times(perMicro)),
		a.cell(a.latencyTax["p50"]),
		report.ValueCell(wire).As(report.Fixed(wire.Value, 0)),
	}
}

// cell shows a tax that compares with the baseline.
func (a *arm) cell(t tax) report.Cell {
	return report.PercentCell(t.Estimate).As(t.mark() + a.text(t))
}

// margin is how far apart equivalent costs may be, in words.
func margin() string { return report.Plain(100*stats.Margin) + "%" }

// failures names the A/A pairs whose halves differ although they are the same.
func (w *world) failures() (all []string) {
	for _, a := range w.arms {
		first, again := isAgain(a.name)
		if !again {
			continue
		}
		for _, s := range append([]statistic{{"", "CPU time"}}, taxed()...) {
			t, what := a.differential, s.name
			if s.key != "" {
				t, what = a.latencyTax[s.key], "latency "+s.name
			}
			if t.verdict == stats.Differs {
				all = append(all, fmt.Sprintf("A/A failure: %s differs from itself in %s by %s. Differences of that order in it mean nothing here.",
					first, what, report.Percent(t.Estimate)))
			}
		}
	}
	return all
}

func (w *world) tableNote() string {
	interval := "no intervals, which take two blocks"
	if slices.ContainsFunc(w.arms, func(a *arm) bool { return a.cpu.HasInterval() }) {
		interval = "± is half a 95% interval over blocks, brackets give both ends of a lopsided one"
	}
	return fmt.Sprintf("n = %s; %s; the latency tax is that of the p50; bytes are those on the wire.", w.blocks(), interval)
}

// blocks returns the number of blocks that the arms rest on, as a range where
// trials failed.
func (w *world) blocks() string {
	var counts []int
	for _, a := range w.arms {
		counts = append(counts, len(a.trials))
	}
	switch least, most := slices.Min(counts), slices.Max(counts); {
	case most == 1:
		return w.inSessions("1 block")
	case least == most:
		return w.inSessions(fmt.Sprintf("%d blocks", most))
	default:
		return w.inSessions(fmt.Sprintf("%d to %d blocks", least, most))
	}
}

// floorText gives the noise floor in words.
func (w *world) floorText() string {
	if !(w.floor >= 0) {
		return "No noise floor: it takes a second arm of " + Baseline + " and two blocks."
	}
	text := fmt.Sprintf("Noise floor, the most by which %s may differ from itself: CPU ±%s%%", Baseline, report.Fixed(100*w.floor, 1))
	if p50 := w.latencyFloor["p50"]; p50 >= 0 {
		text += ", latency p50 ±" + report.Fixed(100*p50, 1) + "%"
	}
	return text + "."
}

// foreignNote says why arms of another placement have no tax over the baseline, and
// what native engines save beside the same transport; empty without such an arm.
func (w *world) foreignNote() string {
	var savings, others []string
	native := false
	for _, a := range w.arms {
		switch {
		case a.foreign && a.hasNativeEngine():
			native = true
		case a.foreign:
			others = append(others, fmt.Sprintf("%s (%s)", a.name, a.placement))
		}
		if a.saving.N > 0 {
			savings = append(savings, fmt.Sprintf("%s %s against %s", a.name, report.Percent(a.saving), a.transport))
		}
	}
	var notes []string
	if native {
		notes = append(notes, report.Absent+": the engine of these arms is native code and that of "+Baseline+" is WebAssembly, "+
			"so that a ratio of the two would compare engines, not transports.")
	}
	if len(savings) > 0 {
		notes = append(notes, "CPU that the native engine saves: "+strings.Join(savings, ", ")+".")
	}
	if len(others) > 0 {
		notes = append(notes, report.Absent+": roles of "+strings.Join(others, ", ")+" do not run in what those of "+Baseline+" run in, "+
			"so that a ratio of the two would compare runtimes, not transports.")
	}
	return strings.Join(notes, " ")
}

// meaning explains the terms, so that a figure can be read without the rest of
// the project.
func (a *analysis) meaning() report.Section {
	blocks := []report.Block{report.List{
		"**CPU** is the CPU time of all processes of a trial in its measured window, divided by the ticks.",
		"**Additive tax**: 1 − compute ÷ all CPU, of one trial.",
		"**Differential tax**: 1 − CPU of direct ÷ CPU of the transport, paired by block. Direct is the same system in one " +
			"address space, calling functions.",
		"**Latency tax**: the same of the latency, from the policy being published to the viewer having used the frame.",
		"Taxes are centres of log ratios over blocks, mapped back, and costs centres of logarithms: " + stats.Method + ". A tax can be negative. Each " +
			"interval is 95% for itself, not all of them together.",
		"**Noise floor**: direct is run twice in each block. The largest bound of the interval between the two is how far apart " +
			"equal things may look in this run. Where they differ beyond chance, a warning stands above the table.",
		"**Verdicts**: an arm *differs* from direct where its tax is not zero, is *equivalent* (≈) where all that the tax may be lies within ±" + margin() +
			" of the cost, and is *unresolved* (?) otherwise. All arms of a world are one family for each tax, with Holm's correction: the chance that any " +
			"of its verdicts is wrong is at most 5%. In the figures the mark of an arm that is not known to differ is hollow.",
		"**Residual** is CPU that other threads of a process burn during a phase that cannot block: garbage collector, scheduler, servers. " +
			"During send, wait and receive all CPU of the process is that phase's.",
		"**Closure error** is how far the phases are from the CPU of the processes: whether the sampled ticks represent the rest " +
			"and no code runs outside a phase. Where every tick is sampled it is zero by construction. It does not show time that is in " +
			"the wrong phase. An additive tax below zero is nothing but this error.",
		"Carriers use loopback: what a network card and a network cost is not here.",
	}}
	if a.isPaced() {
		blocks = append(blocks, paceMeaning())
	}
	if a.hasTab() {
		blocks = append(blocks, tabMeaning())
	}
	var closure report.List
	for _, w := range a.worlds {
		closure = append(closure, fmt.Sprintf("With %s, %s", w.label, w.closureNote(w.arms)))
	}
	return report.Section{Title: "What the numbers mean", Blocks: append(blocks, closure)}
}

// closureNote says how well the phases add up to what the processes used.
func (w *world) closureNote(arms []*arm) string {
	if w.tab { // whose meter is part of the phase that it ends
		return fmt.Sprintf("the phases miss the CPU time of the processes by at most %.1f%% in any trial.", 100*largest(arms, (*trial).closure))
	}
	return fmt.Sprintf("the phases miss the CPU time of the processes by at most %.1f%% in any trial; the meter takes at most %.2f%%.",
		100*largest(arms, (*trial).closure), 100*largest(arms, (*trial).meterShare))
}

// notes say what the tables leave out beside failed trials.
func (a *analysis) notes() (notes []string) {
	for _, d := range a.dropped {
		why := "no number of " + label(d.missing)
		if d.apart {
			why = fmt.Sprintf("it and %s were not run at the same time, for one of them was run again", label(d.missing))
		}
		notes = append(notes, fmt.Sprintf("Pair dropped: %s with %s in block %d: %s.", label(d.arm), d.world.label, d.block, why))
	}
	for _, w := range a.worlds {
		notes = append(notes, w.untaxed()...)
	}
	for _, w := range a.worlds {
		notes = append(notes, w.gaps()...)
		notes = append(notes, w.crowded()...)
	}
	labels := a.labels()
	return slices.Concat(notes, outlays(a.trials, labels), unclosed(a.trials, labels))
}
