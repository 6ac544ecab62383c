package direct_test

import (
	"testing"

	"github.com/copytax/copytax/transports/direct"
	"github.com/copytax/copytax/transports/transporttest"
)

func TestMain(m *testing.M) { transporttest.Main(m, direct.Transports()...) }
