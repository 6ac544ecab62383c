package physics

import (
	"fmt"
	"slices"
	"strings"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/scenarios/physics/worker"
)

// The claims about the module in a tab. They compare compilers and hosts, and no
// transport: no tax is computed of them.
const (
	nearNode   = 1.1 // of the time of the same module in Node
	pastWazero = 1.6 // times as fast as in wazero
)

// An inBrowser is what a world says of the back ends in a tab: ratios of the time of a
// step, paired by block. N is 0 where either side was not measured.
type inBrowser struct {
	world                    string
	toNode, wazeroTo, shader stats.Estimate // tab ÷ v8-wasm, wazero ÷ tab, webgpu ÷ tab
	ofBound, judged          stats.Estimate // of the shader: the worst of all blocks, and the fewest boids of a block
}

// inBrowsers has the worlds on which something was measured in a tab.
func (a *analysis) inBrowsers() (list []inBrowser) {
	for _, w := range a.worlds {
		step, tab, shader := w.price(worker.Step), a.of(w, inTab), a.of(w, webGPU)
		if len(tab)+len(shader) == 0 {
			continue
		}
		b := inBrowser{
			world: w.Name, toNode: experiment.Ratio(tab, a.of(w, v8Wasm), step), wazeroTo: experiment.Ratio(a.of(w, wazero), tab, step),
			shader: experiment.Ratio(shader, tab, step), ofBound: stats.Nothing(), judged: stats.Nothing(),
		}
		if len(shader) > 0 {
			b.ofBound = stats.Point(slices.Max(shader.Values(experiment.Metric(ofBoundMetric))))
			b.judged = stats.Point(slices.Min(shader.Values(experiment.Metric(judgedMetric))))
		}
		list = append(list, b)
	}
	return list
}

// browserBlocks are the verdicts and the table of the back ends in a tab, none where
// none was measured.
func (a *analysis) browserBlocks(list []inBrowser) []report.Block {
	if len(list) == 0 {
		return nil
	}
	var verdicts report.Verdicts
	for _, b := range list {
		if b.toNode.N > 0 {
			verdicts = append(verdicts, report.Verdict{
				Claim:    fmt.Sprintf("%s: a step in a tab takes ≤ %v × what it takes in Node", b.world, nearNode),
				Measured: report.Interval(b.toNode) + " ×", Holds: b.toNode.AtMost(nearNode),
			})
		}
		if b.wazeroTo.N > 0 {
			verdicts = append(verdicts, report.Verdict{
				Claim:    fmt.Sprintf("%s: a step in a tab is ≥ %v × as fast as in wazero", b.world, pastWazero),
				Measured: report.Interval(b.wazeroTo) + " ×", Holds: b.wazeroTo.AtLeast(pastWazero),
			})
		}
	}
	return []report.Block{verdicts, a.browserTable(list)}
}

func (a *analysis) browserTable(list []inBrowser) *report.Table {
	t := &report.Table{
		Title: "The same module in a tab, in Node and in wazero, and compute shaders in the tab", Brief: true,
		Columns: report.Columns("world", "tab ÷ node", "wazero ÷ tab", "webgpu ÷ tab", "webgpu, of the bound", "boids judged"),
		Notes: []string{
			"Ratios of the time of a step, paired by block, with 95% intervals. tab, node (the back end v8-wasm) and wazero run one module " +
				"on one thread and gave one digest.",
			"webgpu: steps are queued one behind the other and the last is waited for; no frame is read back. Of the bound: the largest error of a float " +
				"from the oracle's in units of what rounding can explain (docs/oracle.md), over all blocks.",
			"Browser and adapter: " + strings.Join(a.browsers(), "; ") + ".",
		},
	}
	for _, b := range list {
		t.Rows = append(t.Rows, []report.Cell{
			report.Words(b.world), report.IntervalCell(b.toNode), report.IntervalCell(b.wazeroTo), report.IntervalCell(b.shader),
			report.ValueCell(b.ofBound), report.ValueCell(b.judged),
		})
	}
	return t
}

// browserData has the same numbers, a line each.
func browserData(list []inBrowser) report.Data {
	d := report.Data{Name: Name + "-browser", Summary: "how the step in a tab compares with the same module elsewhere, and with shaders", Columns: []report.DataColumn{
		{Name: "world", Meaning: "name of the world"},
		{Name: "quantity", Meaning: "tab_to_node, wazero_to_tab, webgpu_to_tab: ratios of the time of a step; webgpu_of_bound: largest error of a float " +
			"in units of its bound; webgpu_judged: fewest boids of a block that the oracle was asked of"},
		{Name: "value", Meaning: "geometric mean over blocks, of webgpu_of_bound the largest and of webgpu_judged the least"},
		{Name: "low", Meaning: "lower end of the 95% interval; empty where there is none"},
		{Name: "high", Meaning: "upper end"},
		{Name: "n", Meaning: "blocks that it rests on"},
	}}
	for _, b := range list {
		for _, q := range []struct {
			name string
			e    stats.Estimate
		}{{"tab_to_node", b.toNode}, {"wazero_to_tab", b.wazeroTo}, {"webgpu_to_tab", b.shader}, {"webgpu_of_bound", b.ofBound}, {"webgpu_judged", b.judged}} {
			if q.e.N > 0 {
				d.Add(b.world, q.name, q.e.Value, q.e.Low, q.e.High, q.e.N)
			}
		}
	}
	return d
}

// browsers are those that samples name.
func (a *analysis) browsers() (all []string) {
	for _, s := range a.samples {
		if name := s.Factor(Browser); name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}
