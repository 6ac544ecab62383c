//go:build !linux

package transporttest

import (
	"os"

	"github.com/copytax/copytax"
)

func newBoardFile() (*os.File, error) { return nil, copytax.ErrPlatform }

func mapShared(*os.File) ([]byte, error) { return nil, copytax.ErrPlatform }

func unmap([]byte) error { return nil }
