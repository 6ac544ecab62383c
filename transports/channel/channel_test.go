package channel_test

import (
	"testing"

	"github.com/copytax/copytax/transports/channel"
	"github.com/copytax/copytax/transports/transporttest"
)

func TestMain(m *testing.M) { transporttest.Main(m, channel.Transports()...) }

func TestConformance(t *testing.T) { transporttest.Run(t, channel.New()) }
