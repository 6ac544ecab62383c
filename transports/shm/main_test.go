package shm_test

import (
	"testing"

	"github.com/copytax/copytax/transports/shm"
	"github.com/copytax/copytax/transports/transporttest"
)

func TestMain(m *testing.M) { transporttest.Main(m, shm.Transports()...) }
