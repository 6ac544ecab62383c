package machine

import (
	"fmt"
	"math"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
)

// An Observer reads the environments of trials, one at a time. What it does takes
// some milliseconds at each end of a trial, and nothing during it.
type Observer struct {
	survey
	usable map[int]bool // processors
	self   int          // this process
	mark   string       // in the environment variables of all that this process starts
	ruler  func() experiment.Rulers
	now    func() time.Time
	cpuOf  func(pid int) int64 // CPU of a process, in ns, 0 if it has ended
	reaped func() int64        // CPU of children that were waited for, in ns
}

// markVariable is set in this process, and so in whatever it starts: a process that
// has left its parents' line is still known by it.
const markVariable = "COPYTAX_OBSERVER"

// NewObserver returns an observer of this machine. It holds a buffer larger than the
// caches until the program ends, and sets an environment variable by which processes
// that this program starts are known.
func NewObserver() (*Observer, error) {
	usable, err := affinity()
	if err != nil {
		return nil, err
	}
	o := &Observer{
		survey: survey{root: os.DirFS("/")}, usable: map[int]bool{}, self: os.Getpid(), now: time.Now, cpuOf: lab.CPUOf,
		reaped: func() int64 {
			usage, _ := lab.ChildUsage() // cannot fail where there are processes
			return usage.CPU.Nanoseconds()
		},
	}
	for _, id := range usable {
		o.usable[id] = true
	}
	o.mark = fmt.Sprintf("%d.%d", o.self, o.now().UnixNano())
	if err := os.Setenv(markVariable, o.mark); err != nil {
		return nil, err
	}
	o.mark = markVariable + "=" + o.mark
	tape, err := newTape(usable, o.largestCache())
	if err != nil {
		return nil, err
	}
	o.ruler = tape.read
	return o, nil
}

// affinity returns the processors that this process may use, ascending.
func affinity() (ids []int, err error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("read affinity: %w", err)
	}
	for id := 0; len(ids) < set.Count(); id++ {
		if set.IsSet(id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// ranges writes ascending numbers as the kernel does: 0-3,6.
func ranges(ids []int) string {
	var words []string
	for i := 0; i < len(ids); {
		first := i
		for i++; i < len(ids) && ids[i] == ids[i-1]+1; i++ {
		}
		word := strconv.Itoa(ids[first])
		if i-first > 1 {
			word += "-" + strconv.Itoa(ids[i-1])
		}
		words = append(words, word)
	}
	return strings.Join(words, ",")
}

// largestCache is the size of the largest of processor 0, in bytes.
func (s *survey) largestCache() (size int64) {
	for _, c := range s.caches() {
		size = max(size, c.SizeBytes)
	}
	return size
}

// Begin reads what comes before a trial and returns what reads the rest, behind it.
// Rulers lie outside of what is counted, since they are this program's work.
func (o *Observer) Begin() (end func() *experiment.Environment) {
	e := &experiment.Environment{Start: o.now().UTC().Truncate(time.Millisecond), Load: o.loadNow(), Frequency: o.frequency()}
	e.Before = o.ruler()
	start := o.now()
	before := o.count() // which takes a while: the clocks of a process are as far apart as the two counts begin
	return func() *experiment.Environment {
		elapsed := o.now().Sub(start)
		o.compare(e, before, o.count(), elapsed)
		e.After = o.ruler()
		return e
	}
}

// loadNow is the load average of the last minute, nil if it is not known.
func (o *Observer) loadNow() *float64 {
	text, _ := o.read("proc/loadavg")
	word, _, _ := strings.Cut(text, " ")
	return parsed(word, 1)
}

// frequency is the mean of the usable processors', in Hz. That of /proc/cpuinfo is not
// asked: in a guest it is what was true at boot.
func (o *Observer) frequency() *float64 {
	sum, n := 0.0, 0
	for id := range o.usable {
		text, _ := o.read(fmt.Sprintf("sys/devices/system/cpu/cpu%d/cpufreq/scaling_cur_freq", id))
		if khz := parsed(text, 1e3); khz != nil {
			sum, n = sum+*khz, n+1
		}
	}
	if n == 0 || n < len(o.usable) {
		return nil
	}
	return figure(sum / float64(n))
}

func parsed(text string, unit float64) *float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v < 0 {
		return nil
	}
	v *= unit
	return &v
}

// figure keeps six digits, which is more than any of the figures has.
func figure(v float64) *float64 {
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 6, 64), 64)
	return &v
}

