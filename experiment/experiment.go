// Package experiment is the vocabulary of everything that copytax measures: the
// flock under a transport, a gauge of the hub, the physics alone, a rival.
//
// An [Experiment] lists its cells, measures one cell at a time and says what the
// samples mean. How a run is planned, recorded, verified, analysed and drawn is
// not its business and is the same for all of them: it implements this package
// and is put into a catalogue. The packages below this one are the estimates
// over blocks (stats), the document that a report is (report) and the processes
// that an experiment may start (lab). Start at [Experiment]; the experiment
// signal is a small example.
package experiment

import (
	"context"
	"time"

	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/experiment/report"
)

// An Experiment is anything that copytax measures. Its methods are called by one
// goroutine at a time.
type Experiment interface {
	Name() string
	Summary() string // one line
	// Options lists what a run of it can vary on the command line. Options of
	// one name mean the same in all experiments.
	Options() []Option
	// Plan lists what is measured, and what this machine cannot measure with the
	// reason; it fills Blocks with the profile's, and neither Experiments, Profile,
	// Seed nor Options. An error is a mistake in the request.
	Plan(context.Context, Request) (Plan, error)
	// Open prepares what the cells of one group of a block share, such as a world
	// that several back ends step. The runner closes it behind the last of them.
	Open(context.Context, *lab.Lab, []Cell) (Session, error)
	// Duties lists the workers that a successful trial of a plan's cell has a sample
	// of, in the order of its samples, and what each owes. The plan may be that of
	// another program: what this one does not have is described by its levels alone.
	Duties(Plan, Cell) []Duty
	// Jobs are what its worker processes do, by name. Names begin with the
	// experiment's and a dash.
	Jobs() map[string]lab.Job
	// Report says what the samples of a run mean. It is given those of successful
	// trials, and the same samples give the same report.
	Report(*Results) (*report.Report, error)
}

// A Session measures the cells of one group in one block.
type Session interface {
	// Measure runs one trial and returns a sample a worker. It fills what was
	// measured, and not what identifies the trial. An error voids the trial; the
	// run goes on.
	Measure(context.Context, Trial) ([]Sample, error)
	Close() error
}

// A Referenced session knows what every trial of a world must have seen. That is
// recorded before any trial of that world is judged. Where a session does not know
// it, the first trial of a world that succeeds is the reference of the others.
type Referenced interface {
	Reference(context.Context, Trial) (map[string]string, error)
}

// A Worldly experiment says which trials must have seen the same: those with the
// same non-empty world.
type Worldly interface {
	World(Trial) string
}

// World returns the world of a trial, empty where it has none or the experiment is
// not known, which is nil.
func World(e Experiment, t Trial) string {
	if w, ok := e.(Worldly); ok {
		return w.World(t)
	}
	return ""
}

// A Sensible experiment says more of what the numbers of a successful trial must be
// than their signs and orders, such as a latency a tick. An error voids the trial.
type Sensible interface {
	Sense(Cell, []Sample) error
}

// A Candid experiment says what of a run this program could not check, a sentence each,
// such as what only the program of a plugin knows. Verify prints it; the experiment's
// own report should say it too.
type Candid interface {
	Unchecked(*Results) []string
}

// A Duty is what one worker of a trial owes.
type Duty struct {
	Worker   string
	Metrics  []string // that its sample must have
	Evidence []string // keys that must not be empty
	// Shares names the worker whose process it ran in, where that is not its own:
	// figures of a process then stand on the other's sample.
	Shares string
}

// An Option is something that a run can vary. Its value is recorded in the plan.
type Option struct {
	Name    string // of the flag, without dashes
	Usage   string // one line; a word in backquotes names the value
	Default string
	// Implied is the value when the flag is given without one; empty if it needs one.
	Implied string
	// Join is what separates the values of a flag that is given more than once; empty
	// means a comma.
	Join string
	// Moved says what replaces an option of earlier versions, which is not shown in the
	// help and not in Request.Values: to give it is a mistake. Empty for all others.
	Moved string
	// Program marks the path of a program: it is no part of what is measured, is
	// not recorded, and may be given again when a run is resumed.
	Program bool
}

// A Request is what the command line asks of a plan.
type Request struct {
	Profile Profile
	Seed    uint64            // of the order of trials, and of worlds
	Values  map[string]string // of all options, given or default
	Given   map[string]bool   // options that were given
	Lab     *lab.Lab          // to ask programs what they can do
}

// Value returns the value of an option.
func (r Request) Value(name string) string { return r.Values[name] }

// A Profile is how much effort a run takes.
type Profile string

// The profiles.
const (
	Quick    Profile = "quick"    // a first look
	Standard Profile = "standard" // numbers to cite
	Paper    Profile = "paper"    // those with what differs from run to run in their intervals
)

// Profiles returns all of them.
func Profiles() []Profile { return []Profile{Quick, Standard, Paper} }

// A Limited experiment says how long a trial may take before it counts as hung;
// others have [UsualLimit].
type Limited interface {
	Limit(Trial) time.Duration
}

// UsualLimit is many times what the longest trial of most experiments takes.
const UsualLimit = 2 * time.Minute
