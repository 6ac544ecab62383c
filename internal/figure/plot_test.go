package figure

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg/recorder"

	"github.com/copytax/copytax/experiment/report"
)

var update = flag.Bool("update", false, "write the goldens under testdata anew")

var nan = math.NaN()

// names are rows of the kinds that occur, from short to long.
func names(n int) []string {
	all := []string{"direct", "direct (A/A)", "shm:spin", "go", "unix+flatbuffers", "http+json", "grpc+protobuf:packed", "tcp+raw",
		"shm:park@native", "chan", "twin", "unix+cbor:object", "wazero-threads", "socket, all of it"}
	return all[:n]
}

// figures returns one figure of every kind with so many rows, and so many points
// where it has any; even ones have intervals.
func figures(rows, points int) []*report.Figure {
	const caption = "Bars are shares of the sum of phases, means over blocks. n\u00a0=\u00a03 to 4 blocks; 95% intervals over blocks. " +
		"Made-up CPU 9000, 2 logical processors, virtual machine (KVM), linux/amd64, go1.26.8. Loopback: no network card is involved."
	return []*report.Figure{
		{Name: "phases", Title: "Where the CPU time goes: 10,000 boids", Subtitle: "Share of each phase, and its total", Caption: caption, Bars: phases(rows)},
		{Name: "physics", Title: "What a boid costs: " + strings.Repeat("a long title ", 12), Subtitle: "Nanoseconds a boid and step", Caption: caption, Bars: physics(rows)},
		{Name: "scaling", Title: "What a tick costs as the world grows", Caption: caption, Lines: scaling(rows, points)},
		{Name: "readers", Title: "Frames published", Caption: "", Lines: readers(rows, points)},
		{Name: "taxes", Title: "The copy tax, three ways", Subtitle: strings.Repeat("below 0: cheaper than direct ", 8), Caption: caption, Intervals: taxes(rows)},
		{Name: "latency", Title: "Latency: 10,000 boids", Subtitle: "µs, logarithmic", Caption: caption, Densities: latency(rows)},
	}
}

func phases(rows int) *report.Bars {
	b := &report.Bars{X: "share of CPU time, %", Ends: "total, µs a tick", Share: true}
	for _, name := range []string{"compute", "encode", "copy", "send", "wait", "receive", "decode", "upload", "draw", "present", "residual", "meter", "never"} {
		b.Parts = append(b.Parts, report.Part{Name: name, Colour: report.PhaseColour(name)})
	}
	for i, name := range names(rows) {
		bar := report.Bar{Label: name, Text: report.Number(math.Pow(7, float64(i)/2)) + " ± 25"}
		for part := range b.Parts {
			bar.Values = append(bar.Values, float64((i*part)%5)*3)
		}
		bar.Values[0], bar.Values[2], bar.Values[12] = 40, -3, 0
		b.Rows = append(b.Rows, bar)
	}
	return b
}

func physics(rows int) *report.Bars {
	b := &report.Bars{X: "ns a boid", Ends: "step, ns a boid", Parts: []report.Part{{Name: "sort", Colour: report.Orange}, {Name: "force", Colour: report.Blue}, {Name: "integration", Colour: report.Green}}}
	for i, name := range names(rows) {
		b.Rows = append(b.Rows, report.Bar{Label: name, Values: []float64{8, 250 / float64(i+1), 40 - 9*float64(i)}, Text: "128 [98.0, 167]"})
	}
	return b
}

// scaling has one interval that reaches below zero, which a logarithm cannot show.
func scaling(rows, points int) *report.Lines {
	l := &report.Lines{X: report.Axis{Label: "boids", Log: true}, Y: report.Axis{Label: "CPU µs a tick", Log: true}, Apart: true, Tall: true}
	for i, name := range names(rows) {
		s := report.Series{Name: name}
		for k := range points {
			y := 20 * float64(i+1) * math.Pow(7, float64(k))
			s.X, s.Y = append(s.X, 100*math.Pow(10, float64(k))), append(s.Y, y)
			s.Low, s.High = append(s.Low, y*0.8), append(s.High, y*1.3)
		}
		s.Low[0] = map[bool]float64{true: -5, false: nan}[i%2 == 0]
		l.Series = append(l.Series, s)
	}
	return l
}

