// Package transporttest is the conformance kit: what every transport must do,
// checked by driving its three roles against each other with known messages.
//
// The roles are goroutines of one process, each with the descriptors, the
// meter and the rendezvous that a process of its own would have. The kit
// measures nothing and knows no transport by name. Start at [Run] in a test
// and at [Check] in a program.
package transporttest

import (
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/copytax/copytax"
)

// ErrUnavailable is wrapped by Check's error when a transport says that this
// machine cannot run it.
var ErrUnavailable = errors.New("transport is unavailable")

// Options say how thoroughly to check. The zero value is what Run uses.
type Options struct {
	// Counts are the numbers of boids to run with; none means 1, 3, 4, 5, 100
	// and 1000: around the blocks of four that columns are padded to, and
	// more bytes than one system call moves on some carriers.
	Counts []int
	// Ticks is the length of a trial, at least 40; 0 means 150.
	Ticks int
	// Timeout bounds a trial, and with it the time that a role may take to
	// notice that another has gone; 0 means 30 seconds.
	Timeout time.Duration
	// Report is told the name of each case and its error, nil if it passed,
	// as it ends. It may be nil.
	Report func(name string, err error)
}

// procs is how many goroutines may run at once. The roles of a real trial are
// processes, which the operating system schedules: in one process, two that
// spin or sleep in a system call would otherwise keep the third from running.
const procs = 8

func (o Options) filled() Options {
	if len(o.Counts) == 0 {
		o.Counts = []int{1, 3, 4, 5, 100, 1000}
	}
	if o.Ticks == 0 {
		o.Ticks = 150
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Report == nil {
		o.Report = func(string, error) {}
	}
	return o
}

// Check runs every case on tr and returns the errors of those that failed,
// each with the name of its case. It counts the goroutines, descriptors and
// mappings of the process, so nothing else should run in it meanwhile.
func Check(tr copytax.Transport, opt Options) error {
	opt = opt.filled()
	if opt.Ticks < minTicks {
		return fmt.Errorf("check %s: %d ticks a trial, want at least %d", tr.Name(), opt.Ticks, minTicks)
	}
	if why := tr.Info().Unavailable; why != "" {
		return fmt.Errorf("check %s: %w: %s", tr.Name(), ErrUnavailable, why)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	var failed []error
	for _, c := range cases(tr.Info(), opt) {
		err := c.run(tr)
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

// Run checks tr, one subtest a case. It skips, and says why, when the
// transport is unavailable on this machine.
func Run(t *testing.T, tr copytax.Transport) {
	t.Helper()
	opt := Options{Report: func(name string, err error) {
		t.Run(name, func(t *testing.T) {
			if err != nil {
				t.Error(err)
			}
		})
	}}
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

// cases lists what is checked. The first trial comes twice: once to let the
// runtime open what it keeps for good, such as its poller, and then for the leaks.
func cases(info copytax.Info, opt Options) []testCase {
	list := []testCase{{"info", checkInfo}}
	for _, n := range opt.Counts {
		list = append(list, trialCase(fmt.Sprintf("boids=%d", n), plan{boids: n}, opt))
	}
	if !info.OneProcess {
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
	return append(list, testCase{"leaks", func(tr copytax.Transport) error { return checkLeaks(tr, p, opt) }})
}

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
