package experiment

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// An Environment is what the machine was like around one try of a trial, beginning
// just before it and ending just behind it. What could not be read is nil, never
// zero. A fraction is one of the time of the processors that this program may use.
type Environment struct {
	Start time.Time `json:"start"` // of the try, UTC, to the millisecond
	// Load is how many tasks were runnable on average in the minute before. Those of
	// earlier trials are among them.
	Load *float64 `json:"load_average,omitempty"`
	// Frequency is the mean of the processors' at the start, in Hz.
	Frequency *float64 `json:"frequency_hz,omitempty"`

	// Stolen is what the hypervisor gave to others while this machine wanted it, Busy
	// what the machine had, whoever used it. Both are counted in ticks of the clock:
	// Tick is one of those, as a fraction of the try.
	Stolen *float64 `json:"stolen_fraction,omitempty"`
	Busy   *float64 `json:"busy_fraction,omitempty"`
	Tick   *float64 `json:"tick_fraction,omitempty"`
	// Others is the CPU of all programs but this one and what it started, by their own
	// clocks; kernel threads are no programs. Rest is what remains of Busy without them
	// and without this program's: the operating system's own work, which a transport may
	// cause, and programs that cannot be seen, as those of other containers.
	Others *float64 `json:"others_fraction,omitempty"`
	Rest   *float64 `json:"rest_fraction,omitempty"`
	// Throttles is how often a control group that this program is in had used up its
	// time and was stopped, Throttled for how long, added up over processors, in ns.
	Throttles *float64 `json:"throttles,omitempty"`
	Throttled *float64 `json:"throttled_ns,omitempty"`

	Before Rulers `json:"before"`
	After  Rulers `json:"after"`
}

// Rulers are how long fixed pieces of work took, in ns, each the median of several:
// they tell a machine that is slower than it was.
type Rulers struct {
	ALU    *float64 `json:"alu_ns,omitempty"`    // a step of a chain of multiplications
	Memory *float64 `json:"memory_ns,omitempty"` // a load that depends on the one before, from a buffer larger than the caches
	Line   *float64 `json:"line_ns,omitempty"`   // a cache line to another processor and back; nil with one usable processor
}

// named are the rulers in their order.
func (r Rulers) named() []figure {
	return []figure{
		{"alu", "a step of a chain of multiplications", r.ALU},
		{"memory", "a load from memory that depends on the one before", r.Memory},
		{"line", "a cache line to another processor and back", r.Line},
	}
}

// A figure is a number of an environment, nil where it is not known.
type figure struct {
	name, meaning string
	value         *float64
}

// figures are all but the start, in the order of the fields.
func (e Environment) figures() []figure {
	all := []figure{
		{"load_average", "runnable tasks in the minute before, earlier trials among them", e.Load},
		{"frequency_hz", "mean frequency of the usable processors at the start", e.Frequency},
		{"stolen_fraction", "of the time of the usable processors: what the hypervisor gave to others while this machine wanted it", e.Stolen},
		{"busy_fraction", "the same: what the machine had, whoever used it", e.Busy},
		{"tick_fraction", "the same: a tick of the clock, in which the two are counted", e.Tick},
		{"others_fraction", "the same: CPU of other programs", e.Others},
		{"rest_fraction", "the same: busy time of neither this program with all it started nor another: the operating system, and what cannot be seen", e.Rest},
		{"throttles", "how often control groups had used up their time", e.Throttles},
		{"throttled_ns", "for how long they were stopped, added up over processors", e.Throttled},
	}
	for _, f := range e.Before.named() {
		all = append(all, figure{f.name + "_before_ns", "ruler before the trial: " + f.meaning, f.value})
	}
	for _, f := range e.After.named() {
		all = append(all, figure{f.name + "_after_ns", "ruler behind the trial: " + f.meaning, f.value})
	}
	return all
}

// EnvironmentFigures are the names of all that Figures can hold, each with its
// meaning, in their order.
func EnvironmentFigures() [][2]string {
	all := [][2]string{{"start_s", "when the try began, in seconds since 1970"}}
	for _, f := range (Environment{}).figures() {
		all = append(all, [2]string{f.name, f.meaning})
	}
	return all
}

// Figures returns what is known, by name; the start is in seconds since 1970.
func (e Environment) Figures() map[string]float64 {
	known := map[string]float64{"start_s": float64(e.Start.UnixMilli()) / 1e3}
	for _, f := range e.figures() {
		if f.value != nil {
			known[f.name] = *f.value
		}
	}
	return known
}

