package twin_test

import (
	"testing"

	"github.com/copytax/copytax/transports/transporttest"
	"github.com/copytax/copytax/transports/twin"
)

func TestMain(m *testing.M) { transporttest.Main(m, twin.Transports()...) }
