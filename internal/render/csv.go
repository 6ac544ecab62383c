package render

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/stats"
)

// A sheaf is a CSV file: rows under a header. Numbers are in full precision;
// what does not exist is empty.
type sheaf struct {
	name   string
	header []string
	rows   [][]string
}

func (t sheaf) bytes() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(append([][]string{t.header}, t.rows...)); err != nil {
		return nil, fmt.Errorf("encode %s: %w", t.name, err)
	}
	return b.Bytes(), nil
}

func (t *sheaf) add(cells ...any) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		switch v := cell.(type) {
		case float64:
			if !math.IsNaN(v) {
				row[i] = strconv.FormatFloat(v, 'g', -1, 64)
			}
		default:
			row[i] = fmt.Sprint(v)
		}
	}
	t.rows = append(t.rows, row)
}

// tables returns the tables behind the figures, and that of all trials.
func (r *report) tables() []sheaf {
	return []sheaf{r.phaseTable(), r.taxTable(), r.latencyTable(), r.histogramTable(), r.costTable(), r.trialTable()}
}

// eachArm calls f for every arm with a successful trial, with the cells that
// start each of its rows.
func (r *report) eachArm(f func(c *chapter, arm stats.Arm, key []any)) {
	for _, c := range r.chapters {
		for _, arm := range withTrials(c.Arms) {
			f(c, arm, []any{c.Config.Boids, c.Config.Neighbours, c.Config.Mode, arm.Name, arm.Rung})
		}
	}
}

func keyed(columns ...string) []string {
	return append([]string{"boids", "neighbours", "mode", "arm", "rung"}, columns...)
}

func (r *report) phaseTable() sheaf {
	t := sheaf{name: "phases.csv", header: keyed("phase", "cpu_us_per_tick", "low", "high", "n", "share_percent")}
	r.eachArm(func(_ *chapter, arm stats.Arm, key []any) {
		shares := shares(arm)
		for p, e := range arm.Phase {
			t.add(append(key, append([]any{copytax.Phase(p)}, append(estimate(e, perMicro), shares[p])...)...)...)
		}
	})
	return t
}

// estimate returns the cells value, low, high, n.
func estimate(e stats.Estimate, scale float64) []any {
	return []any{e.Value * scale, e.Low * scale, e.High * scale, e.N}
}

func (r *report) taxTable() sheaf {
	t := sheaf{name: "taxes.csv", header: keyed("tax", "statistic", "value", "low", "high", "n", "wins", "noise_floor", "indistinct")}
	r.eachArm(func(c *chapter, arm stats.Arm, key []any) {
		row := func(tax, statistic string, v stats.Tax, floor float64) {
			t.add(append(append(append(key, tax, statistic), estimate(v.Estimate, 1)...), v.Wins, floor, v.Indistinct)...)
		}
		row("additive", "cpu", arm.Additive, math.NaN())
		row("differential", "cpu", arm.Differential, c.Floor.CPU)
		for s, v := range arm.LatencyTax {
			row("latency", stats.Statistic(s).String(), v, c.Floor.Latency[s])
		}
	})
	return t
}

func (r *report) latencyTable() sheaf {
	t := sheaf{name: "latency.csv", header: keyed("statistic", "us", "low", "high", "n")}
	r.eachArm(func(_ *chapter, arm stats.Arm, key []any) {
		for s, e := range arm.Latency {
			t.add(append(append(key, stats.Statistic(s)), estimate(e, perMicro)...)...)
		}
		t.add(append(append(key, "p90"), estimate(arm.LatencyP90, perMicro)...)...)
		t.add(append(key, "max", arm.LatencyMax*perMicro, "", "", arm.Trials)...)
	})
	return t
}

func (r *report) histogramTable() sheaf {
	t := sheaf{name: "latency-histogram.csv", header: keyed("upper_edge_us", "ticks")}
	r.eachArm(func(_ *chapter, arm stats.Arm, key []any) {
		for _, bucket := range arm.Histogram {
			t.add(append(key, float64(bucket[0])*perMicro, bucket[1])...)
		}
	})
	return t
}

func (r *report) costTable() sheaf {
	t := sheaf{name: "costs.csv", header: keyed("cost", "unit", "value", "low", "high", "n")}
	r.eachArm(func(_ *chapter, arm stats.Arm, key []any) {
		row := func(name, unit string, e stats.Estimate, scale float64) {
			t.add(append(append(key, name, unit), estimate(e, scale)...)...)
		}
		row("cpu", "us/tick", arm.CPU, perMicro)
		row("wall", "us/tick", arm.Wall, perMicro)
		row("rate", "ticks/s", arm.TicksPerSecond, 1)
		row("wire", "bytes/tick", arm.WireBytes, 1)
		row("copied", "bytes/tick", arm.CopiedBytes, 1)
		row("transport system calls", "1/tick", arm.Syscalls, 1)
		row("allocations", "1/tick", arm.AllocObjects, 1)
		row("allocated", "bytes/tick", arm.AllocBytes, 1)
		row("context switches", "1/tick", arm.Switches, 1)
	})
	return t
}

func (r *report) trialTable() sheaf {
	t := sheaf{name: "trials.csv", header: []string{"trial", "block", "boids", "neighbours", "mode", "arm",
		"cpu_us_per_tick", "wall_us_per_tick", "compute_share", "closure_error", "meter_share", "error"}}
	for _, v := range r.Trials {
		c, per := v.Config, perMicro/float64(v.Config.Ticks)
		t.add(v.Trial, v.Block, c.Boids, c.Neighbours, c.Mode, v.Arm, v.CPU*per, v.Wall*per, v.ComputeShare(), v.ClosureError(), v.MeterShare(), "")
	}
	for _, f := range r.Failures {
		t.add(f.Trial, f.Block, f.Config.Boids, f.Config.Neighbours, f.Config.Mode, f.Arm, "", "", "", "", "", oneLine(f.Reason))
	}
	return t
}
