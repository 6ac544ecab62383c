package flatbuffers_test

import (
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/codectest"
	"github.com/copytax/copytax/transports/codec/flatbuffers"
)

func FuzzObject(f *testing.F) { codectest.Fuzz(f, func() copytax.Codec { return flatbuffers.New() }) }

func FuzzPacked(f *testing.F) {
	codectest.Fuzz(f, func() copytax.Codec { return flatbuffers.NewPacked() })
}
