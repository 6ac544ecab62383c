package core

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// A Pair is the processors that two sides stay on, each alone on its core as
// far as the measurement goes.
type Pair struct {
	Apart          bool // false: this process may use one core only, and nobody is held anywhere
	Writer, Reader int
}

// Choose returns two processors that this process may use, of different cores
// and if there are such below one last-level cache; the highest numbers, since
// operating systems like to serve their devices on the lowest.
func Choose() (Pair, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return Pair{}, fmt.Errorf("processors that may be used: %w", err)
	}
	var all []processor
	for n := len(set)*64 - 1; n >= 0; n-- {
		if set.IsSet(n) {
			all = append(all, lookUp(n))
		}
	}
	return choose(all), nil
}

// Lacking says why two sides cannot have a core each; empty if they can.
func Lacking() string {
	p, err := Choose()
	switch {
	case err != nil:
		return err.Error()
	case !p.Apart:
		return "needs two cores, and this process may run on one only"
	}
	return ""
}

// StayAsWriter keeps the calling thread on the writer's core, if there are two.
func (p Pair) StayAsWriter() error { return p.stay(p.Writer) }

// StayAsReader does so on the reader's.
func (p Pair) StayAsReader() error { return p.stay(p.Reader) }

func (p Pair) stay(number int) error {
	if !p.Apart {
		return nil
	}
	return Stay(number)
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
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// choose returns the first two of different cores, if possible with one cache.
func choose(all []processor) Pair {
	for _, oneCache := range []bool{true, false} {
		for i, w := range all {
			for _, r := range all[i+1:] {
				if w.core != r.core && (!oneCache || w.cache == r.cache) {
					return Pair{Apart: true, Writer: w.number, Reader: r.number}
				}
			}
		}
	}
	return Pair{}
}
