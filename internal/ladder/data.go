package ladder

import (
	"slices"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
)

// data returns the tables behind the figures, and that of all trials.
func (a *analysis) data(failures []experiment.Failure) []report.Data {
	return []report.Data{a.phaseData(), a.taxData(), a.latencyData(), a.histogramData(), a.costData(), a.trialData(failures)}
}

// keyed returns a table whose rows begin with a world and an arm.
func keyed(name, summary string, columns ...report.DataColumn) report.Data {
	rung := report.DataColumn{Name: "rung", Meaning: "place of the transport on the ladder"}
	return report.Data{Name: name, Summary: summary, Columns: append(append(armColumns(), rung), columns...)}
}

func armColumns() []report.DataColumn {
	return []report.DataColumn{
		{Name: "boids", Meaning: "number of boids"},
		{Name: "neighbours", Meaning: "mean neighbours of a boid at the start"},
		{Name: "mode", Meaning: "how the volume follows the number of boids"},
		{Name: "arm", Meaning: "the transport; with @native behind it for that engine, with #aa for the baseline once more"},
	}
}

// column is the value of an estimate, and behind it are its interval and blocks.
func column(name, meaning string) []report.DataColumn {
	return []report.DataColumn{
		{Name: name, Meaning: meaning},
		{Name: "low", Meaning: "lower end of the 95% interval over blocks, in the same unit; empty with one block"},
		{Name: "high", Meaning: "its upper end"},
		{Name: "n", Meaning: "blocks that it rests on"},
	}
}

// eachArm calls f for every arm, with the cells that start each of its rows.
func (a *analysis) eachArm(f func(w *world, one *arm, row func(...any) []any)) {
	for _, w := range a.worlds {
		for _, one := range w.arms {
			f(w, one, func(cells ...any) []any {
				return append([]any{w.config.Boids, w.config.Neighbours, string(w.config.Mode), one.name, one.rank}, cells...)
			})
		}
	}
}

func (a *analysis) phaseData() report.Data {
	columns := slices.Concat([]report.DataColumn{{Name: "phase", Meaning: "what the CPU time was spent on"}},
		column("cpu_us_per_tick", "CPU time of all roles, µs a tick, mean over blocks"),
		[]report.DataColumn{{Name: "share_percent", Meaning: "of the sum of all phases, %"}})
	d := keyed("phases", "CPU time by phase", columns...)
	a.eachArm(func(_ *world, one *arm, row func(...any) []any) {
		shares := one.shares()
		for p, e := range one.phase {
			d.Add(append(append(row(a.phases[p]), estimate(e, perMicro)...), shares[p])...)
		}
	})
	return d
}

func (a *analysis) taxData() report.Data {
	columns := slices.Concat([]report.DataColumn{
		{Name: "tax", Meaning: "additive, differential or latency; engine is what a native engine saves beside the same transport"},
		{Name: "statistic", Meaning: "what it is a tax on: cpu, or a statistic of the latency"},
	}, column("value", "the tax, as a share of the cost"), []report.DataColumn{
		{Name: "wins", Meaning: "blocks in which the arm cost less than direct"},
		{Name: "noise_floor", Meaning: "the most by which direct may differ from itself, as a share"},
		{Name: "indistinct", Meaning: "whether the arm cannot be told from direct; empty where the run cannot say, or nothing is compared"},
	})
	d := keyed("taxes", "taxes over the baseline", columns...)
	a.eachArm(func(w *world, one *arm, row func(...any) []any) {
		add := func(name, statistic string, t tax) {
			d.Add(append(append(row(name, statistic), estimate(t.Estimate, 1)...), t.wins, t.floor, t.verdict())...)
		}
		add("additive", "cpu", one.additive)
		add("differential", "cpu", one.differential)
		for _, s := range taxed() {
			add("latency", s.name, one.latencyTax[s.key])
		}
		if one.saving.N > 0 {
			d.Add(append(append(row("engine", "cpu"), estimate(one.saving, 1)...), nil, nil, nil)...)
		}
	})
	return d
}

