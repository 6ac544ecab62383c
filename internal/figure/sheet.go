package figure

import (
	"image/color"
	"math"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/copytax/copytax/experiment/report"
)

const (
	// pageWidth is the width of every figure in pixels: what a README shows
	// without scaling it.
	pageWidth     = 900
	pixelsPerInch = 96
	pixel         = vg.Inch / pixelsPerInch
)

// A sheet is a canvas in pixels with the origin at its top left. Everything that
// is drawn goes through it.
type sheet struct {
	canvas draw.Canvas
	height float64
	fonts  *typeface
}

// A typeface is the font of all figures. It measures the same on every
// machine, because the font is compiled in.
type typeface struct{ cache *font.Cache }

func newTypeface() *typeface { return &typeface{cache: font.NewCache(liberation.Collection())} }

// A style is how a text looks. The zero value is normal text, black, its left
// end at the given place.
type style struct {
	size  float64 // pixels; 0 means textSize
	bold  bool
	ink   report.Colour
	align float64 // 0 left, 0.5 centred, 1 right
}

const (
	titleSize = 17
	textSize  = 13
	smallSize = 11.5
)

func (t *typeface) face(s style) font.Face {
	if s.size == 0 {
		s.size = textSize
	}
	f := font.Font{Typeface: "Liberation", Variant: "Sans"}
	if s.bold {
		f.Weight = xfont.WeightBold
	}
	return t.cache.Lookup(f, vg.Length(s.size)*pixel)
}

// width returns the width of text in pixels.
func (t *typeface) width(text string, s style) float64 {
	face := t.face(s)
	return float64(face.Width(text) / pixel)
}

// wrap breaks text into lines of at most width pixels, at spaces
// that may be broken.
func (t *typeface) wrap(text string, s style, width float64) []string {
	var lines []string
	line := ""
	for word := range strings.SplitSeq(text, " ") {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && t.width(longer, s) > width {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	return append(lines, line)
}

func (s *sheet) at(x, y float64) vg.Point {
	return vg.Point{X: vg.Length(x) * pixel, Y: vg.Length(s.height-y) * pixel}
}

// text writes text with its baseline at y.
func (s *sheet) text(x, y float64, text string, st style) {
	x -= st.align * s.fonts.width(text, st)
	s.canvas.SetColor(rgb(st.ink, 0xff))
	s.canvas.FillString(s.fonts.face(st), s.at(x, y), text)
}

// A point is a place on a sheet, in pixels.
type point struct{ x, y float64 }

func (s *sheet) path(points []point) []vg.Point {
	path := make([]vg.Point, len(points))
	for i, q := range points {
		path[i] = s.at(q.x, q.y)
	}
	return path
}

// polygon fills a closed shape.
func (s *sheet) polygon(ink color.Color, points ...point) { s.canvas.FillPolygon(ink, s.path(points)) }

// rect fills a rectangle given by its top left corner.
func (s *sheet) rect(ink report.Colour, x, y, w, h float64) {
	s.polygon(rgb(ink, 0xff), point{x, y}, point{x + w, y}, point{x + w, y + h}, point{x, y + h})
}

// line draws a line through points; dash is nil for a solid one.
func (s *sheet) line(ink report.Colour, width float64, dash []vg.Length, points ...point) {
	s.canvas.StrokeLines(draw.LineStyle{Color: rgb(ink, 0xff), Width: vg.Length(width) * pixel, Dashes: dash}, s.path(points))
}

// A shape is the form of a mark.
type shape int

const (
	circle shape = iota
	square
	triangle
	diamond
	cross
)

// mark draws a mark of about radius r; a hollow one has a white inside.
func (s *sheet) mark(kind shape, ink report.Colour, x, y, r float64, hollow bool) {
	if kind == cross {
		r *= 0.9
		s.line(ink, 1.8, nil, point{x - r, y - r}, point{x + r, y + r})
		s.line(ink, 1.8, nil, point{x - r, y + r}, point{x + r, y - r})
		return
	}
	outline := outlineOf(kind, x, y, r)
	if !hollow {
		s.polygon(rgb(ink, 0xff), outline...)
		return
	}
	s.polygon(color.White, outline...)
	s.line(ink, 1.6, nil, append(outline, outline[0], outline[1])...)
}

// beyond draws a triangle at the edge of a plot: something lies farther in the
// direction, of length 1, in which it points.
func (s *sheet) beyond(ink report.Colour, edge, direction point) {
	const reach, half = 9, 5
	tip := point{edge.x + 4*direction.x, edge.y + 4*direction.y}
	base := point{tip.x - reach*direction.x, tip.y - reach*direction.y}
	s.polygon(rgb(ink, 0xff), tip, point{base.x + half*direction.y, base.y + half*direction.x}, point{base.x - half*direction.y, base.y - half*direction.x})
}

func outlineOf(kind shape, x, y, r float64) []point {
	var points []point
	corners, turn, size := 24, 0.0, r
	switch kind {
	case square:
		corners, turn, size = 4, math.Pi/4, r*1.25
	case triangle:
		corners, turn, size = 3, -math.Pi/2, r*1.3
	case diamond:
		corners, size = 4, r*1.3
	}
	for i := range corners {
		sin, cos := math.Sincos(turn + 2*math.Pi*float64(i)/float64(corners))
		points = append(points, point{x + size*cos, y + size*sin})
	}
	return points
}
