// Package transporttest is the conformance kit: what every transport must do,
// checked by driving its three roles against each other with known messages.
//
// In most cases the roles are goroutines of one process, each with the descriptors,
// the meter and the rendezvous that a process of its own would have, so that a stack
// can be shown and a leak counted. In the others they are the processes of a real
// trial, alone in theirs, and what they counted is held against what the operating
// system saw. The kit measures nothing and knows no transport by name. It does not
// reach epochs beyond 32 bits, which take a day. Start at [Run] in a test and at
// [Check] in a program.
package transporttest

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/copytax/copytax"
)

// ErrUnavailable is wrapped by Check's error when a transport says that this
// machine cannot run it.
var ErrUnavailable = errors.New("transport is unavailable")

// Options say how thoroughly to check. The zero value is what Run uses, but for
// Program.
type Options struct {
	// Counts are the numbers of boids to run with; none means 1, 3, 4, 5, 100,
	// 1,003 and 4,099: around the blocks of four that columns are padded to, and
	// more bytes than one system call moves on some carriers, in no round number.
	Counts []int
	// Ticks is the length of a trial, at least 40; 0 means 300, by which an epoch
	// needs more than a byte.
	Ticks int
	// Timeout bounds a trial; 0 means a minute.
	Timeout time.Duration
	// Patience bounds every call: of a link's method, of Wire, and of closing either,
	// and with it the time that a role may take to notice that another has gone; 0
	// means 5 seconds.
	Patience time.Duration
	// Program is started as "Program role ROLE" for each role of the cases that are
	// played by processes, and must serve it by the registry of [Roles]. Without one
	// these cases are left out.
	Program string
	// Match picks cases by their names; nil picks all.
	Match func(name string) bool
	// Report is told the name of each case and its error, nil if it passed,
	// as it ends. It may be nil.
	Report func(name string, err error)
}

// procs is how many goroutines may run at once. The roles of a real trial are
// processes, which the operating system schedules: in one process, two that
// spin or sleep in a system call would otherwise keep the third from running.
const procs = 4

func (o Options) filled() Options {
	if len(o.Counts) == 0 {
		o.Counts = []int{1, 3, 4, 5, 100, 1003, 4099}
	}
	o.Ticks = cmp.Or(o.Ticks, 300)
	o.Timeout = cmp.Or(o.Timeout, time.Minute)
	o.Patience = cmp.Or(o.Patience, 5*time.Second)
	if o.Match == nil {
		o.Match = func(string) bool { return true }
	}
	if o.Report == nil {
		o.Report = func(string, error) {}
	}
	return o
}

// Check runs every case on tr and returns the errors of those that failed,
// each with the name of its case. It counts the goroutines, descriptors, mappings and
// temporary files of the process, whose TMPDIR it sets meanwhile, so nothing else
// should run in it.
func Check(tr copytax.Transport, opt Options) error {
	opt = opt.filled()
	if opt.Ticks < minTicks {
		return fmt.Errorf("check %s: %d ticks a trial, want at least %d", tr.Name(), opt.Ticks, minTicks)
	}
	if why := tr.Info().Unavailable; why != "" {
		return fmt.Errorf("check %s: %w: %s", tr.Name(), ErrUnavailable, why)
	}
	if tr.Info().Foreign {
		return fmt.Errorf("check %s: %w: its roles run in a tab, and it has no links in Go; the tests in browser/src play them", tr.Name(), ErrUnavailable)
	}
	litter, err := newLitter()
	if err != nil {
		return fmt.Errorf("check %s: %w", tr.Name(), err)
	}
	defer litter.close()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	var failed []error
	for _, c := range cases(tr.Info(), opt) {
		if !opt.Match(c.name) {
			continue
		}
		err := c.checked(tr, litter, opt.Patience)
		opt.Report(c.name, err)
		if err == nil {
			continue
		}
		failed = append(failed, fmt.Errorf("%s: %s: %w", tr.Name(), c.name, err))
		if errors.Is(err, errStuck) {
			break // its goroutines would spoil every case after it
		}
	}
	return errors.Join(failed...)
}

// Run checks transports, one subtest each and below it one a case, in fewer worlds and
// ticks under -short, as for the race detector, which looks at neither. The package's
// TestMain must be [Main]. It skips those that are unavailable on this machine, and says
// why.
func Run(t *testing.T, transports ...copytax.Transport) {
	t.Helper()
	program, err := self()
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range transports {
		t.Run(tr.Name(), func(t *testing.T) { run(t, tr, program) })
	}
}

