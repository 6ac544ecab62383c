package handoff

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/zerocopy"
)

// The arms.
const (
	shmArm       = "shm"        // the payload is used where it was written
	memcpyArm    = "shm+memcpy" // the reader copies it out of the shared memory first
	unixArm      = "unix"       // it goes through a stream socket
	bandwidthArm = "bandwidth"  // nothing is handed over: what memory gives one core
)

// The parameters of a cell.
const (
	bytesParam = "bytes" // size of the payload
	touchParam = "touch" // what the reader touches: none, field or all
	waitParam  = "wait"  // how both sides wait: spin, park, or block in a socket
	pagesParam = "pages" // what the hub's pages are, "+populated" if mapped beforehand
	fillParam  = "fill"  // "once": each slot is filled for its first hand-off only, and else for every one
	afterParam = "after" // the writer has first filled so many bytes of its own
)

const (
	touchNone  = "none"
	touchField = "field"
	touchAll   = "all"
	fillOnce   = "once"
	block      = "block"
	populated  = "+populated"
)

// ceilingBytes is a size that no cache holds, as the authors of STREAM ask
// (McCalpin, 1995): four times the largest one, where that has 32 MiB.
const ceilingBytes = 128 << 20

// sizes returns the payloads of a profile, in bytes: six, or with the steps
// between. All are multiples of lineBytes.
func sizes(p gauge.Profile) []int {
	step := 16
	if p == gauge.Standard {
		step = 4
	}
	var all []int
	for n := smallest; n <= 64<<20; n *= step {
		all = append(all, n)
	}
	return all
}

const smallest = 64 // bytes of the smallest payload

// parkSizes are those at which the rows that park stand beside the socket's.
var parkSizes = []int{smallest, 16 << 10, 4 << 20}

// pageSizes are those at which the pages of the hub are varied.
var pageSizes = []int{4 << 20, 64 << 20}

var pageKinds = []string{"small+populated", "transparent", "transparent+populated", "collapsed", "huge", "huge+populated"}

// Cells implements [gauge.Scenario].
func (scenario) Cells(p gauge.Profile) []gauge.Cell {
	var cells []gauge.Cell
	for _, n := range sizes(p) {
		for _, touch := range []string{touchNone, touchField, touchAll} {
			cells = append(cells, cell(shmArm, n, touch, "spin", "small"))
		}
		cells = append(cells, cell(memcpyArm, n, touchAll, "spin", "small"),
			cell(unixArm, n, touchNone, block, ""), cell(unixArm, n, touchAll, block, ""), cell(bandwidthArm, n, "", "", ""))
	}
	for _, n := range sizes(p) {
		cells = append(cells, ready(n))
		if n > smallest {
			cells = append(cells, late(n))
		}
	}
	for _, n := range parkSizes {
		cells = append(cells, cell(shmArm, n, touchNone, "park", "small"), cell(shmArm, n, touchAll, "park", "small"))
	}
	cells = append(cells, cell(bandwidthArm, ceilingBytes, "", "", ""))
	cells = append(cells, pageCells()...)
	for i, c := range cells {
		cells[i].Group = group(c)
	}
	return cells
}

// group puts together what the report compares: the untouched payloads of all
// sizes and those that tell size from work, and else the rows of a size.
func group(c gauge.Cell) string {
	p := c.Params
	if c.Arm == shmArm && p[touchParam] == touchNone && p[waitParam] == "spin" {
		return "untouched"
	}
	return "bytes=" + p[bytesParam]
}

// pageCells returns the rows that differ in their pages, those that this
// machine lacks with the reason.
func pageCells() (cells []gauge.Cell) {
	for _, kind := range pageKinds {
		for _, n := range pageSizes {
			c := cell(shmArm, n, touchAll, "spin", kind)
			p, err := parse(c)
			if err == nil {
				err = zerocopy.Available(p.Pages, p.layout().FramesBytes())
			}
			if err != nil {
				c.Unavailable = err.Error()
			}
			cells = append(cells, c)
		}
	}
	return cells
}

