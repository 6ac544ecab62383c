package kernel

import (
	"bytes"
	"fmt"
	"image/color"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgsvg"
)

const (
	pageWidth = 900 // pixels, that of all figures of the project
	pixel     = vg.Inch / 96
	margin    = 14 // pixels, at all edges

	titleSize = 17
	textSize  = 13
	smallSize = 11.5
)

// rgb returns an opaque colour from 0xRRGGBB.
func rgb(code uint32) color.NRGBA {
	return color.NRGBA{R: uint8(code >> 16), G: uint8(code >> 8), B: uint8(code), A: 0xff}
}

const (
	muted    = 0x666666 // captions, axis numbers
	gridline = 0xDDDDDD
)

// A sheet is a canvas in pixels with the origin at its top left. The typeface
// is compiled in, so that a figure is the same on every machine.
type sheet struct {
	canvas vg.Canvas
	height float64
	fonts  *font.Cache
}

// A style is how a text looks. The zero value is normal text, black, its left
// end at the given place.
type style struct {
	size  float64     // pixels; 0 means textSize
	bold  bool        // heavier
	ink   color.Color // nil means black
	align float64     // 0 left, 0.5 centred, 1 right
}

func face(fonts *font.Cache, st style) font.Face {
	if st.size == 0 {
		st.size = textSize
	}
	f := font.Font{Typeface: "Liberation", Variant: "Sans"}
	if st.bold {
		f.Weight = xfont.WeightBold
	}
	return fonts.Lookup(f, vg.Length(st.size)*pixel)
}

// textWidth returns the width of a text in pixels.
func textWidth(fonts *font.Cache, text string, st style) float64 {
	f := face(fonts, st)
	return float64(f.Width(text) / pixel)
}

// wrap breaks text into lines of at most width pixels, at spaces.
func wrap(fonts *font.Cache, text string, st style, width float64) []string {
	var lines []string
	line := ""
	for word := range strings.SplitSeq(text, " ") {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && textWidth(fonts, longer, st) > width {
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
	if st.ink == nil {
		st.ink = color.Black
	}
	s.canvas.SetColor(st.ink)
	s.canvas.FillString(face(s.fonts, st), s.at(x-st.align*textWidth(s.fonts, text, st), y), text)
}

// rect fills a rectangle given by its top left corner.
func (s *sheet) rect(ink color.Color, x, y, w, h float64) {
	var p vg.Path
	p.Move(s.at(x, y))
	p.Line(s.at(x+w, y))
	p.Line(s.at(x+w, y+h))
	p.Line(s.at(x, y+h))
	p.Close()
	s.canvas.SetColor(ink)
	s.canvas.Fill(p)
}

// line draws a vertical line.
func (s *sheet) line(ink color.Color, width, x, top, bottom float64) {
	var p vg.Path
	p.Move(s.at(x, top))
	p.Line(s.at(x, bottom))
	s.canvas.SetColor(ink)
	s.canvas.SetLineWidth(vg.Length(width) * pixel)
	s.canvas.SetLineDash(nil, 0)
	s.canvas.Stroke(p)
}

// svg draws a figure of the given height as an SVG document.
func svg(height float64, draw func(*sheet)) ([]byte, error) {
	c := vgsvg.NewWith(vgsvg.UseWH(pageWidth*pixel, vg.Length(height)*pixel))
	s := &sheet{canvas: c, height: height, fonts: font.NewCache(liberation.Collection())}
	s.rect(color.White, 0, 0, pageWidth, height) // on a dark page as well: the colours were chosen for it
	draw(s)
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("draw a figure: %w", err)
	}
	// A viewer without Liberation Sans takes one of the same widths.
	return bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"),
		[]byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;")), nil
}
