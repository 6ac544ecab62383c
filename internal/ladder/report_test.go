package ladder

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
)

// drawn returns a made-up run of all arms and sizes, with noise.
func drawn(blocks int, sizes []int, arms ...string) record {
	r := recordOf(blocks, sizes, arms...)
	rng, n := rand.New(rand.NewPCG(7, 7)), 0
	for block := range blocks {
		for i, arm := range arms {
			for _, boids := range sizes {
				noise := math.Exp(0.02 * rng.NormFloat64())
				r.add(n, block, arm, boids, price{
					compute: 180 * float64(boids) * 100 * noise, send: 1e5 * float64(i) * noise, residual: 1e4, meter: 1e4,
					latency: 200 * float64(boids) * float64(i+1) * noise,
				})
				n++
			}
		}
	}
	return r
}

func (r record) report(t *testing.T) *report.Report {
	t.Helper()
	rep, err := r.ladder.Report(r.Results)
	if err != nil {
		t.Fatal(err)
	}
	checkReport(t, rep)
	return rep
}

// checkReport checks what holds for every report.
func checkReport(t *testing.T, rep *report.Report) {
	t.Helper()
	names := map[string]bool{}
	for _, d := range rep.Data {
		names[d.Name] = true
		for i, row := range d.Rows {
			if len(row) != len(d.Columns) {
				t.Errorf("%s: row %d has %d cells, want %d", d.Name, i, len(row), len(d.Columns))
			}
		}
		for _, c := range d.Columns {
			if c.Name == "" || c.Meaning == "" {
				t.Errorf("%s: the column %+v is not explained", d.Name, c)
			}
		}
	}
	for _, f := range figuresOf(rep) {
		if !names[f.Data] {
			t.Errorf("%s is drawn from %q, which is no table", f.Name, f.Data)
		}
		checkFigure(t, f)
	}
	for _, table := range tablesOf(rep) {
		for _, row := range table.Rows {
			if len(row) != len(table.Columns) {
				t.Errorf("%s: a row of %d cells under %d columns", table.Title, len(row), len(table.Columns))
			}
			for _, cell := range row {
				if strings.Contains(cell.Text, "NaN") || cell.Text == "" {
					t.Errorf("%s: the cell %q", table.Title, cell.Text)
				}
			}
		}
	}
}

func checkFigure(t *testing.T, f *report.Figure) {
	t.Helper()
	if strings.Contains(f.Caption+f.Title+f.Subtitle, "NaN") {
		t.Errorf("%s: %s; %s", f.Name, f.Title, f.Caption)
	}
	switch {
	case f.Bars != nil:
		for _, row := range f.Bars.Rows {
			if len(row.Values) != len(f.Bars.Parts) {
				t.Errorf("%s, %s: %d values of %d parts", f.Name, row.Label, len(row.Values), len(f.Bars.Parts))
			}
		}
	case f.Intervals != nil:
		for _, p := range f.Intervals.Panels {
			if len(p.Dots) != len(f.Intervals.Rows) {
				t.Errorf("%s, %s: %d dots in %d rows", f.Name, p.Name, len(p.Dots), len(f.Intervals.Rows))
			}
		}
	case f.Densities != nil:
		for _, row := range f.Densities.Rows {
			if len(row.Marks) != len(f.Densities.Marks) {
				t.Errorf("%s, %s: %d marks, want %d", f.Name, row.Label, len(row.Marks), len(f.Densities.Marks))
			}
		}
	case f.Lines == nil:
		t.Errorf("%s shows nothing", f.Name)
	}
}

func figuresOf(rep *report.Report) (all []*report.Figure) {
	for _, s := range rep.Sections {
		for _, b := range s.Blocks {
			if f, ok := b.(*report.Figure); ok {
				all = append(all, f)
			}
		}
	}
	return all
}

func tablesOf(rep *report.Report) (all []*report.Table) {
	for _, s := range rep.Sections {
		for _, b := range s.Blocks {
			if table, ok := b.(*report.Table); ok {
				all = append(all, table)
			}
		}
	}
	return all
}

