package http_test

import (
	"testing"

	"github.com/copytax/copytax/transports/http"
	"github.com/copytax/copytax/transports/transporttest"
)

func TestMain(m *testing.M) { transporttest.Main(m, http.Transports()...) }
