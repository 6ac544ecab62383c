package render

// The frame of every figure: title, subtitle, caption.

const (
	margin    = 14 // pixels, at all edges
	headRoom  = 58 // pixels that title and subtitle take
	lineSpace = 15 // pixels between the lines of a caption
)

// A layout is a figure's text and the room that it leaves.
type layout struct {
	title, subtitle string
	caption         []string // lines
	top             float64  // pixel at which the body starts
}

func newLayout(fonts *typeface, title, subtitle, caption string) layout {
	return layout{
		title: title, subtitle: subtitle, top: headRoom,
		caption: fonts.wrap(caption, captionStyle(), pageWidth-2*margin),
	}
}

func captionStyle() style { return style{size: smallSize, ink: hex(muted)} }

// height returns the height of a figure whose body takes body pixels.
func (l layout) height(body float64) float64 {
	return l.top + body + 12 + lineSpace*float64(len(l.caption)) + margin/2
}

func (l layout) draw(s *sheet) {
	s.text(margin, 26, l.title, style{size: titleSize, bold: true})
	s.text(margin, 46, l.subtitle, style{ink: hex(muted)})
	y := s.height - margin/2 - lineSpace*float64(len(l.caption)-1) - 4
	for i, line := range l.caption {
		s.text(margin, y+lineSpace*float64(i), line, captionStyle())
	}
}

// labelColumn returns the right end of a column of row labels.
func labelColumn(fonts *typeface, labels []string) float64 {
	widest := 0.0
	for _, label := range labels {
		widest = max(widest, fonts.width(label, style{}))
	}
	return margin + widest
}
