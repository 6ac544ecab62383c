package direct_test

import (
	"testing"

	"github.com/copytax/copytax/transports/direct"
	"github.com/copytax/copytax/transports/transporttest"
)

func TestConformance(t *testing.T) { transporttest.Run(t, direct.Transports()...) }
