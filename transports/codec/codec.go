// Package codec turns the messages of a trial into bytes and back.
//
// It moves nothing: carriers do. A codec comes in effort variants, because the
// schema matters more than the library: an object a boid, which is what most
// people write and what the plain name means, and ":packed", a field a column.
// Within its variant each is written as well as its library allows, with
// buffers and messages reused; what was chosen and what it gained is told, with
// the measurements, in the package of each codec. Start at [Formats].
package codec

import (
	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/flatbuffers"
	"github.com/copytax/copytax/transports/codec/json"
	"github.com/copytax/copytax/transports/codec/msgpack"
	"github.com/copytax/copytax/transports/codec/protobuf"
	"github.com/copytax/copytax/transports/codec/raw"
)

// Formats lists every codec, cheapest first and each plain form before its variants.
func Formats() []copytax.Format {
	return []copytax.Format{
		{Name: "raw", Summary: "columns as they lie in memory", InPlace: true, New: func() copytax.Codec { return raw.New() }},
		{Name: "flatbuffers", Summary: "a FlatBuffers struct a boid", New: func() copytax.Codec { return flatbuffers.New() }},
		{Name: "flatbuffers:packed", Summary: "a FlatBuffers vector a column", New: func() copytax.Codec { return flatbuffers.NewPacked() }},
		{Name: "protobuf", Summary: "a protocol buffers message a boid", New: func() copytax.Codec { return protobuf.New() }},
		{Name: "protobuf:packed", Summary: "a packed protocol buffers field a column", New: func() copytax.Codec { return protobuf.NewPacked() }},
		{Name: "msgpack", Summary: "a MessagePack array a boid", New: func() copytax.Codec { return msgpack.New() }},
		{Name: "msgpack:map", Summary: "a MessagePack map with field names a boid", New: func() copytax.Codec { return msgpack.NewMap() }},
		{Name: "msgpack:packed", Summary: "a MessagePack array a column", New: func() copytax.Codec { return msgpack.NewPacked() }},
		{Name: "json", Summary: "a JSON object a boid", Text: true, New: func() copytax.Codec { return json.New() }},
		{Name: "json:packed", Summary: "a JSON array a column", Text: true, New: func() copytax.Codec { return json.NewPacked() }},
	}
}
