package carrier

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/copytax/copytax"
)

func TestHeaderRoundTrip(t *testing.T) {
	want := copytax.Header{Kind: copytax.KindWant, Number: math.MaxUint64 - 1, Length: 1 << 31}
	var b [HeaderBytes]byte
	if err := PutHeader(&b, want); err != nil {
		t.Fatal(err)
	}
	if got, err := ParseHeader(&b); got != want || err != nil {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	want.Length = 1 << 32
	if err := PutHeader(&b, want); err == nil {
		t.Error("a body of 4 GiB fits a header of 32 bits")
	}
}

func TestHeaderCheck(t *testing.T) {
	header := func(k copytax.Kind, length int, number uint64) copytax.Header {
		return copytax.Header{Kind: k, Number: number, Length: length}
	}
	for _, c := range []struct {
		h    copytax.Header
		want string // in the error; empty for none
	}{
		{header(copytax.KindFrame, 100, 7), ""},
		{header(copytax.KindPolicy, 100, 7), "got policy 7, want frame 7"},
		{header(copytax.KindFrame, 100, 8), "got frame 8, want frame 7"},
		{header(copytax.KindFrame, 9, 7), "body of 9 bytes, want 10 to 200"},
		{header(copytax.KindFrame, 201, 7), "body of 201 bytes"},
		{header(copytax.KindFrame, math.MaxUint32, 7), "body of 4294967295 bytes"},
		{header(copytax.KindFrame, -1, 7), "body of -1 bytes"},
		{header(99, 100, 7), "got kind 99 7"},
	} {
		err := check(c.h, copytax.KindFrame, 7, 10, 200)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got error %v, want %q", c.h, err, c.want)
		}
	}
}

// FuzzHeader feeds a reader any header: what is none is refused, and the rest is read
// as it was written.
func FuzzHeader(f *testing.F) {
	f.Add(make([]byte, HeaderBytes))
	f.Add(bytes.Repeat([]byte{0xff}, HeaderBytes))
	var good [HeaderBytes]byte
	if err := PutHeader(&good, copytax.Header{Kind: copytax.KindFrame, Length: 128}); err != nil {
		f.Fatal(err)
	}
	f.Add(good[:])
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) != HeaderBytes {
			return
		}
		h, err := ParseHeader((*[HeaderBytes]byte)(b))
		kind := int(b[0]) | int(b[1])<<8 | int(b[2])<<16 | int(b[3])<<24
		if isOne := kind >= 1 && kind <= int(copytax.NumKinds); (err == nil) != isOne {
			t.Fatalf("% x: got error %v", b, err)
		}
		if err != nil {
			return
		}
		var again [HeaderBytes]byte
		if err := PutHeader(&again, h); err != nil || !bytes.Equal(again[:], b) {
			t.Errorf("got % x, %v after a round trip, want % x", again, err, b)
		}
	})
}
