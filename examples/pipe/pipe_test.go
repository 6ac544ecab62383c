package pipe

import (
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/carrier"
	"github.com/copytax/copytax/transports/codec"
	"github.com/copytax/copytax/transports/transporttest"
)

// all returns the carrier with each codec but the variants of one, which are no other
// bytes to a carrier.
func all() (list []copytax.Transport) {
	for _, f := range codec.Formats() {
		if !strings.Contains(f.Name, ":") {
			list = append(list, carrier.New(pipes{}, f))
		}
	}
	return list
}

// TestMain lets the test binary be the processes of a trial.
func TestMain(m *testing.M) { transporttest.Main(m, all()...) }

func TestConformance(t *testing.T) { transporttest.Run(t, all()...) }
