package signal

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// allowedCores are the logical processors that this process may run on, of the
// first 1,024, in order.
func allowedCores() (cores []int) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil // as many as lacking complains of
	}
	for i := range 8 * len(set) * 8 {
		if set.IsSet(i) {
			cores = append(cores, i)
		}
	}
	return cores
}

// lacking says why the sides cannot have a core each; empty if they can.
func lacking(cores []int) string {
	if len(cores) < 2 {
		return fmt.Sprintf("needs two logical processors, and this process may run on %d", len(cores))
	}
	return ""
}

// stay keeps the calling thread, to which its goroutine is locked, on a core.
// Where the scheduler puts two processes is a question of its own: left to
// itself it often has both sides of a futex on one core, and sometimes two
// that spin.
func stay(core int) error {
	var set unix.CPUSet
	set.Set(core)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("stay on processor %d: %w", core, err)
	}
	return nil
}
