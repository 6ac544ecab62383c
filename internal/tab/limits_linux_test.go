package tab

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax/experiment/lab"
)

// setLimits has this program believe that it has limits.
func setLimits(t *testing.T, limits map[int]uint64) {
	was := limitOf
	t.Cleanup(func() { limitOf = was })
	limitOf = func(resource int) (uint64, error) {
		if l, ok := limits[resource]; ok {
			return l, nil
		}
		return unix.RLIM_INFINITY, nil
	}
}

func TestLowLimitsAreNamed(t *testing.T) {
	died := errors.New("it died")
	setLimits(t, map[int]uint64{unix.RLIMIT_AS: 4 << 30, unix.RLIMIT_NOFILE: 64, unix.RLIMIT_NPROC: 20})
	got := limited(died)
	if !errors.Is(got, died) {
		t.Errorf("got %v, which is not the failure", got)
	}
	for _, want := range []string{"it died; perhaps for a limit: ulimit -v is 4194304, a browser needs 1073741824 or more", "ulimit -n is 64, a browser needs 256", "ulimit -u is 20, a browser needs 512"} {
		if !strings.Contains(got.Error(), want) {
			t.Errorf("got %v, want it to say %s", got, want)
		}
	}
	if got := limited(nil); got != nil {
		t.Errorf("of no failure: got %v", got)
	}
	setLimits(t, map[int]uint64{unix.RLIMIT_NOFILE: 1024})
	if got := limited(died); got != died {
		t.Errorf("with limits that do: got %v", got)
	}
}

// A browser that dies at once under a low limit is told with it.
func TestBrowserThatDiesUnderALimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "browser")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nkill -TRAP $$\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	l := lab.New("")
	defer l.Close()
	for limit, want := range map[uint64]bool{64: true, 4096: false} {
		setLimits(t, map[int]uint64{unix.RLIMIT_NOFILE: limit})
		if _, err := Launch(t.Context(), l, Options{Path: path}); err == nil || !strings.Contains(err.Error(), "SIGTRAP") || strings.Contains(err.Error(), "ulimit -n is 64") != want {
			t.Errorf("with %d files: got %v, want the limit named: %v", limit, err, want)
		}
	}
}
