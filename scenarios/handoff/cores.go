package handoff

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// cores are the processors that the two sides run on, each alone on its core as
// far as this scenario goes. Left to themselves two sides that spin now and
// then meet on one core, and a hand-off then takes as long as a change of
// processes: thirty microseconds where it takes a tenth of one.
type cores struct {
	Pinned         bool // false: this process may use one core only
	Writer, Reader int
}

// chooseCores returns two processors that this process may use, of different
// cores and if there are such below one last-level cache; the highest numbers,
// since operating systems like to serve their devices on the lowest.
func chooseCores() (cores, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return cores{}, fmt.Errorf("processors that may be used: %w", err)
	}
	var all []processor
	for n := len(set)*64 - 1; n >= 0; n-- {
		if set.IsSet(n) {
			all = append(all, lookUp(n))
		}
	}
	return pair(all), nil
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

// pair returns the first two of different cores, if possible with one cache.
func pair(all []processor) cores {
	for _, oneCache := range []bool{true, false} {
		for i, w := range all {
			for _, r := range all[i+1:] {
				if w.core != r.core && (!oneCache || w.cache == r.cache) {
					return cores{Pinned: true, Writer: w.number, Reader: r.number}
				}
			}
		}
	}
	return cores{}
}

// pin keeps the calling thread, which its goroutine must be locked to, on one
// of the processors.
func (c cores) pin(number int) error {
	if !c.Pinned {
		return nil
	}
	var set unix.CPUSet
	set.Set(number)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("run on processor %d: %w", number, err)
	}
	return nil
}