func names(figures []*report.Figure) (all []string) {
	for _, f := range figures {
		all = append(all, f.Name)
	}
	return all
}

func TestReport(t *testing.T) {
	rep := drawn(4, []int{100, 10000}, "direct", "direct#aa", "shm:park", "unix+raw").report(t)
	want := []string{"phases-100", "taxes-100", "sources-100", "latency-100", "phases-10000", "taxes-10000", "sources-10000", "latency-10000", "scaling"}
	if got := names(figuresOf(rep)); !slices.Equal(got, want) {
		t.Errorf("got the figures %v, want %v", got, want)
	}
	table := tablesOf(rep)[1]
	if table.Title != "10,000 boids" || !table.Brief || len(table.Rows) != 4 || table.Rows[0][3].Text != "reference" || table.Rows[1][0].Text != "direct (A/A)" {
		t.Errorf("got the table %+v", table)
	}
	taxes := figuresOf(rep)[1].Intervals
	if !math.IsNaN(taxes.Panels[1].Dots[0].Value) || math.IsNaN(taxes.Panels[1].Dots[3].Value) || !math.IsNaN(taxes.Panels[0].Floor) || !(taxes.Panels[1].Floor > 0) {
		t.Errorf("got the panels %+v", taxes.Panels)
	}
	scaling := figuresOf(rep)[8].Lines
	if len(scaling.Series) != 3 || !slices.Equal(scaling.Series[0].X, []float64{100, 10000}) || len(scaling.Series[0].High) != 2 {
		t.Errorf("got the lines %+v", scaling.Series)
	}
	if caption := figuresOf(rep)[0].Caption; !strings.HasSuffix(caption, ". Loopback: no network card is involved.") {
		t.Errorf("got the caption %q", caption)
	}
}

// Runs of one block, and runs that lack what most have, give a report as well.
func TestUnevenRuns(t *testing.T) {
	arms := []string{"direct", "direct#aa", "shm:park"}
	one := drawn(1, []int{100}, arms...).report(t)
	if data := string(encode(t, one.Data[1])); strings.Contains(data, "false") || strings.Contains(data, "true") {
		t.Errorf("one block says what cannot be told:\n%s", data)
	}
	if notes := strings.Join(tablesOf(one)[0].Notes, " "); !strings.Contains(notes, "no intervals") || !strings.Contains(notes, "No noise floor") {
		t.Errorf("got the notes %q", notes)
	}
	without := func(spoil func(*experiment.Sample) bool) record {
		r := drawn(3, []int{100, 1000}, arms...)
		r.Samples = r.Samples.Keep(func(s experiment.Sample) bool { return spoil(&s) })
		return r
	}
	without(func(s *experiment.Sample) bool { return s.Factor(experiment.Arm) != Baseline }).report(t)
	small := without(func(s *experiment.Sample) bool { return s.Factor(factorBoids) == "100" }).report(t)
	if got := names(figuresOf(small)); slices.Contains(got, "scaling") || slices.Contains(got, "phases-1000") {
		t.Errorf("got the figures %v of one size", got)
	}
	bare := drawn(3, []int{100}, arms...)
	for i := range bare.Samples {
		bare.Samples[i].Histograms = nil
		for _, phase := range []string{"compute", "send", "residual", "meter"} {
			delete(bare.Samples[i].Metrics, "cpu_"+phase+"_ns")
		}
	}
	if got := names(figuresOf(bare.report(t))); slices.Contains(got, "latency-100") {
		t.Errorf("got the figures %v without a latency", got)
	}
}

