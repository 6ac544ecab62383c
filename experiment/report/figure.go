package report

// A Figure is a picture, as what it shows. Exactly one of the plots is set.
type Figure struct {
	Name     string `json:"name"` // of its files, without extension; unique in the run's report
	Title    string `json:"title"`
	Subtitle string `json:"subtitle"`
	Caption  string `json:"caption"`        // what is particular to it; how much data it rests on comes behind
	Data     string `json:"data,omitempty"` // Name of the Data that it is drawn from, if there is one

	Lines     *Lines     `json:"-"`
	Bars      *Bars      `json:"-"`
	Intervals *Intervals `json:"-"`
	Densities *Densities `json:"-"`
}

// An Axis is one axis of a plot. Numbers on it are formatted by the unit that
// ends its label: ", ns", ", bytes", or none.
type Axis struct {
	Label string
	Log   bool
}

// Lines are series over a quantity, a line a series with its name at its end.
type Lines struct {
	X, Y   Axis
	Series []Series
	// Apart shifts the series sideways by a few dots, so that intervals at one x
	// can be told apart.
	Apart bool
	// Guides says that the series are known at their points alone. Between these thin
	// dots lead the eye, and no curve is drawn.
	Guides bool
	Tall   bool // more room, for many series
}

// A Series is a line. Low and High are the ends of the intervals, empty if there
// are none; else all four are equally long. Points that cannot be drawn, such as
// NaN or a zero on a logarithmic axis, are left out.
type Series struct {
	Name      string
	X, Y      []float64
	Low, High []float64
}

// Bars are stacked bars, a row each, with a text at its end.
type Bars struct {
	X     string // what the axis shows, with its unit
	Ends  string // what the texts at the right are
	Share bool   // each bar is drawn as shares of its sum, in percent
	Parts []Part
	Rows  []Bar
}

// A Part is one colour of all bars.
type Part struct {
	Name   string
	Colour Colour
}

// A Colour is 0xRRGGBB.
type Colour uint32

// A Bar is one row: a value a part, in the order of the parts. Values below zero
// are drawn as nothing.
type Bar struct {
	Label  string
	Values []float64
	Text   string
}

// Intervals are dots with whiskers in panels side by side, the same rows in each.
type Intervals struct {
	Rows   []string
	Panels []Panel
}

// A Panel is one column of dots. Values are shown in percent, from at least −100
// to 100.
type Panel struct {
	Name, Formula string
	Floor         float64 // half the width of the grey band around zero, as a share; NaN for none
	Dots          []Dot   // one a row
}

// A Dot is one value, as a share, with its interval.
type Dot struct {
	Value, Low, High float64 // NaN where there is none; without a value there is only the text
	Text             string
	Hollow           bool // not known to differ from zero
}

// Densities are the distributions of rows on one logarithmic axis: filled
// densities with marks.
type Densities struct {
	X     string // what the axis shows, with its unit
	Ends  string // what the texts at the right are
	Marks []string
	Rows  []Density
}

// A Density is one row, in the unit of the axis.
type Density struct {
	Label   string
	Buckets [][2]float64 // upper edge and count
	Marks   []float64    // in the order of the names; NaN for none
	Text    string
}
