package core

import (
	"runtime"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

func TestPairOfProcessors(t *testing.T) {
	for name, c := range map[string]struct {
		all  []processor
		want Cores
	}{
		"none":              {nil, nil},
		"one":               {[]processor{{0, "0", ""}}, nil},
		"one core":          {[]processor{{1, "0-1", "0-1"}, {0, "0-1", "0-1"}}, nil},
		"two":               {[]processor{{1, "1", ""}, {0, "0", ""}}, Cores{1, 0}},
		"threads":           {[]processor{{3, "1,3", "0-3"}, {2, "0,2", "0-3"}, {1, "1,3", "0-3"}}, Cores{3, 2}},
		"one cache matters": {[]processor{{5, "5", "4-5"}, {3, "3", "2-3"}, {2, "2", "2-3"}}, Cores{3, 2}},
		"no common cache":   {[]processor{{5, "5", "4-5"}, {3, "3", "2-3"}}, Cores{5, 3}},
	} {
		if got := choose(c.all); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

func TestPin(t *testing.T) {
	c, err := Choose()
	if err != nil {
		t.Fatal(err)
	}
	if !c.Apart() {
		t.Skip("this process may use one core only")
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, and its pin
		err := c.Stay(Reader)
		var set unix.CPUSet
		if err == nil {
			err = unix.SchedGetaffinity(0, &set)
		}
		if set.Count() != 1 || !set.IsSet(c[Reader]) {
			t.Errorf("pinned to %d: may run on %d processors", c[Reader], set.Count())
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
