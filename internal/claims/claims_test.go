package claims

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/internal/doc"
)

// holding says which verdict the k-th of so many cases should get.
type holding func(k, of int) stats.Holding

func always(h stats.Holding) holding { return func(int, int) stats.Holding { return h } }

// parts makes up reports from which every case of a claim gets the verdict that is
// asked for.
func parts(c Claim, want holding) []doc.Part {
	m, count, k := maker{}, 0, 0
	for _, g := range c.Groups {
		count += len(g.Cases)
	}
	for _, g := range c.Groups {
		for _, one := range g.Cases {
			switch by := one.By.(type) {
			case bound:
				m.row(by.of, estimate(by, want(k, count)))
			case reached:
				m.part(by.experiment).Sections = append(m.part(by.experiment).Sections, report.Section{Blocks: []report.Block{
					report.Paragraph("words"), report.Verdicts{{Claim: by.claim + " and so on", Measured: "so much", Test: test(want(k, count))}},
				}})
			}
			k++
		}
	}
	return m
}

type maker []doc.Part

func (m *maker) part(name string) *report.Report {
	i := slices.IndexFunc(*m, func(p doc.Part) bool { return p.Name == name })
	if i < 0 {
		i, *m = len(*m), append(*m, doc.Part{Name: name, Report: &report.Report{}})
	}
	return (*m)[i].Report
}

// row adds a row to the file that a number is in, beside one that is none of its.
func (m *maker) row(n Number, e stats.Estimate) {
	r := m.part(n.Experiment)
	i := slices.IndexFunc(r.Data, func(d report.Data) bool { return d.Name == n.File })
	if i < 0 {
		d := report.Data{Name: n.File}
		for pair := range slices.Chunk(n.Row, 2) {
			d.Columns = append(d.Columns, report.DataColumn{Name: pair[0]})
		}
		d.Columns = append(d.Columns, report.DataColumn{Name: n.Column})
		d.Rows = [][]any{append(slices.Repeat([]any{"another"}, len(d.Columns)-1), stats.Point(1))}
		i, r.Data = 0, append([]report.Data{d}, r.Data...)
	}
	d := &r.Data[i]
	var row []any
	for _, column := range d.Columns[:len(d.Columns)-1] {
		var value any
		for pair := range slices.Chunk(n.Row, 2) {
			if pair[0] == column.Name {
				value = pair[1]
			}
		}
		row = append(row, value)
	}
	d.Rows = append(d.Rows, append(row, e))
}

// estimate lies on one side of the limit, or around it.
func estimate(b bound, holds stats.Holding) stats.Estimate {
	side, step := 0.0, math.Max(math.Abs(b.at), 0.1)/10
	if holds != stats.Unresolved {
		side = 5
		if (holds == stats.Supported) == b.most {
			side = -5
		}
	}
	var xs []float64
	for i := range 12 {
		xs = append(xs, b.at+step*(side+float64(i)/5.5-1))
	}
	return stats.Center(xs)
}

func test(holds stats.Holding) stats.Test {
	if holds == stats.Unresolved {
		return stats.Open()
	}
	return stats.Counted(holds == stats.Supported)
}

