package codec_test

import (
	"math"
	"testing"

	"github.com/copytax/copytax"
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

// trace is a meter that remembers the phases.
type trace []copytax.Phase

func (m *trace) Enter(p copytax.Phase) { *m = append(*m, p) }

// charge makes a codec whose meter and counters can be looked at.
func charge(t *testing.T, name string) (*codec.Charged, *trace, *copytax.Counters) {
	t.Helper()
	m, c := &trace{}, &copytax.Counters{}
	return codec.Charge(codectest.Find(t, name), copytax.Env{Meter: m, Counters: c}), m, c
}

func TestChargedCountsWhatItCopies(t *testing.T) {
	for name, copies := range map[string]bool{"raw": false, "json": true} {
		c, m, counters := charge(t, name)
		f, got := copytax.NewFrame(10), copytax.NewFrame(10)
		b, err := c.Encode(f.Table())
		if err != nil {
			t.Fatal(err)
		}
		want := int64(0)
		if copies {
			want = int64(len(b))
		}
		if n := counters.CopiedBytes.Load(); n != want {
			t.Errorf("%s: encoding copied %d bytes, want %d", name, n, want)
		}
		if err := c.Decode(b, got.Table()); err != nil {
			t.Fatal(err)
		}
		if copies {
			want += 4 * copytax.Columns * 10
		}
		if n := counters.CopiedBytes.Load(); n != want {
			t.Errorf("%s: a round trip copied %d bytes, want %d", name, n, want)
		}
		if got, want := *m, (trace{copytax.Encode, copytax.Compute, copytax.Decode, copytax.Compute}); len(got) != len(want) ||
			got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] {
			t.Errorf("%s: phases %v, want %v", name, got, want)
		}
	}
}

func TestChargedErrorsNameTheMessage(t *testing.T) {
	c, m, _ := charge(t, "json")
	f := copytax.NewFrame(1)
	f.Epoch, f.Data[0] = 41, float32(math.NaN())
	_, err := c.Encode(f.Table())
	if want := "encode frame 41: json: unsupported value: NaN"; err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
	b, err := c.EncodePolicy(&copytax.Policy{Epoch: 2})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.DecodePolicy(b, make([]byte, copytax.PolicyBytes), 3)
	if want := "decode policy 3: it is that of epoch 2"; err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
	if last := (*m)[len(*m)-1]; last != copytax.Compute {
		t.Errorf("an error left the meter in %s", last)
	}
}
