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
	"github.com/copytax/copytax/transports/codec/columns"
	"github.com/copytax/copytax/transports/codec/flatbuffers"
	"github.com/copytax/copytax/transports/codec/json"
	"github.com/copytax/copytax/transports/codec/msgpack"
	"github.com/copytax/copytax/transports/codec/protobuf"
	"github.com/copytax/copytax/transports/codec/raw"
)

// A Codec encodes and decodes messages. It owns the buffers that it works in
// and is not for concurrent use.
//
// What an Encode method returns may alias the message, and is valid until the
// next message of the same kind is encoded or the next change of the message.
// A Decode method fills every column of the destination, whose N and Number say
// what is expected; a message that holds another number of boids is an error of
// [copytax.CheckCount], and so is another Number where the codec carries one.
// After an error the destination's columns are undefined. Decoding hostile bytes
// fails; it never panics, and allocates no more than a small multiple of their
// length. A destination's Policy is filled whole.
type Codec interface {
	ContentType() string // for HTTP

	EncodePolicy(*copytax.Policy) ([]byte, error)
	DecodePolicy([]byte, *copytax.Policy) error
	Encode(columns.Set) ([]byte, error)
	Decode([]byte, columns.Set) error
}

// A Format is a codec that can be had by name.
type Format struct {
	Name    string
	Summary string // what it does to a boid, for the one line about a transport
	New     func() Codec
}

// Formats lists every codec, cheapest first and each plain form before its variants.
func Formats() []Format {
	return []Format{
		{"raw", "columns as they lie in memory", func() Codec { return raw.New() }},
		{"flatbuffers", "a FlatBuffers struct a boid", func() Codec { return flatbuffers.New() }},
		{"flatbuffers:packed", "a FlatBuffers vector a column", func() Codec { return flatbuffers.NewPacked() }},
		{"protobuf", "a protocol buffers message a boid", func() Codec { return protobuf.New() }},
		{"protobuf:packed", "a packed protocol buffers field a column", func() Codec { return protobuf.NewPacked() }},
		{"msgpack", "a MessagePack array a boid", func() Codec { return msgpack.New() }},
		{"msgpack:map", "a MessagePack map with field names a boid", func() Codec { return msgpack.NewMap() }},
		{"msgpack:packed", "a MessagePack array a column", func() Codec { return msgpack.NewPacked() }},
		{"json", "a JSON object a boid", func() Codec { return json.New() }},
		{"json:packed", "a JSON array a column", func() Codec { return json.NewPacked() }},
	}
}

// MaxBytes bounds the encoded size of any message about n boids, in any codec.
// Carriers refuse longer ones before they make room for them. The wordiest is
// JSON: eight floats of up to 15 characters, their names and punctuation.
func MaxBytes(n int) int { return 4096 + 512*n }
