//go:build !linux

package signal

import (
	"os"

	"github.com/copytax/copytax"
)

func newEventFD() (*os.File, error) { return nil, copytax.ErrPlatform }

// An fdWay carries nothing here.
type fdWay struct{ put, take int }

func (fdWay) post(uint64) (int, error)  { return 0, copytax.ErrPlatform }
func (fdWay) await(uint64) (int, error) { return 0, copytax.ErrPlatform }