// Worlds that differ in more than their size are never in one curve.
func TestKindsAreKeptApart(t *testing.T) {
	r := recordOf(2, []int{100, 1000}, "direct")
	fixed, other := sized(100), sized(100)
	fixed.Mode, other.Ticks = copytax.FixedVolume, 2*other.Ticks
	for _, c := range []copytax.Config{fixed, other} {
		r.Plan.Cells = append(r.Plan.Cells, r.ladder.cellOf(side{name: "direct", transport: "direct"}, c))
	}
	for block := range 2 {
		for i, c := range r.Plan.Cells {
			r.add(4*block+i, block, "direct", 100, price{compute: 1e6})
			for k := range 3 {
				s := &r.Samples[len(r.Samples)-1-k]
				s.Cell, s.Of = i, c
			}
		}
	}
	want := []string{
		"phases-100-8-constant-density", "taxes-100-8-constant-density", "phases-100-8-constant-density-2", "taxes-100-8-constant-density-2",
		"phases-100-8-fixed-volume", "taxes-100-8-fixed-volume", "phases-1000-8-constant-density", "taxes-1000-8-constant-density",
		"scaling-8-constant-density",
	}
	rep := r.report(t)
	if got := names(figuresOf(rep)); !slices.Equal(got, want) {
		t.Errorf("got the figures %v, want %v", got, want)
	}
	if got := tablesOf(rep)[1].Title; got != "100 boids, 8 neighbours, constant density (2)" {
		t.Errorf("got the title %q", got)
	}
}

// A native arm shows its own numbers, no tax over direct, and says why.
func TestNativeArmsSayWhyTheyHaveNoTax(t *testing.T) {
	rep := drawn(3, []int{1000}, "direct", "direct#aa", "shm:park", "shm:park@native").report(t)
	table := tablesOf(rep)[0]
	var cells []string
	for _, cell := range table.Rows[3] {
		cells = append(cells, cell.Text)
	}
	if cells[3] != report.Absent || cells[5] != report.Absent || cells[1] == report.Absent || cells[2] == report.Absent || cells[4] == report.Absent {
		t.Errorf("got the row %q, want no differential and no latency tax, and all else", cells)
	}
	notes := strings.Join(table.Notes, " ")
	if !strings.Contains(notes, "compare engines, not transports") || !strings.Contains(notes, "shm:park@native ") {
		t.Errorf("got the notes %q", notes)
	}
	if data := string(encode(t, rep.Data[1])); !strings.Contains(data, "shm:park@native,3,engine,cpu,") {
		t.Errorf("what the engine saves is not in\n%s", data)
	}
}

// The reference run's report says what the published one does, figures included.
func TestReferenceReportSaysTheSame(t *testing.T) {
	_, rep := reference(t)
	checkReport(t, rep)
	folder := filepath.Join("..", "..", "reports", "reference")
	index, err := os.ReadFile(filepath.Join(folder, "index.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range rep.Sections[len(rep.Sections)-1].Blocks[1].(report.List) {
		if !strings.Contains(string(index), line) {
			t.Errorf("%q was not published", line)
		}
	}
	if len(rep.Notes) > 0 {
		t.Errorf("got the notes %q", rep.Notes)
	}
	for _, f := range figuresOf(rep) {
		svg, err := os.ReadFile(filepath.Join(folder, f.Name+".svg"))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, text := range append(texts(f), f.Title, f.Subtitle) {
			if !strings.Contains(string(svg), ">"+text+"</text>") {
				t.Errorf("%s: %q was not published", f.Name, text)
			}
		}
	}
	if got := fmt.Sprint(len(figuresOf(rep))); got != "17" {
		t.Errorf("got %s figures, want 17", got)
	}
}

// texts returns what a figure says of its rows.
func texts(f *report.Figure) (all []string) {
	switch {
	case f.Bars != nil:
		for _, row := range f.Bars.Rows {
			all = append(all, row.Label)
		}
		for _, part := range f.Bars.Parts {
			all = append(all, part.Name)
		}
	case f.Intervals != nil:
		all = append(all, f.Intervals.Rows...)
		for _, p := range f.Intervals.Panels {
			for _, dot := range p.Dots {
				all = append(all, dot.Text)
			}
		}
	case f.Densities != nil:
		for _, row := range f.Densities.Rows {
			all = append(all, row.Label, row.Text)
		}
	case f.Lines != nil:
		for _, s := range f.Lines.Series {
			all = append(all, s.Name)
		}
	}
	return all
}
