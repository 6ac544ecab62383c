//go:build !linux

package transporttest

import (
	"errors"
	"os"
)

var errLinux = errors.New("roles are processes on Linux only")

func newBoard() (*os.File, error)          { return nil, errLinux }
func mapBoard(*os.File) ([]byte, error)    { return nil, errLinux }
func unmapBoard([]byte) error              { return errLinux }
func duplicate(*os.File) (*os.File, error) { return nil, errLinux }
