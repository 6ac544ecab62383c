//go:build !linux

package carrier

import (
	"syscall"

	"github.com/copytax/copytax"
)

func pending(syscall.Conn) (bool, error) { return false, copytax.ErrPlatform }

// Readable says nothing here.
func Readable(int) (bool, error) { return false, copytax.ErrPlatform }
