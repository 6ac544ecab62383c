package core

import "golang.org/x/sys/unix"

// affinity returns the processors that this process may use, in ascending order.
func affinity() (all []int, err error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, err
	}
	for n := range len(set) * 64 {
		if set.IsSet(n) {
			all = append(all, n)
		}
	}
	return all, nil
}

// setAffinity keeps the calling thread on one processor.
func setAffinity(n int) error {
	var set unix.CPUSet
	set.Set(n)
	return unix.SchedSetaffinity(0, &set)
}

// Nap sleeps for ns where Go's scheduler does not see it: another goroutine finds
// nothing to do but its own work. It returns what is left when a signal ends it.
func Nap(ns int64) (left int64) {
	t := unix.NsecToTimespec(ns)
	var rest unix.Timespec
	_ = unix.Nanosleep(&t, &rest) // fails only for a signal
	return rest.Nano()
}