// Counts are the operating system's counters at one moment. Those that cannot be read
// are nil.
type counts struct {
	ticks     *ticks
	throttles *throttles
	processes map[int]process
	marked    map[int]bool // processes that have left this one's line, and are ours
	reaped    int64        // ns
}

func (o *Observer) count() counts {
	c := counts{ticks: o.ticks(), throttles: o.throttles(), processes: o.processes(), reaped: o.reaped()}
	c.marked = o.marked(c.processes)
	return c
}

// compare fills in what happened between two moments.
func (o *Observer) compare(e *experiment.Environment, before, after counts, elapsed time.Duration) {
	all := float64(elapsed.Nanoseconds()) * float64(max(len(o.usable), 1)) // processor time, in ns
	if before.ticks != nil && after.ticks != nil && elapsed > 0 {
		e.Stolen = figure(float64(max(after.ticks.stolen-before.ticks.stolen, 0)*tickNS) / all)
		e.Busy = figure(float64(max(after.ticks.busy-before.ticks.busy, 0)*tickNS) / all)
		e.Tick = figure(tickNS / float64(elapsed.Nanoseconds()))
	}
	if before.processes != nil && after.processes != nil && elapsed > 0 {
		others := float64(o.others(before, after)) / all
		e.Others = figure(others)
		if e.Busy != nil {
			e.Rest = figure(max(*e.Busy-others-float64(o.own(before, after))/all, 0))
		}
	}
	if before.throttles != nil && after.throttles != nil {
		e.Throttles = figure(float64(max(after.throttles.times-before.throttles.times, 0)))
		e.Throttled = figure(math.Max(after.throttles.ns-before.throttles.ns, 0))
	}
}

// tickNS is the unit of /proc/stat on every Linux that Go runs on.
const tickNS = 10_000_000

// Ticks are those of the usable processors since boot.
type ticks struct{ busy, stolen int64 }

// ticks reads the lines of single processors in /proc/stat (proc_stat(5)): user nice
// system idle iowait irq softirq steal.
func (o *Observer) ticks() *ticks {
	text, _ := o.read("proc/stat")
	var sum ticks
	seen := 0
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 9 {
			continue
		}
		number, is := strings.CutPrefix(fields[0], "cpu")
		if id, err := strconv.Atoi(number); !is || err != nil || !o.usable[id] {
			continue
		}
		var n [8]int64
		for i := range n {
			v, err := strconv.ParseInt(fields[i+1], 10, 64)
			if err != nil {
				return nil
			}
			n[i] = v
		}
		seen++
		sum.busy += n[0] + n[1] + n[2] + n[5] + n[6]
		sum.stolen += n[7]
	}
	if seen == 0 || seen < len(o.usable) {
		return nil
	}
	return &sum
}

// Throttles are those of all control groups that this process is in, since they exist.
type throttles struct {
	times int64
	ns    float64
}

// throttles reads cpu.stat, which gives microseconds in version 2 and nanoseconds in
// version 1. A group without a limit has none of it, and nil is for no group with one.
func (o *Observer) throttles() *throttles {
	var sum throttles
	found := false
	for _, dir := range o.cgroupDirs("cpu") {
		text, _ := o.read(path.Join(dir, "cpu.stat"))
		stat := map[string]*float64{}
		for line := range strings.Lines(text) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			stat[name] = parsed(value, 1)
		}
		times, us, ns := stat["nr_throttled"], stat["throttled_usec"], stat["throttled_time"]
		if times == nil || us == nil && ns == nil {
			continue
		}
		found = true
		sum.times += int64(*times)
		if us != nil {
			sum.ns += *us * 1e3
		} else {
			sum.ns += *ns
		}
	}
	if !found {
		return nil
	}
	return &sum
}
