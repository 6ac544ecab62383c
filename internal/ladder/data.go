package ladder

import (
	"math"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/internal/judge"
)

// data returns the tables behind the figures, and that of all trials.
func (a *analysis) data(failures []experiment.Failure) []report.Data {
	all := []report.Data{a.phaseData(), a.taxData(), a.latencyData(), a.histogramData(), a.costData(), a.sourceData()}
	if a.isPaced() {
		all = append(all, a.paceData())
	}
	if a.hasTab() {
		all = append(all, a.strataData())
	}
	return append(append(all, a.kernelData()...), a.trialData(failures), a.ratioData())
}

// columns returns columns of the given names and meanings, in turn.
func columns(pairs ...string) (all []report.DataColumn) {
	for pair := range slices.Chunk(pairs, 2) {
		all = append(all, report.DataColumn{Name: pair[0], Meaning: pair[1]})
	}
	return all
}

// estimated returns the column of an estimate, and behind it those of its interval
// and blocks.
func estimated(name, meaning string) []report.DataColumn {
	return columns(name, meaning,
		"low", "lower end of the 95% interval over blocks, in the same unit; empty with one block",
		"high", "its upper end",
		"n", "blocks that it rests on",
		"mean", "the mean in place of the centre, of the same logarithms where it is one of those",
		"t_low", "lower end of the mean's 95% interval by Student's t",
		"t_high", "its upper end")
}

// armColumns name a condition and an arm. The pace is there if any is not lock-step.
func (a *analysis) armColumns() []report.DataColumn {
	all := columns("boids", "number of boids",
		"neighbours", "mean neighbours of a boid at the start",
		"mode", "how the volume follows the number of boids",
		"arm", "the transport; with @native behind it for that engine, with #aa for the same once more, whose taxes are over the first half")
	if a.hasTab() {
		all = append(all, columns("place", "tab where all roles are in a browser's tab, behind it -canvas or -page where the viewer draws, and its size if it is not 800x600")...)
	}
	if a.isPaced() {
		all = append(all, columns("pace", "when ticks begin: lockstep, or ticks a second", "frames", "which of them the viewer reads")...)
	}
	return all
}

// armCells are the cells of armColumns.
func (a *analysis) armCells(c copytax.Config, place, arm string) []any {
	all := []any{c.Boids, c.Neighbours, string(c.Mode), arm}
	if a.hasTab() {
		all = append(all, place)
	}
	if a.isPaced() {
		all = append(all, paceOf(c), framesOf(c))
	}
	return all
}

// perArm returns a table whose rows begin with a world and an arm. rows adds those of
// an arm; an estimate among the cells takes seven columns.
func (a *analysis) perArm(name, summary string, further []report.DataColumn, rows func(one *arm, add func(cells ...any))) report.Data {
	head := append(a.armColumns(), columns("rung", "place of the transport on the ladder")...)
	d := report.Data{Name: name, Summary: summary, Columns: append(head, further...)}
	for _, w := range a.worlds {
		for _, one := range w.arms {
			rows(one, func(cells ...any) {
				row := append(a.armCells(w.config, w.place(), one.name), one.rank)
				for _, cell := range cells {
					if e, ok := cell.(stats.Estimate); ok {
						row = append(row, e, e.Low, e.High, e.N, e.Student.Value, e.Student.Low, e.Student.High)
					} else {
						row = append(row, cell)
					}
				}
				d.Add(row...)
			})
		}
	}
	return d
}

func (a *analysis) phaseData() report.Data {
	return a.perArm("phases", "CPU time by phase", slices.Concat(
		columns("phase", "what the CPU time was spent on"),
		estimated("cpu_us_per_tick", "CPU time of all roles, µs a tick, mean over blocks"),
		columns("share_percent", "of the sum of all phases, %",
			"drawn_as", "the part of the figure that it is in. "+joinedNote+" Their values apart say little"),
	), func(one *arm, add func(...any)) {
		shares := one.shares()
		for p, e := range one.phase {
			add(a.phases[p], e.Times(perMicro), shares[p], one.drawnAs(a.phases[p]))
		}
	})
}

func (a *analysis) taxData() report.Data {
	return a.perArm("taxes", "taxes over the baseline", slices.Concat(
		columns("tax", "additive, differential or latency; engine is what a native engine saves beside the same transport",
			"statistic", "what it is a tax on: cpu, or a statistic of the latency"),
		pooled("value", "the tax, as a share of the cost"),
		columns("wins", "blocks in which the arm cost less than direct",
			"noise_floor", "the most by which direct may differ from itself, as a share",
			"verdict", "differs from direct, equivalent (less than "+margin()+" of the cost apart) or unresolved; all arms of a world are one family for each tax "+
				"and statistic; empty where the run cannot say, or nothing is compared"),
	), func(one *arm, add func(...any)) {
		row := func(name, statistic string, t tax) {
			add(name, statistic, t.Estimate, t.wins, t.floor, string(t.verdict))
		}
		row("additive", "cpu", one.additive)
		row("differential", "cpu", one.differential)
		for _, s := range taxed() {
			row("latency", s.name, one.latencyTax[s.key])
		}
		if one.saving.N > 0 {
			add("engine", "cpu", one.saving, nil, nil, nil)
		}
	})
}

