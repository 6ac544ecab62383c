//go:build !linux

package machine

import "github.com/copytax/copytax"

// Fingerprint fails here: the facts are read from Linux's /proc and /sys.
func Fingerprint() (Info, error) { return Info{}, copytax.ErrPlatform }

// Doctor fails here.
func Doctor() ([]Check, error) { return nil, copytax.ErrPlatform }
