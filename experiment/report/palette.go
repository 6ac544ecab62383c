package report

// The colours of Okabe and Ito, which readers with any common colour blindness
// tell apart, and a grey. https://jfly.uni-koeln.de/color/
const (
	Orange    Colour = 0xE69F00
	Sky       Colour = 0x56B4E9
	Green     Colour = 0x009E73
	Yellow    Colour = 0xF0E442
	Blue      Colour = 0x0072B2
	Vermilion Colour = 0xD55E00
	Purple    Colour = 0xCC79A7
	Black     Colour = 0x000000
	Grey      Colour = 0x999999
)

// PhaseColour returns the colour of a phase by its name, the same in all figures.
// Neighbours in a bar differ in lightness as well, so that a grey print can be
// read; the phases of a display are darker shades than those of the processor
// that they follow. A name that it does not know is a light grey.
func PhaseColour(name string) Colour {
	colour, known := map[string]Colour{
		"compute": Blue, "encode": Orange, "copy": Yellow, "send": Vermilion, "wait": Purple, "receive": Sky, "decode": Green,
		"upload": 0x7A4B00, "draw": 0xB3DE69, "present": 0x4B2E83, "residual": Grey, "meter": Black, "pace": 0xF2D5E8,
		"send+wait+receive": 0xB4485A,
	}[name]
	if !known {
		return 0xCCCCCC
	}
	return colour
}
