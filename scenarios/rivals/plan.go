package rivals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/scenarios/rivals/handoff"
)

// An arm is a row of the comparison.
type arm struct {
	name   string // the library, and behind a colon how it waits
	waits  string // how its reader and its writer wait for each other
	about  string
	beside string // the arm of the hub that waits alike: what it is divided by; empty if there is no other
}

// How an arm waits. A polling arm is never set beside a sleeping one.
const (
	polls  = "polling"
	sleeps = "sleeping"
	adapts = "either"
)

const (
	hubSpin = "copytax:spin"
	hubPark = "copytax:park"
)

var arms = []arm{
	{hubSpin, polls, "this project's hub; looks at a word of shared memory, and offers the core to others after some 20 µs and then now and again", hubSpin},
	{"iceoryx2:poll", polls, "a subscriber asked again and again, offering the core every 20 µs", hubSpin},
	{hubPark, sleeps, "this project's hub; sleeps on a futex", hubPark},
	{"copytax:adaptive", adapts, "this project's hub; spins where the signal is about to come and sleeps otherwise", ""},
	{"iceoryx2:event", sleeps, "a subscriber behind a listener, woken by a notifier: the library's own way to sleep", hubPark},
	{"shmipc-go:reserve", sleeps, "`Reserve` and `ReadBytes` on slices that hold a whole payload: nothing is copied", hubPark},
	{"shmipc-go:copy", sleeps, "`WriteBytes` and `ReadBytes`, every option at its default", hubPark},
	{"unix-socket", sleeps, "package net, a stream, every option at its default", hubPark},
}

// libraries are those that have a worker of their own, by the option that names
// its program.
var libraries = map[string]string{"shmipc": "shmipc-go", "iceoryx2": "iceoryx2"}

func libraryOf(arm string) string {
	library, _, _ := strings.Cut(arm, ":")
	return library
}

// ownArms are the arms that this program is the worker of.
func ownArms() map[string]handoff.Sides {
	own := map[string]handoff.Sides{"unix-socket": socketSides}
	for name, how := range strategies {
		own["copytax:"+name] = hubSides(how)
	}
	return own
}

// A size is a payload and how often it is handed over in a block.
type size struct{ bytes, handOffs, warmUp int }

var sizes = []size{
	{64, 5000, 500},
	{4 << 10, 5000, 500},
	{256 << 10, 1500, 150},
	{4 << 20, 300, 30},
}

// Plan implements [experiment.Experiment]: every arm with every size. The arms
// of a size are compared with each other.
func (r *Rivals) Plan(_ context.Context, q experiment.Request) (experiment.Plan, error) {
	given := experiment.Factors{}
	if touch := q.Value(touchFactor); touch != "everything" {
		given[touchFactor] = touch
	}
	gap, err := time.ParseDuration(q.Value(gapFactor))
	if err != nil || gap < 0 {
		return experiment.Plan{}, fmt.Errorf("--gap %q: want a time such as 100µs", q.Value(gapFactor))
	}
	if gap > 0 {
		given[gapFactor] = gap.String()
	}
	p := experiment.Plan{Blocks: 10}
	if q.Profile == experiment.Quick {
		p.Blocks = 3
	}
	versions, why := r.findWorkers(q)
	p.Levels = Levels(versions)
	for _, a := range arms {
		if reason := why[libraryOf(a.name)]; reason != "" {
			p.Unavailable = append(p.Unavailable, experiment.Unavailable{What: a.name, Reason: reason})
		}
	}
	for _, c := range Cells(given) {
		if _, err := argsOf(c); err != nil {
			return experiment.Plan{}, err
		}
		if why[libraryOf(c.Factors[experiment.Arm])] == "" {
			p.Cells = append(p.Cells, c)
		}
	}
	return p, nil
}

// Cells returns a cell for every arm and size, with further factors.
func Cells(given experiment.Factors) (cells []experiment.Cell) {
	for _, s := range sizes {
		for _, a := range arms {
			f := experiment.Factors{experiment.Arm: a.name, bytesFactor: strconv.Itoa(s.bytes)}
			maps.Copy(f, given)
			cells = append(cells, experiment.Cell{Experiment: Name, Group: f[bytesFactor] + " bytes", Factors: f})
		}
	}
	return cells
}

// Facts of a level. Those of an arm also hold the versions of its library.
const (
	waitsFact    = "waits"
	besideFact   = "beside"
	handOffsFact = "hand-offs"
	warmUpFact   = "warm-up"
)

// Levels describes the arms, with the versions of the libraries, and the sizes.
func Levels(versions map[string]map[string]string) (levels []experiment.Level) {
	for rank, a := range arms {
		facts := map[string]string{waitsFact: a.waits, besideFact: a.beside}
		maps.Copy(facts, versions[libraryOf(a.name)])
		levels = append(levels, experiment.Level{Factor: experiment.Arm, Value: a.name, Rank: rank, Summary: a.about, Facts: facts})
	}
	for rank, s := range sizes {
		levels = append(levels, experiment.Level{
			Factor: bytesFactor, Value: strconv.Itoa(s.bytes), Rank: rank, Summary: report.Bytes(s.bytes),
			Facts: map[string]string{handOffsFact: strconv.Itoa(s.handOffs), warmUpFact: strconv.Itoa(s.warmUp)},
		})
	}
	return levels
}

// findWorkers notes where the workers are, and returns by library the versions
// that they were built from, or why there is none.
func (r *Rivals) findWorkers(q experiment.Request) (versions map[string]map[string]string, why map[string]string) {
	versions, why = map[string]map[string]string{}, map[string]string{}
	for option, library := range libraries {
		r.programs[library] = q.Value(option)
		var err error
		versions[library], err = askVersions(q.Lab, q.Value(option))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			why[library] = fmt.Sprintf("no worker %s: scripts/rivals.sh builds it", q.Value(option))
		case err != nil:
			why[library] = fmt.Sprintf("its worker cannot say its version: %v", err)
		}
	}
	return versions, why
}

// askVersions has a worker say what it was built from.
func askVersions(l *lab.Lab, program string) (versions map[string]string, err error) {
	said, err := l.Output(lab.Program{Path: program, Args: []string{"--versions"}}, patience)
	if err == nil {
		err = json.Unmarshal(said, &versions)
	}
	if err != nil {
		return nil, fmt.Errorf("versions of %s: %w", program, err)
	}
	return versions, nil
}

// argsOf returns what a cell asks of either worker, without the pair's own.
func argsOf(c experiment.Cell) (handoff.Args, error) {
	a := handoff.Args{Arm: c.Factors[experiment.Arm], Touch: "everything"}
	for _, s := range sizes {
		if c.Factors[bytesFactor] == strconv.Itoa(s.bytes) {
			a.Bytes, a.HandOffs, a.WarmUp = s.bytes, s.handOffs, s.warmUp
		}
	}
	if touch, ok := c.Factors[touchFactor]; ok {
		a.Touch = touch
	}
	if gap, ok := c.Factors[gapFactor]; ok {
		d, err := time.ParseDuration(gap)
		if err != nil {
			return a, fmt.Errorf("%s: %w", c, err)
		}
		a.GapNS = d.Nanoseconds()
	}
	if err := a.Check(); err != nil {
		return a, fmt.Errorf("%s: %w", c, err)
	}
	return a, nil
}
