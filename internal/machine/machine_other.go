//go:build !linux

package machine

import (
	"fmt"
	"runtime"
)

// Fingerprint returns an error: the facts are read from Linux's /proc and /sys.
func Fingerprint() (Info, error) { return Info{}, unsupported("fingerprint") }

// Doctor returns an error: the benchmark rests on memfd, futex and Linux's CPU
// clocks.
func Doctor() ([]Check, error) { return nil, unsupported("doctor") }

func unsupported(what string) error {
	return fmt.Errorf("%s on %s: copytax measures on Linux only", what, runtime.GOOS)
}
