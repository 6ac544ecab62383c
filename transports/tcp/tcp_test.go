package tcp_test

import (
	"testing"

	"github.com/copytax/copytax/transports/carrier"
	"github.com/copytax/copytax/transports/codec"
	"github.com/copytax/copytax/transports/tcp"
	"github.com/copytax/copytax/transports/transporttest"
)

func TestConformance(t *testing.T) {
	for _, f := range codec.Formats() {
		tr := carrier.New(tcp.Carrier(), f)
		t.Run(tr.Name(), func(t *testing.T) { transporttest.Run(t, tr) })
	}
}
