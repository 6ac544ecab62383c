//go:build !unix

package store

import (
	"os"

	"github.com/copytax/copytax"
)

// Lock fails here.
func Lock(string) (*os.File, error) { return nil, copytax.ErrPlatform }
