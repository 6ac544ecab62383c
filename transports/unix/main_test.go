package unix_test

import (
	"testing"

	"github.com/copytax/copytax/transports/transporttest"
	"github.com/copytax/copytax/transports/unix"
)

func TestMain(m *testing.M) { transporttest.Main(m, unix.Transports()...) }
