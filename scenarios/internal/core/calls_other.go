//go:build !linux

package core

import "github.com/copytax/copytax"

func affinity() ([]int, error) { return nil, copytax.ErrPlatform }
func setAffinity(int) error    { return copytax.ErrPlatform }

// Nap does not sleep here, where no worker is.
func Nap(int64) (left int64) { return 0 }
