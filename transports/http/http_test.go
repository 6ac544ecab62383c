package http_test

import (
	"testing"

	"github.com/copytax/copytax/transports/carrier"
	"github.com/copytax/copytax/transports/codec"
	"github.com/copytax/copytax/transports/http"
	"github.com/copytax/copytax/transports/transporttest"
)

func TestConformance(t *testing.T) {
	for _, f := range codec.Formats() {
		tr := carrier.New(http.Carrier(), f)
		t.Run(tr.Name(), func(t *testing.T) { transporttest.Run(t, tr) })
	}
}
