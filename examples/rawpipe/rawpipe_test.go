package rawpipe

import (
	"testing"

	"github.com/copytax/copytax/transports/transporttest"
)

// TestMain lets the test binary be the processes of a trial.
func TestMain(m *testing.M) { transporttest.Main(m, Plugin().Transports()...) }

func TestConformance(t *testing.T) { transporttest.Run(t, Plugin().Transports()...) }
