package render

import (
	"image/color"

	"github.com/copytax/copytax"
)

// hex returns an opaque colour from 0xRRGGBB.
func hex(rgb uint32) color.NRGBA {
	return color.NRGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: 0xff}
}

// The colours of Okabe and Ito, which readers with any common colour blindness
// tell apart, and greys. https://jfly.uni-koeln.de/color/
const (
	orange    = 0xE69F00
	sky       = 0x56B4E9
	green     = 0x009E73
	yellow    = 0xF0E442
	blue      = 0x0072B2
	vermilion = 0xD55E00
	purple    = 0xCC79A7
	black     = 0x000000

	ink      = 0x222222 // text that is not the title
	muted    = 0x666666 // captions, axis numbers
	gridline = 0xDDDDDD
	shade    = 0xE4E4E4 // noise floor
	leader   = 0xAAAAAA
)

// phaseColour returns the colour of a phase. Neighbours in a bar differ in
// lightness as well, so that a grey print can be read.
func phaseColour(p copytax.Phase) color.NRGBA {
	return hex([copytax.NumPhases]uint32{
		copytax.Compute: blue, copytax.Encode: orange, copytax.Copy: yellow, copytax.Send: vermilion, copytax.Wait: purple,
		copytax.Receive: sky, copytax.Decode: green, copytax.Residual: 0x999999, copytax.Metering: black,
	}[p])
}

// inkOn returns black or white, whichever can be read on c.
func inkOn(c color.NRGBA) color.Color {
	lightness := 0.299*float64(c.R) + 0.587*float64(c.G) + 0.114*float64(c.B)
	if lightness < 130 {
		return color.White
	}
	return color.Black
}

// A pen tells the i-th line of a chart from the others, by colour, dash and mark.
type pen struct {
	ink  color.NRGBA
	dash []float64
	mark shape
}

// penOf returns the pen of line i. Yellow is left out: it cannot be seen as a
// line on white. Lines with the same colour differ in dash and mark.
func penOf(i int) pen {
	colours := []uint32{black, blue, vermilion, green, purple, orange, sky}
	dashes := [][]float64{nil, {7, 3}, {2, 2}}
	marks := []shape{circle, square, triangle, diamond}
	hue, round := i%len(colours), i/len(colours)
	return pen{ink: hex(colours[hue]), dash: dashes[round%len(dashes)], mark: marks[(hue+round)%len(marks)]}
}
