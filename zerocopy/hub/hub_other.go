//go:build !linux

package hub

import (
	"os"
	"sync/atomic"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// Without Linux there is no way to a region, so that nobody shares words with anybody.

// Create fails here.
func Create(zerocopy.Kind, zerocopy.Layout, ...Option) (*os.File, error) {
	return nil, copytax.ErrPlatform
}

// MapWritable fails here.
func MapWritable(*os.File, zerocopy.Kind, zerocopy.Layout, ...Option) ([]byte, error) {
	return nil, copytax.ErrPlatform
}

// MapReadOnly fails here.
func MapReadOnly(*os.File, zerocopy.Kind, zerocopy.Layout, ...Option) ([]byte, error) {
	return nil, copytax.ErrPlatform
}

// Overlay fails here.
func Overlay([]byte, *os.File, zerocopy.Kind, zerocopy.Layout, bool) error {
	return copytax.ErrPlatform
}

// Check fails here.
func Check(*os.File, zerocopy.Kind, zerocopy.Layout) (int, error) { return 0, copytax.ErrPlatform }

// Sealed fails here.
func Sealed(*os.File) (bool, error) { return false, copytax.ErrPlatform }

// Reserve fails here.
func Reserve(int) ([]byte, error) { return nil, copytax.ErrPlatform }

// Unmap has nothing to undo here.
func Unmap([]byte) error { return nil }

// ProvePayload fails here.
func ProvePayload([]byte, *os.File) (copytax.AddressProof, error) {
	return copytax.AddressProof{}, copytax.ErrPlatform
}

// Available fails here.
func Available(Pages, int) error { return copytax.ErrPlatform }

// UsedPages fails here.
func UsedPages([]byte) (PageUse, error) { return PageUse{}, copytax.ErrPlatform }

func futexWait(*uint32, uint32, Strategy, time.Duration) error { return copytax.ErrPlatform }
func futexWake(*atomic.Uint64, uintptr)                        {}
func futexSleep(*atomic.Uint64, uint32)                        {}
func yield()                                                   {}
func sharpen()                                                 {}
