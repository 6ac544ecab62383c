package browser_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec/codectest"
)

// The codecs that a tab has, and what it carries in front of Go's bytes of a table.
var tabCodecs = map[string]int{"raw": 8, "flatbuffers": 0, "protobuf": 0, "msgpack": 0, "json": 0}

// vectorSizes are the numbers of boids of the messages that the languages exchange, and
// vectorNumbers their epochs and generations, beyond what a float64 holds. The tests in
// browser/src/codec know both.
var (
	vectorSizes   = []int{1, 3, 4, 37}
	vectorNumbers = []uint64{1, 1<<53 + 1, 1 << 63, math.MaxUint64}
)

// A vector is a policy, a genome and a frame of one number.
type vector struct {
	policy copytax.Policy
	tables [copytax.TableKinds]copytax.Table
}

// vectors returns messages with the floats that a codec might lose among random ones.
func vectors() (list []vector) {
	next := nasty()
	for i, n := range vectorSizes {
		f, g := copytax.NewFrame(n), copytax.NewGenome(n)
		f.Epoch, g.Generation = vectorNumbers[i], vectorNumbers[i]
		v := vector{tables: [...]copytax.Table{copytax.KindFrame: f.Table(), copytax.KindGenome: g.Table()}}
		for _, t := range v.tables {
			for c := range t.Count() {
				for i := range t.Col(c) {
					t.Col(c)[i] = next()
				}
			}
		}
		v.policy = policyOf(vectorNumbers[i], next)
		list = append(list, v)
	}
	return list
}

func policyOf(number uint64, next func() float32) (p copytax.Policy) {
	block := make([]byte, copytax.PolicyBytes)
	for at := 16; at < len(block); at += 4 {
		binary.LittleEndian.PutUint32(block[at:], math.Float32bits(next()))
	}
	_ = p.Get(block) // it fails for another length only
	p.Epoch, p.Generation = number, number-1
	return p
}

func nasty() func() float32 {
	special := []float32{
		float32(math.Copysign(0, -1)), 0, 1, -1, 0.1, 1e21, 1e-7, 16777216, 3.4e-5, math.Nextafter32(1, 2),
		math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, math.MaxFloat32, -math.MaxFloat32,
		math.Float32frombits(0x007fffff), math.Float32frombits(0x00800000), // the greatest denormal, the smallest normal
		math.Float32frombits(0x15ae43fd), math.Float32frombits(0x95ae43fe), // whose shortest text is no float64 between them
	}
	r, i := rand.New(rand.NewPCG(11, 0)), 0
	return func() float32 {
		if r.IntN(3) == 0 {
			i++
			return special[i%len(special)]
		}
		bits := r.Uint32()
		if bits&0x7f800000 == 0x7f800000 {
			bits &^= 0x40000000 // neither NaN nor infinite
		}
		return math.Float32frombits(bits)
	}
}

// TestCodecVectorsAreCurrent holds the messages that the TypeScript reads to what Go's codecs write.
func TestCodecVectorsAreCurrent(t *testing.T) {
	for name := range tabCodecs {
		c, path := codectest.Find(t, name).New(), fmt.Sprintf("testdata/codec/go-%s.bin", name)
		var file []byte
		for _, v := range vectors() {
			b, err := c.EncodePolicy(&v.policy)
			check(t, err)
			file = appendMessage(file, b)
			for _, k := range []copytax.Kind{copytax.KindGenome, copytax.KindFrame} {
				b, err := c.Encode(v.tables[k])
				check(t, err)
				file = appendMessage(file, b)
			}
		}
		if *update {
			check(t, os.MkdirAll("testdata/codec", 0o755))
			check(t, os.WriteFile(path, file, 0o644))
		}
		if old, err := os.ReadFile(path); err != nil || !bytes.Equal(old, file) {
			t.Errorf("%s is not current: go test ./browser -update (%v)", path, err)
		}
	}
}

// appendMessage appends a message behind its length.
func appendMessage(file, message []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(file, uint32(len(message))), message...)
}

// TestCodecsReadTypeScript decodes, with Go's codecs, the messages that the TypeScript has written.
func TestCodecsReadTypeScript(t *testing.T) {
	for name, prefix := range tabCodecs {
		t.Run(name, func(t *testing.T) {
			file, err := os.ReadFile(fmt.Sprintf("testdata/codec/ts-%s.bin", name))
			check(t, err)
			c := codectest.Find(t, name).New()
			for _, v := range vectors() {
				checkPolicy(t, c, message(t, &file), v.policy)
				for _, k := range []copytax.Kind{copytax.KindGenome, copytax.KindFrame} {
					b := message(t, &file)
					checkPrefix(t, b[:prefix], v.tables[k].Number)
					checkTable(t, c, b[prefix:], v.tables[k])
				}
			}
			if len(file) > 0 {
				t.Errorf("%d bytes are left", len(file))
			}
		})
	}
}

// message takes the first message from a file.
func message(t *testing.T, file *[]byte) []byte {
	t.Helper()
	if len(*file) < 4 {
		t.Fatal("a message is missing")
	}
	n := int(binary.LittleEndian.Uint32(*file))
	if len(*file)-4 < n {
		t.Fatalf("a message of %d bytes is cut short", n)
	}
	b := (*file)[4 : 4+n]
	*file = (*file)[4+n:]
	return b
}

func checkPrefix(t *testing.T, prefix []byte, number uint64) {
	t.Helper()
	if len(prefix) > 0 && binary.LittleEndian.Uint64(prefix) != number {
		t.Errorf("got number %x, want %d", prefix, number)
	}
}

func checkPolicy(t *testing.T, c copytax.Codec, b []byte, want copytax.Policy) {
	t.Helper()
	var got copytax.Policy
	if err := c.DecodePolicy(b, &got); err != nil {
		t.Fatalf("policy %d: %v", want.Epoch, err)
	}
	var have, wanted [copytax.PolicyBytes]byte
	got.Put(have[:])
	want.Put(wanted[:])
	if have != wanted {
		t.Errorf("got policy %+v, want %+v", got, want)
	}
}

func checkTable(t *testing.T, c copytax.Codec, b []byte, want copytax.Table) {
	t.Helper()
	got := want
	got.Data = make([]float32, len(want.Data))
	if err := c.Decode(b, got); err != nil { // it checks the number
		t.Fatalf("%s of %d boids: %v", want.Kind, want.N, err)
	}
	for col := range want.Count() {
		for i, v := range want.Col(col) {
			if math.Float32bits(got.Col(col)[i]) != math.Float32bits(v) {
				t.Errorf("%s of %d boids, column %d, boid %d: got %v, want %v", want.Kind, want.N, col, i, got.Col(col)[i], v)
			}
		}
	}
}
