package transporttest

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/copytax/copytax"
)

// A footprint is what a process holds.
type footprint struct {
	goroutines, descriptors, mappings int
}

// measure counts the goroutines of this process, its open descriptors and its
// mappings of files without a name, which hubs are.
func measure() (footprint, error) {
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return footprint{}, fmt.Errorf("count descriptors: %w", err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return footprint{}, fmt.Errorf("count mappings: %w", err)
	}
	return footprint{runtime.NumGoroutine(), len(fds), bytes.Count(maps, []byte("/memfd:"))}, nil
}

func (f footprint) exceeds(g footprint) bool {
	return f.goroutines > g.goroutines || f.descriptors > g.descriptors || f.mappings > g.mappings
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
	after, err := settle(before, 10*time.Second)
	if err != nil {
		return err
	}
	if after.exceeds(before) {
		stacks := make([]byte, 1<<20)
		return fmt.Errorf("after two trials: %d goroutines, %d descriptors, %d mappings; before: %d, %d, %d\n%s",
			after.goroutines, after.descriptors, after.mappings,
			before.goroutines, before.descriptors, before.mappings, stacks[:runtime.Stack(stacks, true)])
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
