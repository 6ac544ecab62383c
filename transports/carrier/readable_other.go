//go:build !linux

package carrier

import "github.com/copytax/copytax"

// Readable fails here.
func Readable(int) (bool, error) { return false, copytax.ErrPlatform }
