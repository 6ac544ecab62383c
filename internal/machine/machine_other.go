//go:build !linux

package machine

import (
	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// Fingerprint fails here: the facts are read from Linux's /proc and /sys.
func Fingerprint() (Info, error) { return Info{}, copytax.ErrPlatform }

// Doctor fails here.
func Doctor() ([]Check, error) { return nil, copytax.ErrPlatform }

// Limitations finds nothing here.
func Limitations(Info) []Check { return nil }

// An Observer cannot be had here.
type Observer struct{}

// NewObserver fails here.
func NewObserver() (*Observer, error) { return nil, copytax.ErrPlatform }

// Begin reads nothing here.
func (*Observer) Begin() (end func() *experiment.Environment) {
	return func() *experiment.Environment { return nil }
}
