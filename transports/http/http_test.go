package http_test

import (
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/carrier"
	"github.com/copytax/copytax/transports/codec"
	"github.com/copytax/copytax/transports/http"
	"github.com/copytax/copytax/transports/transporttest"
)

func all() []copytax.Transport { return carrier.Each(http.Carrier(), codec.Formats()...) }

func TestMain(m *testing.M) { transporttest.Main(m, all()...) }

func TestConformance(t *testing.T) { transporttest.Run(t, all()...) }
