package msgpack_test

import (
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/codectest"
	"github.com/copytax/copytax/transports/codec/msgpack"
)

func FuzzObject(f *testing.F) { codectest.Fuzz(f, func() copytax.Codec { return msgpack.New() }) }

func FuzzMap(f *testing.F) { codectest.Fuzz(f, func() copytax.Codec { return msgpack.NewMap() }) }

func FuzzPacked(f *testing.F) { codectest.Fuzz(f, func() copytax.Codec { return msgpack.NewPacked() }) }