// readers has points that cannot be drawn, and a series with nothing else.
func readers(rows, points int) *report.Lines {
	l := &report.Lines{X: report.Axis{Label: "payload, bytes", Log: rows%2 == 0}, Y: report.Axis{Label: "latency p50, ns"}}
	for i, name := range names(rows) {
		s := report.Series{Name: name, X: []float64{0}, Y: []float64{nan}}
		for k := range 8 * points {
			s.X, s.Y = append(s.X, math.Pow(2, float64(k)/2+6)), append(s.Y, 3e5/float64(k+i+1))
		}
		l.Series = append(l.Series, s)
	}
	l.Series = append(l.Series, report.Series{Name: "nothing", X: []float64{1}, Y: []float64{nan}})
	return l
}

func taxes(rows int) *report.Intervals {
	p := &report.Intervals{Rows: names(rows)}
	for k, name := range []string{"additive", "differential", "latency, p50"} {
		panel := report.Panel{Name: name, Formula: "1 − CPU(direct) ÷ CPU", Floor: []float64{nan, 0.05, 0.3}[k]}
		for i := range rows {
			v := 1 - 0.4*float64(i)*float64(k+1)/3
			d := report.Dot{Value: v, Low: v - 0.1*float64(i), High: min(v+0.1, 1), Text: "12.3 ± 1.2%", Hollow: i%3 == 1}
			switch i % 6 {
			case 4:
				d = report.Dot{Value: nan, Low: nan, High: nan, Text: "reference"}
			case 5:
				d.Low, d.High, d.Text = nan, nan, "−310 [−500, −12]%"
			}
			panel.Dots = append(panel.Dots, d)
		}
		p.Panels = append(p.Panels, panel)
	}
	return p
}

