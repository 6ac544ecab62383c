package unix_test

import (
	"testing"

	"github.com/copytax/copytax/transports/transporttest"
	"github.com/copytax/copytax/transports/unix"
)

func TestConformance(t *testing.T) {
	for _, tr := range unix.Transports() {
		t.Run(tr.Name(), func(t *testing.T) { transporttest.Run(t, tr) })
	}
}