func weigh(t *testing.T, c Claim, want holding) Finding {
	t.Helper()
	got, err := Weigh([]Claim{c}, func(run string) ([]doc.Part, error) { return parts(c, want), nil })
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

// Every claim is supported, refuted or unresolved by data that say so, and depends where
// they say both.
func TestVerdictsFollowTheData(t *testing.T) {
	tested := 0
	for _, c := range List() {
		if c.Untested != "" {
			continue
		}
		tested++
		cases := 0
		for _, g := range c.Groups {
			cases += len(g.Cases)
		}
		for _, want := range []stats.Holding{stats.Supported, stats.Refuted, stats.Unresolved} {
			f := weigh(t, c, always(want))
			if f.Holds != want {
				t.Errorf("%s: got %s of data for %s", c.Text, f.Holds, want)
			}
			for _, found := range slices.Concat(f.Found...) {
				if found.Holds != want || found.Measured == "" {
					t.Errorf("%s: a case is %+v, want %s", c.Text, found, want)
				}
			}
		}
		mixed := func(first, rest stats.Holding) holding {
			return func(k, _ int) stats.Holding {
				if k == 0 {
					return first
				}
				return rest
			}
		}
		if cases == 1 {
			continue
		}
		for _, m := range []struct{ first, rest, want stats.Holding }{
			{stats.Refuted, stats.Supported, Depends}, {stats.Supported, stats.Refuted, Depends},
			{stats.Unresolved, stats.Supported, stats.Unresolved}, {stats.Unresolved, stats.Refuted, stats.Refuted},
		} {
			if got := weigh(t, c, mixed(m.first, m.rest)).Holds; got != m.want {
				t.Errorf("%s: got %s where the first case is %s and the rest are %s, want %s", c.Text, got, m.first, m.rest, m.want)
			}
		}
	}
	if tested < 20 {
		t.Errorf("%d claims are tested, want 20 at least", tested)
	}
}

// All claims on one run are one family; those on another are not in it.
func TestClaimsOnARunAreOneFamily(t *testing.T) {
	number := Number{"flock", "taxes", []string{"arm", "x"}, "value"}
	claim := func(run string, at float64) Claim {
		return Claim{Text: "c", Run: run, Groups: []Group{{Cases: []Case{{By: bound{of: number, at: at, in: percent}}}}}}
	}
	weak := stats.Center([]float64{1, 2, 3, 4, 5, 6, 7, -1}) // p = 0.0156 against 0
	reports := func(string) ([]doc.Part, error) {
		var m maker
		m.row(number, weak)
		return m, nil
	}
	holds := func(claims ...Claim) (all []stats.Holding) {
		got, err := Weigh(claims, reports)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range got {
			all = append(all, f.Holds)
		}
		return all
	}
	if got := holds(claim("a", 0), claim("b", 3)); got[0] != stats.Supported {
		t.Errorf("alone on its run: got %v", got)
	}
	if got := holds(claim("a", 0), claim("a", 3), claim("a", 3.1), claim("a", 3.2)); got[0] != stats.Unresolved {
		t.Errorf("one of four: got %v", got)
	}
}

// What a claim names and no report has is an error that names it.
func TestWhatNoReportHas(t *testing.T) {
	c := Claim{Text: "it is so", Run: "r", Groups: []Group{{Cases: []Case{{By: bound{of: Number{"flock", "taxes", []string{"arm", "x"}, "value"}}}}}}}
	row := func(cells ...any) []doc.Part {
		d := report.Data{Name: "taxes", Columns: []report.DataColumn{{Name: "arm"}, {Name: "value"}}, Rows: [][]any{cells, cells}}
		return []doc.Part{{Name: "flock", Report: &report.Report{Data: []report.Data{d}}}}
	}
	one := row("x", 1.5)
	one[0].Report.Data[0].Rows = one[0].Report.Data[0].Rows[:1]
	for want, has := range map[string][]doc.Part{
		"there is no such file": nil, "0 rows": row("y", 1.0), "2 rows": row("x", 1.0), "value is no estimate": one,
	} {
		if _, err := Weigh([]Claim{c}, func(string) ([]doc.Part, error) { return has, nil }); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "it is so") {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	c.Groups[0].Cases[0].By = reached{"flock", "it"}
	if _, err := Weigh([]Claim{c}, func(string) ([]doc.Part, error) { return one, nil }); err == nil || !strings.Contains(err.Error(), `0 verdicts that begin with "it"`) {
		t.Errorf("got %v, want no verdict", err)
	}
	broken := errors.New("no such run")
	if _, err := Weigh([]Claim{c}, func(string) ([]doc.Part, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

// The list has no claim twice, and every claim rests on a run or says why on none.
func TestList(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range List() {
		if seen[c.Text+c.Metric] {
			t.Errorf("%s: listed twice", c.Text)
		}
		seen[c.Text+c.Metric] = true
		if (c.Run == "") == (c.Untested == "") || c.Run != "" && (len(c.Groups) == 0 || c.Metric == "") {
			t.Errorf("%s: rests on %q, untested because %q", c.Text, c.Run, c.Untested)
		}
	}
}

func TestSummary(t *testing.T) {
	number := func(arm string) Evidence {
		return bound{of: Number{"flock", "taxes", []string{"arm", arm}, "value"}, at: 0.6, in: percent}
	}
	c := Claim{Text: "most is | moving", Run: "r", Metric: "tax", Note: "Beware.", Groups: []Group{
		{Name: "`a`", Cases: []Case{{"100 boids", number("a1")}, {"1,000", number("a2")}}}, {Name: "`b`", Cases: []Case{{"100 boids", number("b")}}},
	}}
	f := weigh(t, c, func(k, _ int) stats.Holding {
		return []stats.Holding{stats.Supported, stats.Unresolved, stats.Refuted}[k]
	})
	got := Summary([]Finding{f, {Claim: Claim{Text: "it idles", Untested: "nobody looked"}}}, "../")
	for _, want := range []string{
		`| most is \| moving | [r](../reports/r/index.md), tax. ` + "`a`: *supported* (100 boids: 90.0 ± 2.7%), *unresolved* (1,000: 60.0 ± 2.7%). `b`: *refuted* (100 boids: 30.0 ± 2.7%). Beware. | **depends** |",
		"\n- it idles: nobody looked.\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwithout %q", got, want)
		}
	}
	if page := Page([]Finding{f}, ""); !strings.Contains(page, "| `b` | 100 boids | 30") || !strings.Contains(page, "| ≥ 60% | refuted |") {
		t.Errorf("got the page\n%s", page)
	}
	many := slices.Repeat([]named{{"x", Found{Measured: "1 s", value: 1}}}, 6)
	many[3] = named{"y", Found{Measured: "3 s", value: 3}}
	for want, cases := range map[string][]named{"6, from x with 1 s to y with 3 s": many, "x, x: 1 s": many[:2], "x: 1 s; y: 3 s": many[2:4]} {
		if got := inWords(cases); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