func (a *analysis) latencyData() report.Data {
	columns := slices.Concat([]report.DataColumn{{Name: "statistic", Meaning: "of the latencies of a trial's ticks; max is the largest of all trials"}},
		column("us", "from the policy being published to the viewer having used the frame, µs, mean over blocks"))
	d := keyed("latency", "latency of a tick", columns...)
	a.eachArm(func(_ *world, one *arm, row func(...any) []any) {
		for _, s := range shown() {
			d.Add(append(row(s.name), estimate(one.latency[s.key], perMicro)...)...)
		}
		d.Add(row("max", one.most*perMicro, nil, nil, len(one.trials))...)
	})
	return d
}

func (a *analysis) histogramData() report.Data {
	d := keyed("latency-histogram", "latencies of all ticks of all blocks",
		report.DataColumn{Name: "upper_edge_us", Meaning: "upper edge of the bucket, µs"},
		report.DataColumn{Name: "ticks", Meaning: "ticks in it"})
	a.eachArm(func(_ *world, one *arm, row func(...any) []any) {
		for _, b := range one.buckets {
			d.Add(row(b[0]*perMicro, int64(b[1]))...)
		}
	})
	return d
}

// A cost is one thing that is counted.
type cost struct {
	name, unit string
	scale      float64
	of         func(*trial) float64 // a tick
}

func costs() []cost {
	perTick := func(name, unit string, scale float64, metrics ...string) cost {
		return cost{name, unit, scale, func(t *trial) (sum float64) {
			for _, m := range metrics {
				sum += t.roles.Sum(m)
			}
			return sum / float64(t.config.Ticks)
		}}
	}
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
	columns := slices.Concat([]report.DataColumn{
		{Name: "cost", Meaning: "what is counted, over all roles; the transport's system calls are its own, without the Go runtime's"},
		{Name: "unit", Meaning: "of the value"},
	}, column("value", "mean over blocks"))
	d := keyed("costs", "costs of a tick", columns...)
	a.eachArm(func(_ *world, one *arm, row func(...any) []any) {
		for _, c := range costs() {
			d.Add(append(row(c.name, c.unit), estimate(one.over(c.of), c.scale)...)...)
		}
	})
	return d
}

func (a *analysis) trialData(failures []experiment.Failure) report.Data {
	d := report.Data{Name: "trials", Summary: "every trial", Columns: slices.Concat([]report.DataColumn{
		{Name: "trial", Meaning: "number in the run, from 0, in the order of running"},
		{Name: "block", Meaning: "from 0"},
	}, armColumns(), []report.DataColumn{
		{Name: "cpu_us_per_tick", Meaning: "CPU time of all processes, µs a tick"},
		{Name: "wall_us_per_tick", Meaning: "length of the longest role's window, µs a tick"},
		{Name: "compute_share", Meaning: "CPU time of the compute phase as a share of all"},
		{Name: "closure_error", Meaning: "how far the phases are from the CPU time of the processes, as a share of it"},
		{Name: "meter_share", Meaning: "the meter's own CPU time, as a share of all"},
		{Name: "error", Meaning: "why the trial failed; no number is then there"},
	})}
	for _, t := range a.trials {
		c, per := t.config, perMicro/float64(t.config.Ticks)
		d.Add(t.number, t.block, c.Boids, c.Neighbours, string(c.Mode), t.arm, t.cpu*per, t.wall*per, t.computeShare(), t.closure(), t.meterShare(), "")
	}
	for _, f := range failures {
		c := f.Trial.Of.Factors
		d.Add(f.Number, f.Block, c[factorBoids], c[factorNeighbours], c[factorMode], c[experiment.Arm], nil, nil, nil, nil, nil, report.OneLine(f.Reason))
	}
	return d
}
