package channel_test

import (
	"testing"

	"github.com/copytax/copytax/transports/channel"
	"github.com/copytax/copytax/transports/transporttest"
)

func TestConformance(t *testing.T) { transporttest.Run(t, channel.New()) }
