package protobuf_test

import (
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/codectest"
	"github.com/copytax/copytax/transports/codec/protobuf"
)

func FuzzObject(f *testing.F) { codectest.Fuzz(f, func() copytax.Codec { return protobuf.New() }) }

func FuzzPacked(f *testing.F) {
	codectest.Fuzz(f, func() copytax.Codec { return protobuf.NewPacked() })
}
