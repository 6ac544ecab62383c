package ladder

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// What a viewer in a tab does with a frame: what a renderer would be given, as viewers
// elsewhere; or a picture, from its worker or from the page's own thread. The page is told
// by an option of its config, which is a factor of the cell where it is not the default.
const (
	factorDisplay = "display"
	noDisplay     = "none"
	onCanvas      = "canvas"
	onPage        = "page"
)

// Bounds and default of a canvas, in pixels.
const (
	leastSide, mostSide     = 64, 4096
	usualWidth, usualHeight = 800, 600
)

// A display is what a viewer in a tab shows. Its text is the factor: canvas, or
// canvas:640x360 where the size is not the default.
type display struct {
	on            string
	width, height int // 0 where nothing is drawn
}

// parseDisplay reads what the command line or a factor says.
func parseDisplay(word string) (display, error) {
	on, size, sized := strings.Cut(word, ":")
	d := display{on, usualWidth, usualHeight}
	err := errors.New("no size")
	switch {
	case word == noDisplay:
		return display{on: noDisplay}, nil
	case on != onCanvas && on != onPage:
	case !sized:
		err = nil
	default:
		width, height, _ := strings.Cut(size, "x")
		if d.width, err = strconv.Atoi(width); err == nil {
			d.height, err = strconv.Atoi(height)
		}
	}
	if least, most := min(d.width, d.height), max(d.width, d.height); err != nil || least < leastSide || most > mostSide || sized && d.size() != size {
		return display{}, fmt.Errorf("--%s %q: want %s, %s or %s, the latter two with a size from %d to %d pixels a side if it is not %s, such as %s:640x360",
			factorDisplay, word, noDisplay, onCanvas, onPage, leastSide, mostSide, display{"", usualWidth, usualHeight}.size(), onCanvas)
	}
	return d, nil
}

// displayOf returns the display of a cell. One that means nothing shows nothing.
func displayOf(c experiment.Cell) display {
	d, err := parseDisplay(cmp.Or(c.Factors[factorDisplay], noDisplay))
	if err != nil {
		return display{on: noDisplay}
	}
	return d
}

// CanvasSize returns the size of the canvas of a trial in a tab, in pixels; 0 where it
// draws nothing.
func CanvasSize(c copytax.Config) (width, height int) {
	d := displayOf(experiment.Cell{Factors: experiment.Factors{factorDisplay: c.Option(factorDisplay)}})
	return d.width, d.height
}

func (d display) size() string { return fmt.Sprintf("%dx%d", d.width, d.height) }

// draws reports whether there is a picture.
func (d display) draws() bool { return d.on == onCanvas || d.on == onPage }

// isUsual reports whether it has the default size, or none.
func (d display) isUsual() bool { return !d.draws() || d == display{d.on, usualWidth, usualHeight} }

// String is the display as its factor has it.
func (d display) String() string {
	if d.isUsual() {
		return d.on
	}
	return d.on + ":" + d.size()
}

// label says it behind the name of a world in a tab.
func (d display) label() string {
	label := map[string]string{onCanvas: " that draws", onPage: " that draws from the page's own thread"}[d.on]
	if d.isUsual() {
		return label
	}
	return label + fmt.Sprintf(", %d×%d", d.width, d.height)
}

// pixels says what is drawn, behind the name of what draws.
func (d display) pixels() string {
	if !d.draws() {
		return ""
	}
	from := map[string]string{onCanvas: "", onPage: " from the page's own thread"}[d.on]
	return fmt.Sprintf(", on %d×%d pixels%s", d.width, d.height, from)
}

// offPage is a transport of a tab that cannot have its viewer on the page's own thread.
type offPage interface {
	// OffPage says why; empty where it can.
	OffPage() string
}

// displayed returns the arms with what viewers in a tab do with frames: each of them once
// for every display that is asked for. What cannot be is missing.
func displayed(arms []side, req experiment.Request) (all []side, missing []experiment.Unavailable, err error) {
	given, err := displays(cmp.Or(req.Value(factorDisplay), noDisplay))
	if err != nil {
		return nil, nil, err
	}
	inTabs, able := 0, map[display]int{} // arms besides the baseline
	for _, a := range arms {
		if a.placement != inTab {
			all = append(all, a)
			continue
		}
		inTabs++
		for _, d := range given {
			if d.on == onPage && a.offPage != "" {
				missing = append(missing, experiment.Unavailable{What: a.name + " drawing from the page", Reason: a.offPage})
				continue
			}
			if a.transport != Baseline {
				able[d]++
			}
			all = append(all, a.with(d))
		}
	}
	if req.Given[factorDisplay] && inTabs == 0 {
		return nil, nil, fmt.Errorf("--%s %s: no arm of the run is in a tab: add --placement tab", factorDisplay, req.Value(factorDisplay))
	}
	for _, d := range given {
		if len(missing) > 0 && able[d] == 0 {
			return nil, nil, fmt.Errorf("--%s %s: no transport of the run can have it, so that %s would run alone: %s", factorDisplay, d, Baseline, missing[0].Reason)
		}
	}
	return all, missing, nil
}

// displays reads a list of them, each once.
func displays(list string) (all []display, err error) {
	for _, word := range words(list) {
		d, err := parseDisplay(word)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	return all, nil
}

// with returns the arm with a display.
func (a side) with(d display) side {
	if d.draws() {
		a.options = experiment.Factors{factorDisplay: d.String()}
	}
	return a
}