func (a *analysis) latencyData() report.Data {
	return a.perArm("latency", "latency of a tick", slices.Concat(
		columns("statistic", "of the latencies of a trial's ticks; max is the largest"),
		pooled("us", a.latencyMeaning()+", µs, mean over blocks"),
	), func(one *arm, add func(...any)) {
		for _, s := range shown() {
			add(s.name, one.latency[s.key].Times(perMicro))
		}
	})
}

// latencyMeaning says between which two moments latencies lie.
func (a *analysis) latencyMeaning() string {
	meaning := "from the policy being published to the viewer having used the frame"
	if a.isPaced() {
		meaning += ", at a rate from when the tick was due"
	}
	return meaning
}

func (a *analysis) histogramData() report.Data {
	return a.perArm("latency-histogram", "latencies of all ticks of all blocks",
		columns("upper_edge_us", "upper edge of the bucket, µs", "ticks", "ticks in it"),
		func(one *arm, add func(...any)) {
			for _, b := range one.buckets {
				add(b[0], int64(b[1]))
			}
		})
}

// A cost is one thing that is counted.
type cost struct {
	name, unit string
	scale      float64
	of         func(*trial) float64 // a tick
}

// perTick is the cost that metrics add up to.
func perTick(name, unit string, scale float64, metrics ...string) cost {
	return cost{name, unit, scale, func(t *trial) (sum float64) {
		for _, m := range metrics {
			sum += t.roles.Sum(m)
		}
		return sum / float64(t.config.Ticks)
	}}
}

// outlaysOf returns the costs beside the roles, of the warm-up too, where any sample has
// them: those of older runs do not.
func outlaysOf(samples experiment.Samples) []cost {
	if !slices.ContainsFunc(samples, func(s experiment.Sample) bool { return !math.IsNaN(s.Metric(judge.SupervisorCPU)) }) {
		return nil
	}
	return []cost{
		outlayOf("cpu of the supervisor", judge.SupervisorCPU),
		outlayOf("cpu of other processes", judge.OthersCPU),
	}
}

// outlayOf is a cost that is counted over all ticks of the trial.
func outlayOf(name, metric string) cost {
	return cost{name, "us/tick", perMicro, func(t *trial) float64 { return t.roles.Sum(metric) / float64(t.config.LastEpoch()+1) }}
}

func costs() []cost {
	return []cost{
		perTick("cpu", "us/tick", perMicro, cpuMetric),
		{"wall", "us/tick", perMicro, func(t *trial) float64 { return t.wall / float64(t.config.Ticks) }},
		{"rate", "ticks/s", 1, func(t *trial) float64 { return float64(t.config.Ticks) / t.wall * 1e9 }},
		perTick("wire", "bytes/tick", 1, "wire_bytes"),
		perTick("copied", "bytes/tick", 1, "copied_bytes"),
		perTick("transport system calls", "1/tick", 1, "syscalls"),
		perTick("allocations", "1/tick", 1, "alloc_objects"),
		perTick("allocated", "bytes/tick", 1, "alloc_bytes"),
		perTick("context switches", "1/tick", 1, "voluntary_switches", "involuntary_switches"),
	}
}

func (a *analysis) costData() report.Data {
	what := "what is counted, over all roles; the transport's system calls are its own, without the Go runtime's"
	if len(a.outlays) > 0 {
		what += "; the supervisor and other processes are no roles, and theirs is over all ticks, the warm-up's too"
	}
	return a.perArm("costs", "costs of a tick", slices.Concat(
		columns("cost", what, "unit", "of the value"),
		estimated("value", "mean over blocks"),
	), func(one *arm, add func(...any)) {
		for _, c := range slices.Concat(costs(), a.stretched(), a.outlays) {
			add(c.name, c.unit, one.over(c.of).Times(c.scale))
		}
	})
}

func (a *analysis) trialData(failures []experiment.Failure) report.Data {
	around := a.environmentColumns()
	d := report.Data{Name: "trials", Summary: "every trial", Columns: slices.Concat(
		columns("trial", "number in the run, from 0, in the order of running", "block", "from 0"),
		a.armColumns(),
		columns("cpu_us_per_tick", "CPU time of all processes, µs a tick",
			"wall_us_per_tick", "length of the longest role's window, µs a tick",
			"compute_share", "CPU time of the compute phase as a share of all",
			"closure_error", "how far the phases are from the CPU time of the processes, as a share of it",
			"meter_share", "the meter's own CPU time, as a share of all",
			"error", "why the trial failed; no number is then there"),
		around,
	)}
	for _, t := range a.trials {
		c, per := t.config, perMicro/float64(t.config.Ticks)
		d.Add(slices.Concat([]any{t.number, t.block}, a.armCells(c, placeOf(t.roles[0].Of), t.arm), []any{t.cpu * per, t.wall * per, t.computeShare(), t.closure(), t.meterShare(), ""}, environmentCells(t, len(around)))...)
	}
	for _, f := range failures {
		c := f.Trial.Of.Factors
		row := []any{f.Number, f.Block, c[factorBoids], c[factorNeighbours], c[factorMode], c[experiment.Arm]}
		if a.hasTab() {
			row = append(row, placeOf(f.Trial.Of))
		}
		if a.isPaced() {
			row = append(row, c[factorPace], c[factorFrames])
		}
		row = append(row, nil, nil, nil, nil, nil, report.OneLine(f.Reason))
		d.Add(append(row, make([]any, len(around))...)...)
	}
	return d
}