func run(t *testing.T, tr copytax.Transport, program string) {
	opt := Options{Program: program, Report: func(name string, err error) {
		t.Run(name, func(t *testing.T) {
			if err != nil {
				t.Error(err)
			}
		})
	}}
	if testing.Short() {
		opt.Counts, opt.Ticks = []int{1, 5, 1003}, 2*minTicks
	}
	err := Check(tr, opt)
	if errors.Is(err, ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil && !t.Failed() {
		t.Error(err)
	}
}

// A testCase is one trial, or one look at the transport.
type testCase struct {
	name string
	run  func(copytax.Transport) error
}

// checked runs a case, and looks at what it has left behind. Shared memory that has come
// meanwhile may be another program's: it counts only if more has come when the case has
// run once more, and no other kit's tests leave any meanwhile.
func (c testCase) checked(tr copytax.Transport, l *litter, patience time.Duration) error {
	err := c.once(tr, l, patience)
	if errors.Is(err, errShared) {
		release := lockShared(false)
		l.shared = sharedMemory()
		err = c.once(tr, l, patience)
		release()
	}
	return err
}

func (c testCase) once(tr copytax.Transport, l *litter, patience time.Duration) error {
	before := readSettings()
	if err := caught("the case", func() error { return c.run(tr) }); err != nil {
		if before.kept() != nil {
			debug.SetGCPercent(int(before.percent)) // for the cases behind this one
		}
		return err
	}
	return l.check(patience)
}

// cases lists what is checked. The first trial comes twice: once to let the
// runtime open what it keeps for good, such as its poller, and then for the leaks.
func cases(info copytax.Info, opt Options) []testCase {
	list := []testCase{{"info", checkInfo}, {"wire", func(tr copytax.Transport) error { return checkWire(tr, opt) }}}
	for _, n := range opt.Counts {
		list = append(list, trialCase(fmt.Sprintf("boids=%d", n), plan{boids: n}, opt))
	}
	if !info.OneProcess || info.Concurrent {
		// Where roles take turns nobody can hold a frame while another works.
		list = append(list, trialCase("held frame", plan{boids: heldBoids, overlap: true}, opt))
	}
	if info.Latest {
		list = append(list, trialCase("latest frame", plan{boids: heldBoids, latest: true}, opt))
	}
	for role := range copytax.NumRoles {
		for _, kind := range []faultKind{leaves, asksAhead, asksBehind} {
			p := plan{boids: heldBoids, fault: fault{kind: kind, role: role, at: faultTick}}
			list = append(list, trialCase(fmt.Sprintf("%s %s", role, kind), p, opt))
		}
	}
	p := plan{boids: heldBoids}
	list = append(list, testCase{"leaks", func(tr copytax.Transport) error { return checkLeaks(tr, p, opt) }})
	if opt.Program == "" {
		return list
	}
	processes := func(name string, p plan) {
		list = append(list, testCase{"processes, " + name, func(tr copytax.Transport) error { return runProcesses(tr, p, opt) }})
	}
	for _, n := range processBoids() {
		processes(fmt.Sprintf("boids=%d", n), plan{boids: n})
	}
	if info.Latest {
		processes("latest frame", plan{boids: heldBoids, latest: true})
	}
	return list
}

// processBoids are the numbers of boids of the trials in real processes: one so small
// that what a tick costs at all shows, and one that is large and not round.
func processBoids() []int { return []int{5, 1003} }

func trialCase(name string, p plan, opt Options) testCase {
	return testCase{name, func(tr copytax.Transport) error { return runTrial(tr, p, opt) }}
}

// checkInfo refuses what the runner and the reports could not use.
func checkInfo(tr copytax.Transport) error {
	info := tr.Info()
	switch {
	case tr.Name() == "":
		return errors.New("the transport has no name")
	case info.Summary == "":
		return errors.New("the transport has no summary")
	case info.Rung < 0:
		return fmt.Errorf("rung %d, want 0 or more", info.Rung)
	}
	for _, r := range tr.Name() + info.Summary {
		if r < ' ' {
			return fmt.Errorf("name %q or summary %q holds a control character", tr.Name(), info.Summary)
		}
	}
	return nil
}
