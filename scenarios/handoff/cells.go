package handoff

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/copytax/copytax/experiment"
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

func cells(p experiment.Profile) (all []experiment.Cell) {
	add := func(arm string, bytes int, factors ...string) {
		all = append(all, cell(arm, bytes, factors...))
	}
	for _, n := range sizes(p) {
		for _, touch := range []string{touchNone, touchField, touchAll} {
			add(shmArm, n, spinning(touch)...)
		}
		add(memcpyArm, n, spinning(touchAll)...)
		add(unixArm, n, touchFactor, touchNone, waitFactor, block)
		add(unixArm, n, touchFactor, touchAll, waitFactor, block)
		add(bandwidthArm, n)
	}
	for _, n := range sizes(p) {
		// The payload lies in the hub already and is handed over untouched, again
		// and again: all that is left is the hub.
		add(shmArm, n, append(spinning(touchNone), fillFactor, fillOnce)...)
		if n > smallest {
			// What tells a large payload from the work of making it: the smallest one,
			// untouched, behind a fill of n bytes of the writer's own. A reader that has
			// waited longer sees any payload later, and so does one whose writer has
			// turned its caches over.
			add(shmArm, smallest, append(spinning(touchNone), afterFactor, strconv.Itoa(n))...)
		}
	}
	for _, n := range parkSizes {
		add(shmArm, n, touchFactor, touchNone, waitFactor, "park", pagesFactor, "small")
		add(shmArm, n, touchFactor, touchAll, waitFactor, "park", pagesFactor, "small")
	}
	add(bandwidthArm, ceilingBytes)
	for _, kind := range pageKinds {
		for _, n := range pageSizes {
			add(shmArm, n, touchFactor, touchAll, waitFactor, "spin", pagesFactor, kind)
		}
	}
	return all
}

// spinning are the factors of most cells.
func spinning(touch string) []string {
	return []string{touchFactor, touch, waitFactor, "spin", pagesFactor, "small"}
}

// parseHere is parse, and an error if this machine has not such pages.
func parseHere(c experiment.Cell) (plan, error) {
	p, err := parse(c)
	if err != nil {
		return p, err
	}
	return p, zerocopy.Available(p.Pages, p.layout().FramesBytes())
}

// cell returns the cell of an arm and a size, with further factors as "touch",
// "all", "wait", "spin".
func cell(arm string, bytes int, factors ...string) experiment.Cell {
	f := experiment.Factors{experiment.Arm: arm, bytesFactor: strconv.Itoa(bytes)}
	for i := 0; i+1 < len(factors); i += 2 {
		f[factors[i]] = factors[i+1]
	}
	return experiment.Cell{Factors: f, Group: group(f)}
}

// group puts together what the report compares: the untouched payloads of all
// sizes and those that tell size from work, and else the rows of a size.
func group(f experiment.Factors) string {
	if f.Match(experiment.Arm, shmArm, touchFactor, touchNone, waitFactor, "spin") {
		return "untouched"
	}
	return "bytes=" + f[bytesFactor]
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
	Cores     core.Cores
}

// Sides implements [core.Plan].
func (p plan) Sides() core.Cores { return p.Cores }

// parse returns the plan of a cell.
func parse(c experiment.Cell) (p plan, err error) {
	p = plan{Arm: c.Factors[experiment.Arm], Touch: c.Factors[touchFactor], How: zerocopy.Park}
	if p.Bytes, err = strconv.Atoi(c.Factors[bytesFactor]); err != nil || p.Bytes <= 0 || p.Bytes%lineBytes != 0 {
		return p, fmt.Errorf("cell %v: want a multiple of %d bytes", c, lineBytes)
	}
	if c.Factors[waitFactor] == "spin" {
		p.How = zerocopy.Spin
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
