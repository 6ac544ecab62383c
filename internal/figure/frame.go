package figure

// The frame of every figure: title, subtitle, caption; and what plots share.

const (
	margin    = 14 // pixels, at all edges
	headRoom  = 58 // pixels that title and subtitle take, on one line each
	titleLine = 21 // pixels between the lines of a title
	lineSpace = 15 // pixels between the lines of a caption, or of a subtitle
	axisRoom  = 40 // numbers and label below an axis
	legendRow = 24
)

// A layout is a figure's text and the room that it leaves.
type layout struct {
	title, subtitle, caption []string // lines
	top                      float64  // pixel at which the body starts
}

func newLayout(fonts *typeface, title, subtitle, caption string) layout {
	const width = pageWidth - 2*margin
	l := layout{
		title: fonts.wrap(title, titleStyle(), width), subtitle: fonts.wrap(subtitle, style{}, width),
		caption: fonts.wrap(caption, quiet(0), width),
	}
	l.top = headRoom + titleLine*float64(len(l.title)-1) + lineSpace*float64(len(l.subtitle)-1)
	return l
}

func titleStyle() style { return style{size: titleSize, bold: true} }

// quiet is the style of captions and of all that stands at an axis.
func quiet(align float64) style { return style{size: smallSize, ink: muted, align: align} }

// height returns the height of a figure whose body takes body pixels.
func (l layout) height(body float64) float64 {
	return l.top + body + 12 + lineSpace*float64(len(l.caption)) + margin/2
}

func (l layout) draw(s *sheet) {
	for i, line := range l.title {
		s.text(margin, 26+titleLine*float64(i), line, titleStyle())
	}
	y := 46 + titleLine*float64(len(l.title)-1)
	for i, line := range l.subtitle {
		s.text(margin, y+lineSpace*float64(i), line, style{ink: muted})
	}
	y = s.height - margin/2 - lineSpace*float64(len(l.caption)-1) - 4
	for i, line := range l.caption {
		s.text(margin, y+lineSpace*float64(i), line, quiet(0))
	}
}

// labelColumn returns the right end of a column of row labels.
func (t *typeface) labelColumn(labels []string) float64 { return margin + t.widest(labels, style{}) }

func (t *typeface) widest(texts []string, s style) float64 {
	widest := 0.0
	for _, text := range texts {
		widest = max(widest, t.width(text, s))
	}
	return widest
}

// grid draws the lines and the numbers of a horizontal axis below rows from top
// to bottom, and its label.
func (s *sheet) grid(axis scale, ticks []float64, label string, top, bottom float64) {
	for _, v := range ticks {
		s.line(gridline, 1, nil, point{axis.at(v), top}, point{axis.at(v), bottom + 4})
		s.text(axis.at(v), bottom+18, quantity(label, v), quiet(0.5))
	}
	s.text((axis.start+axis.end)/2, bottom+34, axisName(label, axis.log), quiet(0.5))
}
