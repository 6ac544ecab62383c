package json_test

import (
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/codectest"
	"github.com/copytax/copytax/transports/codec/json"
)

func FuzzObject(f *testing.F) { codectest.Fuzz(f, func() copytax.Codec { return json.New() }) }

func FuzzPacked(f *testing.F) { codectest.Fuzz(f, func() copytax.Codec { return json.NewPacked() }) }
