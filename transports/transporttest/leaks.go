package transporttest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/lap"
)

// A footprint is what a process holds.
type footprint struct {
	goroutines, descriptors, mappings int
	mapped                            int // bytes of the mappings
}

// measure counts the goroutines of this process, its open descriptors and its
// mappings of files, with a name or, as hubs, without. Memory that belongs to no file
// is not told from that of Go's heap.
func measure() (f footprint, err error) {
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return f, fmt.Errorf("count descriptors: %w", err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return f, fmt.Errorf("count mappings: %w", err)
	}
	f.goroutines, f.descriptors = runtime.NumGoroutine(), len(fds)
	for line := range strings.Lines(string(maps)) {
		var from, to, inode uint64
		var mode, offset, device string
		if _, err := fmt.Sscanf(line, "%x-%x %s %s %s %d", &from, &to, &mode, &offset, &device, &inode); err != nil {
			return f, fmt.Errorf("parse mapping %q: %w", line, err)
		}
		if inode != 0 {
			f.mappings++
			f.mapped += int(to - from)
		}
	}
	return f, nil
}

func (f footprint) exceeds(g footprint) bool {
	return f.goroutines > g.goroutines || f.descriptors > g.descriptors || f.mappings > g.mappings || f.mapped > g.mapped
}

func (f footprint) String() string {
	return fmt.Sprintf("%d goroutines, %d descriptors, %d mappings of %d bytes", f.goroutines, f.descriptors, f.mappings, f.mapped)
}

// checkLeaks runs a clean trial and one whose viewer leaves, and compares what
// the process holds with what it held before. A first trial lets the runtime
// open what it keeps for good.
func checkLeaks(tr copytax.Transport, p plan, opt Options) error {
	if err := runTrial(tr, p, opt); err != nil {
		return err
	}
	before, err := settle(footprint{}, 200*time.Millisecond)
	if err != nil {
		return err
	}
	broken := p
	broken.fault = fault{kind: leaves, role: copytax.Viewer, at: faultTick}
	for _, p := range []plan{p, broken} {
		if err := runTrial(tr, p, opt); err != nil {
			return err
		}
	}
	after, err := settle(before, opt.Patience)
	if err != nil {
		return err
	}
	if after.exceeds(before) {
		stacks := make([]byte, 1<<20)
		return fmt.Errorf("left after two trials: %v; before: %v\n%s", after, before, stacks[:runtime.Stack(stacks, true)])
	}
	return nil
}

// settle waits until the process holds no more than want, but no longer than
// patience: what was closed may take a moment to go.
func settle(want footprint, patience time.Duration) (footprint, error) {
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		got, err := measure()
		if err != nil || !got.exceeds(want) || time.Now().After(deadline) {
			return got, err
		}
	}
}

const (
	idle     = 100 * time.Millisecond
	idleMost = idle / 4 // of CPU, which is the runtime's own where nothing is at work
)

// checkWire wires and closes, within the time that either may take, and looks whether
// anything is at work in this process between the two: the supervisor's CPU is in no
// role's.
func checkWire(tr copytax.Transport, opt Options) error {
	var w *copytax.Wiring
	err := within(opt.Patience, "Wire", func() (err error) {
		w, err = tr.Wire(config(heldBoids, opt.Ticks))
		return err
	})
	if err != nil {
		return err
	}
	before := lap.ProcessCPU()
	time.Sleep(idle)
	burnt := lap.ProcessCPU() - before
	err = within(opt.Patience, "closing what Wire has made", func() error {
		w.Close()
		w.Close()
		return nil
	})
	if err == nil && burnt > idleMost {
		return fmt.Errorf("Wire has left something at work: it burns %v of CPU in %v in the supervisor, which no role is charged with", burnt, idle)
	}
	return err
}

// A litter is what cases may leave behind in places that outlive a process: the
// folder for temporary files, which is one of the kit's own, and shared memory by name.
type litter struct {
	dir, before string // before is the TMPDIR
	set         bool   // there was one
	shared      []string
}

func newLitter() (l *litter, err error) {
	l = &litter{}
	l.before, l.set = os.LookupEnv("TMPDIR")
	if l.dir, err = os.MkdirTemp("", "conformance"); err != nil {
		return nil, err
	}
	l.shared = sharedMemory()
	return l, os.Setenv("TMPDIR", l.dir)
}

func (l *litter) close() {
	_ = os.Unsetenv("TMPDIR") // it cannot fail for a name without a sign in it
	if l.set {
		_ = os.Setenv("TMPDIR", l.before)
	}
	_ = os.RemoveAll(l.dir) // what is left is in a folder for what is left
}

// sharedFolder is where shared memory has a name.
const sharedFolder = "/dev/shm"

// littering is set while this process has the lock for itself.
var littering atomic.Bool

// lockShared keeps apart tests that leave shared memory on purpose, which hold the lock
// for themselves, and kits that look whether any was left. Programs that know nothing of
// it go on.
func lockShared(alone bool) (release func()) {
	if !alone && littering.Load() {
		return func() {}
	}
	folder, err := os.Open(sharedFolder)
	if err != nil {
		return func() {} // there is none
	}
	flock(folder, alone)
	littering.Store(alone)
	return func() {
		littering.Store(false)
		folder.Close()
	}
}

// sharedMemory lists the shared memory that has a name.
func sharedMemory() (names []string) {
	all, _ := os.ReadDir(sharedFolder) // there is none where that is not mounted
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

// errShared is wrapped by check's error where nothing but shared memory has been left.
var errShared = errors.New("in the folder of shared memory")

// check names what has been left behind, and waits a moment for what others, who use
// the same folder, take away again.
func (l *litter) check(patience time.Duration) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(l.dir, "*"))
		if err != nil {
			return err
		}
		shared := slices.DeleteFunc(sharedMemory(), func(name string) bool { return slices.Contains(l.shared, name) })
		switch {
		case len(files)+len(shared) == 0:
			return nil
		case time.Now().Before(deadline):
		case len(files) > 0:
			return fmt.Errorf("left behind: %s", strings.Join(files, ", "))
		default:
			return fmt.Errorf("left behind: %s %w", strings.Join(shared, ", "), errShared)
		}
	}
}
