package codec_test

import (
	"testing"

	"github.com/copytax/copytax/transports/codec"
	"github.com/copytax/copytax/transports/codec/codectest"
)

// Every format does what a codec must, and allocates no more than its library.
func TestFormats(t *testing.T) {
	limits := map[string]codectest.Limits{
		"raw":                {Encode: 0, Decode: 0},
		"flatbuffers":        {Encode: 0, Decode: 1},
		"flatbuffers:packed": {Encode: 0, Decode: 1},
		"protobuf":           {Encode: 0, Decode: 1000},
		"protobuf:packed":    {Encode: 0, Decode: 16},
		"msgpack":            {Encode: 1000, Decode: 1000},
		"msgpack:map":        {Encode: 1000, Decode: 1000},
		"msgpack:packed":     {Encode: 0, Decode: 8},
		"json":               {Encode: 100, Decode: 100},
		"json:packed":        {Encode: 100, Decode: 100},
	}
	for _, f := range codec.Formats() {
		limit, ok := limits[f.Name]
		if !ok {
			t.Errorf("%s has no limits", f.Name)
		}
		t.Run(f.Name, func(t *testing.T) { codectest.Run(t, f.New, limit) })
	}
}

func BenchmarkFormats(b *testing.B) {
	for _, f := range codec.Formats() {
		b.Run(f.Name, func(b *testing.B) { codectest.Benchmark(b, f.New()) })
	}
}

func TestFormatsAreWhatTheyAreCalled(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range codec.Formats() {
		if seen[f.Name] {
			t.Errorf("%s is listed twice", f.Name)
		}
		seen[f.Name] = true
		c := f.New()
		if c == f.New() {
			t.Errorf("%s makes the same codec twice", f.Name)
		}
		if f.Summary == "" || c.ContentType() == "" {
			t.Errorf("%s: summary %q, content type %q", f.Name, f.Summary, c.ContentType())
		}
	}
}
