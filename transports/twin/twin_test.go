package twin_test

import (
	"testing"

	"github.com/copytax/copytax/transports/transporttest"
	"github.com/copytax/copytax/transports/twin"
)

func TestConformance(t *testing.T) {
	for _, tr := range twin.Transports() {
		t.Run(tr.Name(), func(t *testing.T) { transporttest.Run(t, tr) })
	}
}
