package shm_test

import (
	"testing"

	"github.com/copytax/copytax/transports/shm"
	"github.com/copytax/copytax/transports/transporttest"
)

func TestConformance(t *testing.T) { transporttest.Run(t, shm.Transports()...) }
