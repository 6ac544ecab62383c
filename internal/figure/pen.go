package figure

import (
	"image/color"

	"gonum.org/v1/plot/vg"

	"github.com/copytax/copytax/experiment/report"
)

// Greys beside the colours of the data.
const (
	ink      report.Colour = 0x222222 // text that is not the title
	muted    report.Colour = 0x666666 // captions, axis numbers
	gridline report.Colour = 0xDDDDDD
	shade    report.Colour = 0xE4E4E4 // a noise floor
	leader   report.Colour = 0xAAAAAA
	white    report.Colour = 0xFFFFFF
)

// rgb returns a colour with an opacity from 0 to 255.
func rgb(c report.Colour, opacity uint8) color.NRGBA {
	return color.NRGBA{R: uint8(c >> 16), G: uint8(c >> 8), B: uint8(c), A: opacity}
}

// inkOn returns black or white, whichever can be read on c.
func inkOn(c report.Colour) report.Colour {
	of := rgb(c, 0xff)
	if 0.299*float64(of.R)+0.587*float64(of.G)+0.114*float64(of.B) < 130 {
		return white
	}
	return report.Black
}

// A pen tells the i-th line of a chart from the others, by colour, dash and mark.
type pen struct {
	ink  report.Colour
	dash []vg.Length
	mark shape
}

// penOf returns the pen of line i. Yellow is left out: it cannot be seen as a
// line on white. Lines with the same colour differ in dash and mark.
func penOf(i int) pen {
	colours := []report.Colour{report.Black, report.Blue, report.Vermilion, report.Green, report.Purple, report.Orange, report.Sky}
	dashes := [][]vg.Length{nil, {7 * pixel, 3 * pixel}, {2 * pixel, 2 * pixel}}
	marks := []shape{circle, square, triangle, diamond}
	hue, round := i%len(colours), i/len(colours)
	return pen{ink: colours[hue], dash: dashes[round%len(dashes)], mark: marks[(hue+round)%len(marks)]}
}
