package copytax

import (
	"errors"
	"runtime"
)

// ErrPlatform says that nothing can be measured here. The shared memory, its waits and
// the clocks of processor time are Linux's; results are read on every system.
var ErrPlatform = errors.New("measures on Linux only, and this is " + runtime.GOOS + ": runs made on Linux can be read here")