func cell(arm string, bytes int, touch, wait, pages string) gauge.Cell {
	params := map[string]string{bytesParam: strconv.Itoa(bytes)}
	for name, value := range map[string]string{touchParam: touch, waitParam: wait, pagesParam: pages} {
		if value != "" {
			params[name] = value
		}
	}
	return gauge.Cell{Arm: arm, Params: params}
}

// ready returns the cell in which a payload of n bytes lies in the hub already
// and is handed over untouched, again and again: all that is left is the hub.
func ready(n int) gauge.Cell {
	c := cell(shmArm, n, touchNone, "spin", "small")
	c.Params[fillParam] = fillOnce
	return c
}

// late returns the cell that tells a large payload from the work of making it:
// the smallest payload, untouched, behind a fill of n bytes of the writer's own.
// A reader that has waited longer sees any payload later, and so does one whose
// writer has turned its caches over.
func late(n int) gauge.Cell {
	c := cell(shmArm, smallest, touchNone, "spin", "small")
	c.Params[afterParam] = strconv.Itoa(n)
	return c
}

// A plan is a cell as its workers are told it, and where they run.
type plan struct {
	Arm       string
	Bytes     int
	Touch     string
	How       zerocopy.Strategy
	Pages     zerocopy.Pages
	Populated bool
	FillOnce  bool
	After     int // bytes of its own that the writer fills before each hand-off, 0 for none
	Cores     core.Pair
}

// parse returns the plan of a cell.
func parse(c gauge.Cell) (p plan, err error) {
	p = plan{Arm: c.Arm, Touch: c.Params[touchParam], How: zerocopy.Park}
	if p.Bytes, err = strconv.Atoi(c.Params[bytesParam]); err != nil || p.Bytes <= 0 || p.Bytes%lineBytes != 0 {
		return p, fmt.Errorf("cell %v: want a multiple of %d bytes", c, lineBytes)
	}
	if c.Params[waitParam] == "spin" {
		p.How = zerocopy.Spin
	}
	if after, ok := c.Params[afterParam]; ok {
		if p.After, err = strconv.Atoi(after); err != nil || p.After <= 0 || p.After%lineBytes != 0 {
			return p, fmt.Errorf("cell %v: want to fill a multiple of %d bytes", c, lineBytes)
		}
	}
	p.FillOnce = c.Params[fillParam] == fillOnce
	kind, ok := c.Params[pagesParam]
	if !ok {
		return p, nil
	}
	kind, p.Populated = strings.CutSuffix(kind, populated)
	if p.Pages, err = zerocopy.ParsePages(kind); err != nil {
		return p, fmt.Errorf("cell %v: %w", c, err)
	}
	return p, nil
}

// comparesWithOwn reports whether the reader also touches memory of its own:
// in the row that the memory's bandwidth is compared with.
func (p plan) comparesWithOwn() bool {
	return p.Arm == shmArm && p.Touch == touchAll && p.How == zerocopy.Spin && p.Pages == zerocopy.Small && !p.Populated
}

// options are those of the frames region.
func (p plan) options() []zerocopy.Option {
	opts := []zerocopy.Option{zerocopy.OnPages(p.Pages)}
	if p.Populated {
		opts = append(opts, zerocopy.Populated())
	}
	return opts
}

// layout is that of a hub whose slots hold the payload, unless a socket carries
// it, and behind it a stamp.
func (p plan) layout() zerocopy.Layout {
	return zerocopy.Layout{Slots: slots, Payload: p.sharedBytes() + stampBytes}
}

// sharedBytes is how much of the payload lies in the hub: all or nothing.
func (p plan) sharedBytes() int {
	if p.Arm == unixArm {
		return 0
	}
	return p.Bytes
}
