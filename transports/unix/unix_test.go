package unix_test

import (
	"testing"

	"github.com/copytax/copytax/transports/carrier"
	"github.com/copytax/copytax/transports/codec"
	"github.com/copytax/copytax/transports/transporttest"
	"github.com/copytax/copytax/transports/unix"
)

func TestConformance(t *testing.T) {
	for _, f := range codec.Formats() {
		tr := carrier.New(unix.Carrier(), f)
		t.Run(tr.Name(), func(t *testing.T) { transporttest.Run(t, tr) })
	}
}
