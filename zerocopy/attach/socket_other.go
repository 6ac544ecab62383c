//go:build !linux

package attach

import (
	"net"
	"os"

	"github.com/copytax/copytax"
)

// Listen fails here.
func Listen(string) (*os.File, error) { return nil, copytax.ErrPlatform }

func sameUser(*net.UnixConn) error                      { return copytax.ErrPlatform }
func receive(*net.UnixConn) ([]byte, []*os.File, error) { return nil, nil, copytax.ErrPlatform }
func send(*net.UnixConn, []byte, []int) error           { return copytax.ErrPlatform }
