package tab

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// A need is how much of a resource a browser takes, roughly: with far less it dies of a
// signal, or does not load its page, and says nothing of why.
type need struct {
	resource int
	flag     string // of ulimit
	what     string
	least    uint64
	unit     uint64 // of the flag's numbers
}

var needs = []need{
	{unix.RLIMIT_AS, "-v", "memory that is only reserved counts, which V8 does by the terabyte", 1 << 40, 1 << 10},
	{unix.RLIMIT_NOFILE, "-n", "open files", 256, 1},
	{unix.RLIMIT_NPROC, "-u", "threads of this user, all its programs together", 512, 1},
}

// limitOf returns the limit that this program, and so its browser, has of a resource.
var limitOf = func(resource int) (uint64, error) {
	var l unix.Rlimit
	err := unix.Getrlimit(resource, &l)
	return l.Cur, err
}

// limited adds to why a browser failed the limits under which it may have. It returns nil
// of nil, and err itself where no limit is low.
func limited(err error) error {
	if err == nil {
		return nil
	}
	var low []string
	for _, n := range needs {
		if is, unknown := limitOf(n.resource); unknown == nil && is < n.least {
			low = append(low, fmt.Sprintf("ulimit %s is %d, a browser needs %d or more (%s)", n.flag, is/n.unit, n.least/n.unit, n.what))
		}
	}
	if len(low) == 0 {
		return err
	}
	return fmt.Errorf("%w; perhaps for a limit: %s", err, strings.Join(low, "; "))
}
