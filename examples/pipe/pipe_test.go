package pipe

import (
	"testing"

	"github.com/copytax/copytax/transports/carrier"
	"github.com/copytax/copytax/transports/codec"
	"github.com/copytax/copytax/transports/transporttest"
)

func TestConformance(t *testing.T) {
	for _, c := range Plugin().Carriers {
		for _, f := range codec.Formats() {
			t.Run(f.Name, func(t *testing.T) { transporttest.Run(t, carrier.New(c, f)) })
		}
	}
}
