//go:build !linux

package carrier

import "errors"

// pending is what copytax measures with, which is on Linux only.
func pending(any) (bool, error) { return false, errors.New("streams are polled on Linux only") }
