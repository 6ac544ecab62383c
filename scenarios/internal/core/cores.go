package core

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Cores are the processors that a writer and a reader stay on; none where nobody
// is held anywhere.
type Cores []int

// Choose returns two processors that this process may use, of different cores
// and if there are such below one last-level cache; the highest numbers, since
// operating systems like to serve their devices on the lowest. It returns none
// where this process may use one core only.
func Choose() (Cores, error) {
	usable, err := affinity()
	if err != nil {
		return nil, fmt.Errorf("processors that may be used: %w", err)
	}
	var all []processor
	for _, n := range slices.Backward(usable) {
		all = append(all, lookUp(n))
	}
	return choose(all), nil
}

// Apart reports whether the sides have a core each, and stay there.
func (c Cores) Apart() bool { return len(c) > 0 && c[Writer] != c[Reader] }

// Stay keeps the calling thread, to which its goroutine must be locked, on the
// core of a worker. Where the scheduler puts two processes is a question of its
// own: left to itself it often has both sides of a futex on one core, and
// sometimes two that spin.
func (c Cores) Stay(number int) error {
	if len(c) == 0 {
		return nil
	}
	if err := setAffinity(c[number]); err != nil {
		return fmt.Errorf("stay on processor %d: %w", c[number], err)
	}
	return nil
}

// A processor is one as the operating system numbers them.
type processor struct {
	number      int
	core, cache string // who shares them: texts that are equal for those who do
}

func lookUp(n int) processor {
	dir := fmt.Sprintf("/sys/devices/system/cpu/cpu%d/", n)
	p := processor{number: n, core: list(dir + "topology/thread_siblings_list"), cache: list(dir + "cache/index3/shared_cpu_list")}
	if p.core == "" {
		p.core = fmt.Sprint(n) // not said: a core to itself
	}
	return p
}

// list returns what a file says, empty if there is none.
func list(path string) string {
	text, _ := os.ReadFile(path) // it is no error that a machine does not say
	return strings.TrimSpace(string(text))
}

// choose returns the first two of different cores, if possible with one cache.
func choose(all []processor) Cores {
	for _, oneCache := range []bool{true, false} {
		for i, w := range all {
			for _, r := range all[i+1:] {
				if w.core != r.core && (!oneCache || w.cache == r.cache) {
					return Cores{w.number, r.number}
				}
			}
		}
	}
	return nil
}
