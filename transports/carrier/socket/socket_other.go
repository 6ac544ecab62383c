//go:build !linux

package socket

import (
	"os"

	"github.com/copytax/copytax"
)

func newSocket(*os.File, copytax.Env) (copytax.Conn, error) { return nil, copytax.ErrPlatform }

// RaiseBuffer fails here.
func RaiseBuffer(*os.File, int) error { return copytax.ErrPlatform }

// Block fails here.
func Block(*os.File) error { return copytax.ErrPlatform }
