package unix_test

import (
	"testing"

	"github.com/copytax/copytax/transports/unix"
	"github.com/copytax/copytax/transports/transporttest"
)

func TestMain(m *testing.M) { transporttest.Main(m, unix.Transports()...) }
