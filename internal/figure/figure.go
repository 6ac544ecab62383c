// Package figure draws what a [report.Figure] shows, as SVG and as PNG.
//
// It computes nothing but positions, and knows no experiment: four plots serve
// all of them. The typeface is compiled in and nothing depends on the machine, so
// the same figure gives the same bytes. Start at [SVG]; each plot is a file.
package figure

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/copytax/copytax/experiment/report"
)

// Sharp is the scale of a PNG that stays crisp on a dense screen.
const Sharp = 2

// A plot is the body of a figure: what stands between its head and its caption.
type plot interface {
	height(*typeface) float64 // pixels
	draw(s *sheet, top float64)
}

// A picture is a figure that is ready to be drawn on any canvas.
type picture struct {
	plot
	layout
	fonts *typeface
}

// SVG returns the figure as an SVG document.
func SVG(f *report.Figure) ([]byte, error) {
	svg, err := drawn(f, func(width, height vg.Length) canvas { return vgsvg.New(width, height) })
	// A viewer without Liberation Sans takes one of the same widths.
	return bytes.ReplaceAll(svg, []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;")), err
}

// PNG returns the figure as a PNG image with so many dots for a pixel in each
// direction.
func PNG(f *report.Figure, scale int) ([]byte, error) {
	return drawn(f, func(width, height vg.Length) canvas {
		return vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(scale*pixelsPerInch))}
	})
}

type canvas interface {
	vg.Canvas
	io.WriterTo
}

// drawn returns the file of a figure on a new canvas.
func drawn(f *report.Figure, on func(width, height vg.Length) canvas) ([]byte, error) {
	p, err := newPicture(f)
	if err != nil {
		return nil, fmt.Errorf("draw figure %s: %w", f.Name, err)
	}
	c := on(pageWidth*pixel, vg.Length(p.pixels())*pixel)
	p.paint(c)
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("draw figure %s: %w", f.Name, err)
	}
	return b.Bytes(), nil
}

func newPicture(f *report.Figure) (picture, error) {
	body, err := plotOf(f)
	if err != nil {
		return picture{}, err
	}
	fonts, subtitle, caption := newTypeface(), f.Subtitle, f.Caption
	if l, ok := body.(*lines); ok {
		subtitle = cmp.Or(subtitle, l.Y.Label+", against "+l.X.Label)
		if l.isCut {
			caption = strings.TrimSpace(caption + " A triangle at the edge of the plot: the interval goes on beyond it.")
		}
	}
	return picture{body, newLayout(fonts, f.Title, subtitle, caption), fonts}, nil
}

// plotOf returns the one plot of a figure. Its lists that belong together must be
// equally long.
func plotOf(f *report.Figure) (plot, error) {
	var plots []func() plot
	var err error
	want := func(got, want int, what, of string) {
		if got != want && err == nil {
			err = fmt.Errorf("%s of %s: got %d values, want %d", what, of, got, want)
		}
	}
	if f.Lines != nil {
		plots = append(plots, func() plot { return newLines(f.Lines) })
		for _, s := range f.Lines.Series {
			want(len(s.Y), len(s.X), "y", s.Name)
			want(len(s.High), len(s.Low), "high", s.Name)
			if len(s.Low) > 0 {
				want(len(s.Low), len(s.X), "low", s.Name)
			}
		}
	}
	if f.Bars != nil {
		plots = append(plots, func() plot { return newBars(f.Bars) })
		for _, r := range f.Bars.Rows {
			want(len(r.Values), len(f.Bars.Parts), "values", r.Label)
		}
	}
	if f.Intervals != nil {
		plots = append(plots, func() plot { return intervals{f.Intervals} })
		for _, p := range f.Intervals.Panels {
			want(len(p.Dots), len(f.Intervals.Rows), "dots", p.Name)
		}
	}
	if f.Densities != nil {
		plots = append(plots, func() plot { return densities{f.Densities} })
		for _, r := range f.Densities.Rows {
			want(len(r.Marks), len(f.Densities.Marks), "marks", r.Label)
		}
	}
	if err == nil && len(plots) != 1 {
		err = fmt.Errorf("got %d plots, want 1", len(plots))
	}
	if err != nil {
		return nil, err
	}
	return plots[0](), nil
}

func (p picture) pixels() float64 { return p.layout.height(p.plot.height(p.fonts)) }

func (p picture) paint(c vg.Canvas) {
	s := &sheet{canvas: draw.Canvas{Canvas: c}, height: p.pixels(), fonts: p.fonts}
	// White on a dark page as well: the colours were chosen for it.
	s.rect(white, 0, 0, pageWidth, s.height)
	p.layout.draw(s)
	p.plot.draw(s, p.top)
}
