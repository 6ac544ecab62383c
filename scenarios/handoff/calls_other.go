//go:build !linux

package handoff

import (
	"os"

	"github.com/copytax/copytax"
)

func ownMemory(int) ([]byte, error)      { return nil, copytax.ErrPlatform }
func readOnce(int, []byte) (int, error)  { return 0, copytax.ErrPlatform }
func writeOnce(int, []byte) (int, error) { return 0, copytax.ErrPlatform }
func raiseBuffer(*os.File) error         { return copytax.ErrPlatform }
