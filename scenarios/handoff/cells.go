package handoff

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

// The arms.
const (
	shmArm       = "shm"        // the payload is used where it was written
	memcpyArm    = "shm+memcpy" // the reader copies it out of the shared memory first
	unixArm      = "unix"       // it goes through a stream socket
	bandwidthArm = "bandwidth"  // nothing is handed over: what memory gives one core
)

// The factors of a cell beside its arm.
const (
	bytesFactor = "bytes" // size of the payload
	touchFactor = "touch" // what the reader touches: none, field or all
	waitFactor  = "wait"  // how both sides wait: spin, park, or block in a socket
	pagesFactor = "pages" // what the hub's pages are, "+populated" if mapped beforehand
	fillFactor  = "fill"  // "once": each slot is filled for its first hand-off only, and else for every one
	afterFactor = "after" // the writer has first filled so many bytes of its own
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
func sizes(p experiment.Profile) []int {
	step := 16
	if p == experiment.Standard {
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

// A row is the cells that differ in nothing but the size. A factor that they lack
// is empty.
type row struct {
	name                            string
	arm, touch, wait, pages, filled string
	after                           string
}

var (
	prepared  = row{name: "filled before, untouched", arm: shmArm, touch: touchNone, wait: "spin", pages: "small", filled: fillOnce}
	untouched = row{name: "untouched", arm: shmArm, touch: touchNone, wait: "spin", pages: "small"}
	field     = row{name: "one field", arm: shmArm, touch: touchField, wait: "spin", pages: "small"}
	touchedIn = row{name: "all of it", arm: shmArm, touch: touchAll, wait: "spin", pages: "small"}
	copiedOut = row{name: "copied out, all of it", arm: memcpyArm, touch: touchAll, wait: "spin", pages: "small"}
	received  = row{name: "socket, untouched", arm: unixArm, touch: touchNone, wait: block}
	receivedT = row{name: "socket, all of it", arm: unixArm, touch: touchAll, wait: block}
	allRows   = []row{prepared, untouched, field, touchedIn, copiedOut, received, receivedT}

	loopsAlone = row{arm: bandwidthArm}
)

// parked is the row in which both sides sleep while they wait.
func parked(touch string) row { return row{arm: shmArm, touch: touch, wait: "park", pages: "small"} }

// onPages is the row that touches all on some kind of pages.
func onPages(kind string) row { return row{arm: shmArm, touch: touchAll, wait: "spin", pages: kind} }

// behind is the smallest payload, untouched, behind a fill of n bytes of the
// writer's own.
func behind(n int) row {
	r := untouched
	r.after = strconv.Itoa(n)
	return r
}

// factors are those of a row beside the size, as pairs of name and value.
func (r row) factors() []string {
	return []string{experiment.Arm, r.arm, touchFactor, r.touch, waitFactor, r.wait, pagesFactor, r.pages, fillFactor, r.filled, afterFactor, r.after}
}

// of returns the row's samples, of one size unless bytes is 0.
func (r row) of(samples experiment.Samples, bytes int) experiment.Samples {
	samples = samples.Where(r.factors()...)
	if bytes == 0 {
		return samples
	}
	return core.At(samples, bytesFactor, bytes)
}

// cell returns the row's cell of one size. Its group is what the report compares:
// the untouched payloads of all sizes and those that tell size from work, and else
// the rows of a size.
func (r row) cell(bytes int) experiment.Cell {
	f := experiment.Factors{bytesFactor: strconv.Itoa(bytes)}
	for pair := range slices.Chunk(r.factors(), 2) {
		if pair[1] != "" {
			f[pair[0]] = pair[1]
		}
	}
	if r.arm == shmArm && r.touch == touchNone && r.wait == "spin" {
		return experiment.Cell{Factors: f, Group: "untouched"}
	}
	return experiment.Cell{Factors: f, Group: "bytes=" + f[bytesFactor]}
}

func cells(p experiment.Profile) (all []experiment.Cell) {
	add := func(bytes int, rows ...row) {
		for _, r := range rows {
			all = append(all, r.cell(bytes))
		}
	}
	for _, n := range sizes(p) {
		add(n, untouched, field, touchedIn, copiedOut, received, receivedT, loopsAlone)
	}
	for _, n := range sizes(p) {
		// The payload lies in the hub already and is handed over untouched, again
		// and again: all that is left is the hub.
		add(n, prepared)
		if n > smallest {
			// What tells a large payload from the work of making it. A reader that has
			// waited longer sees any payload later, and so does one whose writer has
			// turned its caches over.
			add(smallest, behind(n))
		}
	}
	for _, n := range parkSizes {
		add(n, parked(touchNone), parked(touchAll))
	}
	add(ceilingBytes, loopsAlone)
	for _, kind := range pageKinds {
		for _, n := range pageSizes {
			add(n, onPages(kind))
		}
	}
	return all
}

// available says why this machine has no such pages, nil if it has.
func available(p plan) error { return hub.Available(p.Pages, p.layout().FramesBytes()) }

// A plan is a cell as its workers are told it, and where they run.
type plan struct {
	Arm       string
	Bytes     int
	Touch     string
	How       hub.Strategy
	Pages     hub.Pages
	Populated bool
	FillOnce  bool
	After     int // bytes of its own that the writer fills before each hand-off, 0 for none
	Cores     core.Cores
}

// Sides implements [core.Plan].
func (p plan) Sides() core.Cores { return p.Cores }

// parse returns the plan of a cell.
func parse(c experiment.Cell) (p plan, err error) {
	p = plan{Arm: c.Factors[experiment.Arm], Touch: c.Factors[touchFactor], How: hub.Park}
	if p.Bytes, err = strconv.Atoi(c.Factors[bytesFactor]); err != nil || p.Bytes <= 0 || p.Bytes%lineBytes != 0 {
		return p, fmt.Errorf("cell %v: want a multiple of %d bytes", c, lineBytes)
	}
	if c.Factors[waitFactor] == "spin" {
		p.How = hub.Spin
	}
	if after, ok := c.Factors[afterFactor]; ok {
		if p.After, err = strconv.Atoi(after); err != nil || p.After <= 0 || p.After%lineBytes != 0 {
			return p, fmt.Errorf("cell %v: want to fill a multiple of %d bytes", c, lineBytes)
		}
	}
	if p.Cores, err = core.Choose(); err != nil {
		return p, err
	}
	p.FillOnce = c.Factors[fillFactor] == fillOnce
	kind, ok := c.Factors[pagesFactor]
	if !ok {
		return p, nil
	}
	kind, p.Populated = strings.CutSuffix(kind, populated)
	if p.Pages, err = hub.ParsePages(kind); err != nil {
		return p, fmt.Errorf("cell %v: %w", c, err)
	}
	return p, nil
}

// comparesWithOwn reports whether the reader also touches memory of its own:
// in the row that the memory's bandwidth is compared with.
func (p plan) comparesWithOwn() bool {
	return p.Arm == shmArm && p.Touch == touchAll && p.How == hub.Spin && p.Pages == hub.Small && !p.Populated
}

// options are those of the frames region.
func (p plan) options() []hub.Option {
	opts := []hub.Option{hub.OnPages(p.Pages)}
	if p.Populated {
		opts = append(opts, hub.Populated())
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
