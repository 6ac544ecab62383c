package handoff

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

func TestPairOfProcessors(t *testing.T) {
	for name, c := range map[string]struct {
		all  []processor
		want cores
	}{
		"none":              {nil, cores{}},
		"one":               {[]processor{{0, "0", ""}}, cores{}},
		"one core":          {[]processor{{1, "0-1", "0-1"}, {0, "0-1", "0-1"}}, cores{}},
		"two":               {[]processor{{1, "1", ""}, {0, "0", ""}}, cores{true, 1, 0}},
		"threads":           {[]processor{{3, "1,3", "0-3"}, {2, "0,2", "0-3"}, {1, "1,3", "0-3"}}, cores{true, 3, 2}},
		"one cache matters": {[]processor{{5, "5", "4-5"}, {3, "3", "2-3"}, {2, "2", "2-3"}}, cores{true, 3, 2}},
		"no common cache":   {[]processor{{5, "5", "4-5"}, {3, "3", "2-3"}}, cores{true, 5, 3}},
	} {
		if got := pair(c.all); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

func TestPin(t *testing.T) {
	c, err := chooseCores()
	if err != nil {
		t.Fatal(err)
	}
	if !c.Pinned {
		t.Skip("this process may use one core only")
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, and its pin
		err := c.pin(c.Reader)
		var set unix.CPUSet
		if err == nil {
			err = unix.SchedGetaffinity(0, &set)
		}
		if set.Count() != 1 || !set.IsSet(c.Reader) {
			t.Errorf("pinned to %d: may run on %d processors", c.Reader, set.Count())
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
