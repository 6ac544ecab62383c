package twin_test

import (
	"testing"

	"github.com/copytax/copytax/transports/twin"
	"github.com/copytax/copytax/transports/transporttest"
)

func TestMain(m *testing.M) { transporttest.Main(m, twin.Transports()...) }
