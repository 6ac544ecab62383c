package transporttest_test

import (
	"testing"

	"github.com/copytax/copytax/transports/direct"
	"github.com/copytax/copytax/transports/transporttest"
)

func TestDirectConforms(t *testing.T) { transporttest.Run(t, direct.New()) }
