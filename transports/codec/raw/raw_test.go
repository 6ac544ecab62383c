package raw_test

import (
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/codectest"
	"github.com/copytax/copytax/transports/codec/raw"
)

func FuzzRaw(f *testing.F) { codectest.Fuzz(f, func() copytax.Codec { return raw.New() }) }
