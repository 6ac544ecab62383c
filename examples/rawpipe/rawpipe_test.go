package rawpipe

import (
	"testing"

	"github.com/copytax/copytax/transports/transporttest"
)

func TestConformance(t *testing.T) {
	for _, tr := range Plugin().Transports() {
		t.Run(tr.Name(), func(t *testing.T) { transporttest.Run(t, tr) })
	}
}
