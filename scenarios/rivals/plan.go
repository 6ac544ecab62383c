package rivals

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/scenarios/rivals/handoff"
	"github.com/copytax/copytax/zerocopy/hub"
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
func ownArms() map[string]handoff.Open {
	own := map[string]handoff.Open{"unix-socket": openSocket}
	for _, how := range []hub.Strategy{hub.Spin, hub.Park, hub.Adaptive} {
		own["copytax:"+how.String()] = hubArm(how)
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
func (r *rivals) Plan(_ context.Context, q experiment.Request) (experiment.Plan, error) {
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
	p.Levels = levels(versions)
	for _, a := range arms {
		if reason := why[libraryOf(a.name)]; reason != "" {
			p.Unavailable = append(p.Unavailable, experiment.Unavailable{What: a.name, Reason: reason})
		}
	}
	for _, c := range cells(given) {
		if _, err := argsOf(c); err != nil {
			return experiment.Plan{}, err
		}
		if why[libraryOf(c.Factors[experiment.Arm])] == "" {
			p.Cells = append(p.Cells, c)
		}
	}
	return p, nil
}

// cells returns a cell for every arm and size, with further factors.
func cells(given experiment.Factors) (cells []experiment.Cell) {
	for _, s := range sizes {
		for _, a := range arms {
			f := experiment.Factors{experiment.Arm: a.name, bytesFactor: fmt.Sprint(s.bytes)}
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

// levels describes the arms, with the versions of the libraries, and the sizes.
func levels(versions map[string]map[string]string) (all []experiment.Level) {
	for rank, a := range arms {
		facts := map[string]string{waitsFact: a.waits, besideFact: a.beside}
		maps.Copy(facts, versions[libraryOf(a.name)])
		all = append(all, experiment.Level{Factor: experiment.Arm, Value: a.name, Rank: rank, Summary: a.about, Facts: facts})
	}
	for rank, s := range sizes {
		facts := map[string]string{handOffsFact: fmt.Sprint(s.handOffs), warmUpFact: fmt.Sprint(s.warmUp)}
		all = append(all, experiment.Level{
			Factor: bytesFactor, Value: fmt.Sprint(s.bytes), Rank: rank, Summary: report.Bytes(s.bytes), Facts: facts,
		})
	}
	return all
}

// findWorkers notes where the workers are, and returns by library the versions
// that they were built from, as they say, or why there is none.
func (r *rivals) findWorkers(q experiment.Request) (versions map[string]map[string]string, why map[string]string) {
	versions, why = map[string]map[string]string{}, map[string]string{}
	for option, library := range libraries {
		path := q.Value(option)
		r.programs[library] = path
		said, err := q.Lab.Output(lab.Program{Path: path, Args: []string{"--versions"}}, patience)
		var found map[string]string
		if err == nil {
			err = json.Unmarshal(said, &found)
		}
		versions[library] = found
		switch {
		case errors.Is(err, fs.ErrNotExist):
			why[library] = fmt.Sprintf("no worker %s: scripts/rivals.sh builds it", path)
		case err != nil:
			why[library] = fmt.Sprintf("its worker cannot say its version: %s: %v", path, err)
		}
	}
	return versions, why
}

// argsOf returns what a cell asks of either worker, without the pair's own.
func argsOf(c experiment.Cell) (handoff.Args, error) {
	gap, err := time.ParseDuration(cmp.Or(c.Factors[gapFactor], "0s"))
	a := handoff.Args{Arm: c.Factors[experiment.Arm], Touch: cmp.Or(c.Factors[touchFactor], "everything"), GapNS: gap.Nanoseconds()}
	for _, s := range sizes {
		if c.Factors[bytesFactor] == fmt.Sprint(s.bytes) {
			a.Bytes, a.HandOffs, a.WarmUp = s.bytes, s.handOffs, s.warmUp
		}
	}
	if err = errors.Join(err, a.Check()); err != nil {
		return a, fmt.Errorf("%s: %w", c, err)
	}
	return a, nil
}