func latency(rows int) *report.Densities {
	p := &report.Densities{X: "latency, µs", Ends: "p50 / p99, µs", Marks: []string{"p50", "p90", "p99", "p99.9", "max"}}
	for i, name := range names(rows) {
		middle := 100 * math.Pow(1.9, float64(i))
		row := report.Density{Label: name, Text: report.Number(middle) + " / " + report.Number(2*middle),
			Marks: []float64{middle, 1.3 * middle, 2 * middle, nan, 4 * middle}}
		for k := -40; k < 80; k++ {
			row.Buckets = append(row.Buckets, [2]float64{middle * math.Pow(1.01, float64(k)), 100 * math.Exp(-float64(k*k)/300)})
		}
		if i == 3 {
			row.Buckets, row.Marks = nil, []float64{nan, nan, nan, nan, nan}
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// A box is what a text covers on a sheet, in pixels.
type box struct {
	text                     string
	left, right, top, bottom float64
}

// boxesOf draws f on a canvas that only notes what is drawn, and returns where
// its texts are.
func boxesOf(t *testing.T, f *report.Figure) (boxes []box, height float64) {
	t.Helper()
	p, err := newPicture(f)
	if err != nil {
		t.Fatal(err)
	}
	var c recorder.Canvas
	p.paint(&c)
	for _, action := range c.Actions {
		a, ok := action.(*recorder.FillString)
		if !ok {
			continue
		}
		face := p.fonts.cache.Lookup(a.Font, a.Size)
		x, y, size := float64(a.Point.X/pixel), p.pixels()-float64(a.Point.Y/pixel), float64(a.Size/pixel)
		// Of a line of text, what capitals and digits cover.
		boxes = append(boxes, box{a.String, x, x + float64(face.Width(a.String)/pixel), y - 0.74*size, y + 0.05*size})
	}
	return boxes, p.pixels()
}

func (b box) meets(o box) bool {
	return b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom
}

// TestTextsKeepApart draws figures of many shapes and looks for texts that
// overlap or leave the page.
func TestTextsKeepApart(t *testing.T) {
	texts := 0
	for rows := 1; rows <= 14; rows++ {
		for points := 1; points <= 4; points++ {
			for _, f := range figures(rows, points) {
				boxes, height := boxesOf(t, f)
				texts += len(boxes)
				checkBoxes(t, fmt.Sprintf("%s with %d rows, %d points", f.Name, rows, points), height, boxes)
			}
		}
	}
	if texts < 10000 {
		t.Errorf("got %d texts, want at least 10,000: the search is broken", texts)
	}
}

func checkBoxes(t *testing.T, name string, height float64, boxes []box) {
	t.Helper()
	for i, b := range boxes {
		if b.left < 0 || b.right > pageWidth || b.top < 0 || b.bottom > height {
			t.Errorf("%s: %q leaves the page: %+v", name, b.text, b)
		}
		for _, o := range boxes[:i] {
			if b.meets(o) {
				t.Errorf("%s: %q and %q overlap: %+v, %+v", name, b.text, o.text, b, o)
			}
		}
	}
}

func TestOverlapIsFound(t *testing.T) {
	a := box{"a", 0, 10, 0, 10}
	for _, c := range []struct {
		b    box
		want bool
	}{{box{"b", 9, 20, 9, 20}, true}, {box{"b", 10, 20, 0, 10}, false}, {box{"b", 0, 10, 10, 20}, false}, {a, true}} {
		if got := a.meets(c.b); got != c.want {
			t.Errorf("%+v meets %+v: got %v, want %v", a, c.b, got, c.want)
		}
	}
}

// TestFiguresLookAsTheyDid compares pictures, not files: how a PNG is packed
// is no concern of a reader.
func TestFiguresLookAsTheyDid(t *testing.T) {
	for _, f := range figures(6, 3) {
		got, err := PNG(f, 1)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", f.Name+".png")
		var written error
		if *update {
			written = os.WriteFile(path, got, 0o644)
		}
		want, err := os.ReadFile(path)
		if err := errors.Join(written, err); err != nil {
			t.Fatalf("%v (go test -update makes it)", err)
		}
		if d := pictureDifference(t, got, want); d != "" {
			t.Errorf("%s: %s: look at it, and if it is better run go test -update", path, d)
		}
	}
}

// pictureDifference says how two PNG differ. One dot in 5,000 may be of
// another shade: processors round the edges of shapes differently.
func pictureDifference(t *testing.T, a, b []byte) string {
	t.Helper()
	x, y := decode(t, a), decode(t, b)
	if x.Bounds() != y.Bounds() {
		return fmt.Sprintf("got size %v, want %v", x.Bounds(), y.Bounds())
	}
	different := 0
	for v := range x.Bounds().Dy() {
		for u := range x.Bounds().Dx() {
			if shadeDistance(x, y, u, v) > 8 {
				different++
			}
		}
	}
	if total := x.Bounds().Dx() * x.Bounds().Dy(); different*5000 > total {
		return fmt.Sprintf("%d of %d dots differ", different, total)
	}
	return ""
}

func shadeDistance(x, y image.Image, u, v int) float64 {
	r, g, b, _ := x.At(u, v).RGBA()
	s, h, c, _ := y.At(u, v).RGBA()
	most := 0.0
	for _, d := range []float64{float64(r) - float64(s), float64(g) - float64(h), float64(b) - float64(c)} {
		most = max(most, math.Abs(d)/257)
	}
	return most
}

func decode(t *testing.T, b []byte) image.Image {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestPictureDifferenceIsFound makes sure that the comparison of goldens can
// fail: a few percent of one part of one bar are enough for it.
func TestPictureDifferenceIsFound(t *testing.T) {
	draw := func(change float64) []byte {
		f := figures(6, 3)[0]
		f.Bars.Rows[2].Values[0] *= change
		b, err := PNG(f, 1)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if pictureDifference(t, draw(1), draw(1)) != "" {
		t.Error("the same picture differs from itself")
	}
	if pictureDifference(t, draw(1), draw(1.05)) == "" {
		t.Error("other shares of compute: got no difference")
	}
}

// The same figure gives the same bytes, in both formats.
func TestSameFigureSameBytes(t *testing.T) {
	for i := range figures(3, 2) {
		var drawn [2][2][]byte
		for k := range drawn {
			f := figures(3, 2)[i]
			svg, errS := SVG(f)
			png, errP := PNG(f, Sharp)
			if errS != nil || errP != nil {
				t.Fatal(errS, errP)
			}
			drawn[k] = [2][]byte{svg, png}
		}
		if !bytes.Equal(drawn[0][0], drawn[1][0]) || !bytes.Equal(drawn[0][1], drawn[1][1]) || !bytes.Contains(drawn[0][0], []byte("<svg")) {
			t.Errorf("figure %d: two drawings differ, or it is no SVG", i)
		}
	}
}

// What an interval loses at the edge of a plot is marked and said.
func TestCutIntervalsAreSaid(t *testing.T) {
	for _, c := range []struct {
		low  float64
		log  bool
		want bool
	}{{5, true, false}, {0.5, true, true}, {-3, true, true}, {-3, false, false}, {nan, true, false}} {
		p := newLines(&report.Lines{Y: report.Axis{Log: c.log}, Series: []report.Series{{X: []float64{1}, Y: []float64{10}, Low: []float64{c.low}, High: []float64{12}}}})
		if got := p.isCut; got != c.want || !(p.lo > 0 || !c.log) {
			t.Errorf("low %v, log %v: got cut %v on an axis from %v, want %v", c.low, c.log, got, p.lo, c.want)
		}
	}
}

// Empty plots are drawn, and those that make no sense are refused.
func TestOddFigures(t *testing.T) {
	for name, f := range map[string]*report.Figure{
		"no series": {Lines: &report.Lines{}}, "no bars": {Bars: &report.Bars{}}, "no intervals": {Intervals: &report.Intervals{}},
		"no densities": {Densities: &report.Densities{}}, "zeros": {Bars: &report.Bars{Parts: make([]report.Part, 1), Rows: []report.Bar{{Values: []float64{0}}}}},
		"constant": {Lines: &report.Lines{Series: []report.Series{{X: []float64{0}, Y: []float64{0}}}}},
	} {
		if _, err := SVG(f); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for want, f := range map[string]*report.Figure{
		"got 0 plots": {}, "got 2 plots": {Lines: &report.Lines{}, Bars: &report.Bars{}},
		"y of a: got 0":      {Lines: &report.Lines{Series: []report.Series{{Name: "a", X: []float64{1}}}}},
		"values of a: got 1": {Bars: &report.Bars{Rows: []report.Bar{{Label: "a", Values: []float64{1}}}}},
		"dots of a: got 0":   {Intervals: &report.Intervals{Rows: []string{"x"}, Panels: []report.Panel{{Name: "a"}}}},
		"marks of a: got ":   {Densities: &report.Densities{Rows: []report.Density{{Label: "a", Marks: []float64{1}}}}},
	} {
		if _, err := SVG(f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct{ heights, want []float64 }{
		{[]float64{10, 50, 90}, []float64{10, 50, 90}},
		{[]float64{50, 50}, []float64{45, 55}},
		{[]float64{0, 1, 2}, []float64{0, 10, 20}},
		{[]float64{98, 99, 100}, []float64{80, 90, 100}},
		{[]float64{40, 41, 52, 90}, []float64{34.333333, 44.333333, 54.333333, 90}},
	} {
		got := spread(c.heights, 10, 0, 100)
		for i := range got {
			if len(got) != len(c.want) || math.Abs(got[i]-c.want[i]) > 1e-5 {
				t.Errorf("spread %v: got %v, want %v", c.heights, got, c.want)
				break
			}
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		got, want []float64
	}{
		{scale{lo: -100, hi: 100}.linearTicks(5), []float64{-100, -50, 0, 50, 100}},
		{scale{lo: -3, hi: 100}.linearTicks(5), []float64{0, 25, 50, 75, 100}},
		{scale{lo: 0, hi: 100}.linearTicks(6), []float64{0, 20, 40, 60, 80, 100}},
		{scale{lo: 0, hi: 0.004}.linearTicks(5), []float64{0, 0.001, 0.002, 0.003, 0.004}},
		{scale{lo: 8, hi: 300, log: true}.logTicks(6)[0], []float64{10, 20, 50, 100, 200}},
		{scale{lo: 0.5, hi: 2e6, log: true}.logTicks(8)[0], []float64{1, 10, 100, 1000, 10000, 100000, 1000000}},
		{scale{lo: 0.5, hi: 2e6, log: true}.logTicks(4)[0], []float64{1, 100, 10000, 1000000}},
	} {
		if !slices.EqualFunc(c.got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9*math.Abs(b)+1e-12 }) {
			t.Errorf("got ticks %v, want %v", c.got, c.want)
		}
	}
}

func TestQuantities(t *testing.T) {
	for _, c := range []struct {
		label string
		v     float64
		want  string
	}{{"latency, ns", 1000, "1 µs"}, {"latency, ns", 2.5e6, "2.5 ms"}, {"payload, bytes", 4096, "4 KiB"}, {"latency, µs", 1500, "1,500"}, {"share, %", -50, "−50"}} {
		if got := quantity(c.label, c.v); got != c.want {
			t.Errorf("%v of %q: got %q, want %q", c.v, c.label, got, c.want)
		}
	}
}

// TestPensDiffer makes sure that no two lines of a chart look the same, and no
// two phases.
func TestPensDiffer(t *testing.T) {
	for i := range 20 {
		for j := range i {
			a, b := penOf(i), penOf(j)
			if a.ink == b.ink && (slices.Equal(a.dash, b.dash) || a.mark == b.mark) {
				t.Errorf("lines %d and %d have the same colour, and the same dash or mark", i, j)
			}
		}
	}
	seen := map[report.Colour]string{}
	for _, part := range phases(1).Parts {
		if other, ok := seen[part.Colour]; ok {
			t.Errorf("%s and %s have the same colour", part.Name, other)
		}
		seen[part.Colour] = part.Name
	}
}

// A cut interval has a triangle at the edge, and a series that is known at its points alone
// has dots between them and no curve.
func TestCutsAndGuidesAreDrawn(t *testing.T) {
	of := func(low float64, guides bool) string {
		svg, err := SVG(&report.Figure{Title: "t", Lines: &report.Lines{
			Y: report.Axis{Log: true}, Guides: guides,
			Series: []report.Series{{Name: "s", X: []float64{1, 2}, Y: []float64{10, 10}, Low: []float64{low, 9}, High: []float64{12, 12}}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		return string(svg)
	}
	paths := func(s string) int { return strings.Count(s, "<path") }
	if whole, cut := of(9, false), of(0.5, false); paths(cut) <= paths(whole) || !strings.Contains(cut, "A triangle at the edge") || strings.Contains(whole, "A triangle at the edge") {
		t.Errorf("%d paths with an interval that is cut, %d with a whole one", paths(cut), paths(whole))
	}
	if curve, dots := of(9, false), of(9, true); strings.Contains(curve, "stroke-dasharray") || !strings.Contains(dots, "stroke-dasharray") {
		t.Error("a guide is no dotted line, or a curve is")
	}
}
