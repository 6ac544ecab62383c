package render

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gonum.org/v1/plot/vg/recorder"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/store"
)

func updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the goldens under testdata anew")
	flag.Parse()
	os.Exit(m.Run())
}

func reportOf(t *testing.T, r *store.Results) *report {
	t.Helper()
	rep, err := newReport(r)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// A box is what a text covers on a sheet, in pixels.
type box struct {
	text                     string
	left, right, top, bottom float64
}

// boxesOf draws f on a canvas that only notes what is drawn, and returns where
// its texts are.
func boxesOf(f figure, fonts *typeface) []box {
	var c recorder.Canvas
	f.paint(&c, fonts)
	var boxes []box
	for _, action := range c.Actions {
		a, ok := action.(*recorder.FillString)
		if !ok {
			continue
		}
		face := fonts.cache.Lookup(a.Font, a.Size)
		x, y, size := float64(a.Point.X/pixel), f.height-float64(a.Point.Y/pixel), float64(a.Size/pixel)
		// Of a line of text, what capitals and digits cover.
		boxes = append(boxes, box{a.String, x, x + float64(face.Width(a.String)/pixel), y - 0.74*size, y + 0.05*size})
	}
	return boxes
}

func (b box) meets(o box) bool {
	return b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom
}

// TestTextsKeepApart draws every figure of runs of many shapes and looks for
// texts that overlap or leave the page.
func TestTextsKeepApart(t *testing.T) {
	sizes := []int{100, 1000, 10000, 100000}
	texts := 0
	for _, arms := range []int{1, 3, 9, 14} {
		for n := 1; n <= len(sizes); n++ {
			for _, blocks := range []int{1, 3} {
				c := recipe{arms: arms, sizes: sizes[:n], blocks: blocks, ticks: 60, fail: arms == 9, twoMode: arms == 3}
				r := reportOf(t, synthesize(c))
				for _, f := range r.figures() {
					boxes := boxesOf(f, r.fonts)
					texts += len(boxes)
					checkBoxes(t, fmt.Sprintf("%s of %+v", f.name, c), f.height, boxes)
				}
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

// goldenRun is small, and has one of everything: an arm that is cheaper than
// direct, one that cannot be told from it, a failed trial, intervals.
func goldenRun() *store.Results {
	return synthesize(recipe{arms: 6, sizes: []int{100, 10000}, blocks: 4, ticks: 120, fail: true})
}

// TestFiguresLookAsTheyDid compares pictures, not files: how a PNG is packed
// is no concern of a reader.
func TestFiguresLookAsTheyDid(t *testing.T) {
	r := reportOf(t, goldenRun())
	drawn := 0
	for _, f := range r.figures() {
		if !slices.Contains([]string{"phases-10000", "taxes-10000", "latency-10000", "scaling"}, f.name) {
			continue
		}
		drawn++
		got, err := f.png(r.fonts, pixelsPerInch)
		if err != nil {
			t.Fatal(err)
		}
		compareWithGolden(t, filepath.Join("testdata", f.name+".png"), got, func(want []byte) string {
			return pictureDifference(t, got, want)
		})
	}
	if drawn != 4 {
		t.Errorf("got %d figures, want 4", drawn)
	}
}

// compareWithGolden fails when difference, given the golden, finds one. With
// -update it replaces the golden instead.
func compareWithGolden(t *testing.T, path string, got []byte, difference func(want []byte) string) {
	t.Helper()
	if updating() {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update makes it)", err)
	}
	if d := difference(want); d != "" {
		t.Errorf("%s: %s: look at it, and if it is better run go test -update", path, d)
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
// fail: one tenth of a percent in one bar is enough for it.
func TestPictureDifferenceIsFound(t *testing.T) {
	one, other := goldenRun(), goldenRun()
	for i := range other.Samples {
		if cpu := other.Samples[i].CPUNS; cpu != nil {
			cpu[copytax.Encode.String()] *= 1.05
		}
	}
	draw := func(r *store.Results) []byte {
		rep := reportOf(t, r)
		for _, f := range rep.figures() {
			if f.name == "phases-10000" {
				b, err := f.png(rep.fonts, pixelsPerInch)
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
		}
		t.Fatal("no figure phases-10000")
		return nil
	}
	if pictureDifference(t, draw(one), draw(one)) != "" {
		t.Error("the same picture differs from itself")
	}
	if pictureDifference(t, draw(one), draw(other)) == "" {
		t.Error("other shares of encode: got no difference")
	}
}
