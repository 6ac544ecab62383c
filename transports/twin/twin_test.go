package twin_test

import (
	"testing"

	"github.com/copytax/copytax/transports/transporttest"
	"github.com/copytax/copytax/transports/twin"
)

func TestConformance(t *testing.T) { transporttest.Run(t, twin.Transports()...) }
