package carrier

import (
	"math"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/codectest"
)

// trace is a meter that remembers the phases.
type trace []copytax.Phase

func (m *trace) Enter(p copytax.Phase) { *m = append(*m, p) }

// chargedCodec makes a codec whose meter and counters can be looked at.
func chargedCodec(t *testing.T, name string) (*charged, *trace, *copytax.Counters) {
	t.Helper()
	m, c := &trace{}, &copytax.Counters{}
	return charge(codectest.Find(t, name), copytax.Env{Meter: m, Counters: c}), m, c
}

func TestChargedCountsWhatItCopies(t *testing.T) {
	for name, copies := range map[string]bool{"raw": false, "json": true} {
		c, m, counters := chargedCodec(t, name)
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
	c, m, _ := chargedCodec(t, "json")
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