// Sense returns what of an environment nobody can have read.
func (e Environment) Sense() error {
	if e.Start.IsZero() {
		return fmt.Errorf("environment: no start")
	}
	for _, f := range e.figures() {
		if f.value != nil && !(*f.value >= 0 && *f.value <= math.MaxFloat64) {
			return fmt.Errorf("environment: %s is %v", f.name, *f.value)
		}
	}
	for _, f := range append(e.Before.named(), e.After.named()...) {
		if f.value != nil && *f.value == 0 {
			return fmt.Errorf("environment: a ruler of 0 ns (%s)", f.name)
		}
	}
	return nil
}

// An EnvironmentRule says when the machine was too disturbed for a try to count. It
// is in the plan, and so sealed, before the first trial.
//
// It rests on nothing that the transport of a trial decides, so that no arm is tried
// again because of what it costs. So it uses neither the rulers behind a trial, which
// run in what the trial left (caches, heat, memory that is being freed), nor the load
// average, most of which are the trials before, nor the work of the operating system,
// which is done for the transport as well, nor throttling: who uses more is stopped
// more by the same limit.
type EnvironmentRule struct {
	// Stolen is the most that may be stolen of the time that was wanted, which is what
	// the machine had and what was stolen. It is not of all time: who wants less then
	// would seem to be robbed less.
	Stolen float64 `json:"stolen_fraction"`
	Others float64 `json:"others_fraction"` // the most that other programs may use
	// Slower is how many times the median of earlier tries a ruler before the trial may
	// take. The median is that of the last Window tries of the run that have the ruler,
	// void ones too, and speaks once there are Least of them.
	Slower float64 `json:"slower_times"`
	Window int     `json:"window_tries"`
	Least  int     `json:"least_tries"`
	// Repeats is how often a void try is repeated at once. When the last one is void
	// too, it counts all the same and is marked.
	Repeats int `json:"repeats"`
}

// UsualRepeats is how often a void try is repeated where nobody says otherwise.
const UsualRepeats = 2

// UsualEnvironment is the rule of a run. A share of 5% moves a cost by as much as the
// noise floor of the reference run.
func UsualEnvironment(repeats int) *EnvironmentRule {
	return &EnvironmentRule{Stolen: 0.05, Others: 0.05, Slower: 1.5, Window: 60, Least: 5, Repeats: repeats}
}

// Sense returns why a rule is none.
func (r EnvironmentRule) Sense() error {
	if !(r.Stolen > 0 && r.Others > 0 && r.Slower > 1) || r.Window < 1 || r.Least < 1 || r.Repeats < 0 {
		return fmt.Errorf("a rule of the environment of %+v: want thresholds above 0, a factor above 1 and no negative number", r)
	}
	return nil
}

// Verdict returns why a try in this environment is void, the empty text if it counts.
// earlier are the environments of the tries that the run has recorded before, in
// their order. What is not known voids nothing.
func (r EnvironmentRule) Verdict(e Environment, earlier []Environment) string {
	if e.Stolen != nil && e.Busy != nil && e.Tick != nil {
		// Each end of the try may lie anywhere in a tick: one of them may be no more than that.
		stolen := max(*e.Stolen-*e.Tick, 0)
		if share := stolen / max(stolen+*e.Busy, math.SmallestNonzeroFloat64); share > r.Stolen {
			return fmt.Sprintf("the hypervisor took %.1f%% of the processor time that was wanted, more than %.4g%%", 100*share, 100*r.Stolen)
		}
	}
	if e.Others != nil && *e.Others > r.Others {
		return fmt.Sprintf("other programs used %.1f%% of the processor time, more than %.4g%%", 100**e.Others, 100*r.Others)
	}
	for i, ruler := range e.Before.named() {
		if median := r.median(i, earlier); ruler.value != nil && *ruler.value > r.Slower*median {
			return fmt.Sprintf("the machine was slower before it: the %s ruler took %.1f ns, more than %.4g times the usual %.1f ns", ruler.name, *ruler.value, r.Slower, median)
		}
	}
	return ""
}

// median is that of a ruler before the last tries, +Inf where there are too few.
func (r EnvironmentRule) median(ruler int, earlier []Environment) float64 {
	var values []float64
	for i := len(earlier) - 1; i >= 0 && len(values) < r.Window; i-- {
		if v := earlier[i].Before.named()[ruler].value; v != nil {
			values = append(values, *v)
		}
	}
	if len(values) < r.Least {
		return math.Inf(1)
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}
