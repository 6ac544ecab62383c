package copytax

import (
	"errors"
	"runtime"
)

// ErrPlatform says that nothing can be measured here. The shared memory, its waits and
// the clocks of processor time are Linux's; results can be read on every system.
var ErrPlatform = errors.New("copytax measures on Linux, and this is " + runtime.GOOS + ": runs made there can be read here")
