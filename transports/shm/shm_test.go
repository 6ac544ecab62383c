package shm_test

import (
	"testing"

	"github.com/copytax/copytax/transports/shm"
	"github.com/copytax/copytax/transports/transporttest"
)

func TestConformance(t *testing.T) {
	for _, tr := range shm.Transports() {
		t.Run(tr.Name(), func(t *testing.T) { transporttest.Run(t, tr) })
	}
}
