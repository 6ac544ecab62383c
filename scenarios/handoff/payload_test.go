package handoff

import (
	"bytes"
	"fmt"
	"testing"
)

var testSizes = []int{64, 128, 1 << 10, 4160, 64 << 10, 1 << 20}

func TestSumIsThePatterns(t *testing.T) {
	for _, n := range testSizes {
		for _, epoch := range []uint64{0, 1, 7, 1 << 63, 1<<64 - 1} {
			b := make([]byte, n)
			fill(b, epoch)
			if err := checkSum(epoch, n, sum(b)); err != nil {
				t.Error(err)
			}
			for _, i := range []int{0, 1, lineWords - 1, n/wordBytes - 1} {
				if err := checkWord(epoch, i, word(b, i)); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// Every single bit of a payload counts: a reader that leaves a byte out, or
// has one of another epoch, has another sum.
func TestSumReadsEveryByte(t *testing.T) {
	const n = 4160
	b := make([]byte, n)
	fill(b, 3)
	for i := range 8 * n {
		b[i/8] ^= 1 << (i % 8)
		if checkSum(3, n, sum(b)) == nil {
			t.Fatalf("bit %d does not matter", i)
		}
		b[i/8] ^= 1 << (i % 8)
	}
}

func TestFillWritesEveryByteAndNoMore(t *testing.T) {
	for _, n := range testSizes {
		var was [2][]byte
		for i, background := range []byte{0, 0xff} {
			b := bytes.Repeat([]byte{background}, n+lineBytes)
			fill(b[:n], 9)
			if !bytes.Equal(b[n:], bytes.Repeat([]byte{background}, lineBytes)) {
				t.Errorf("fill of %d bytes writes beyond them", n)
			}
			was[i] = b[:n]
		}
		if !bytes.Equal(was[0], was[1]) {
			t.Errorf("fill of %d bytes leaves some as they were", n)
		}
	}
}

func TestTornPayloadsAreFound(t *testing.T) {
	const n = 64 << 10
	b := make([]byte, n)
	fill(b, 5)
	fill(b[:n/2], 6)
	if checkSum(5, n, sum(b)) == nil || checkSum(6, n, sum(b)) == nil {
		t.Error("a payload of two epochs passes for one of them")
	}
	if checkWord(5, 0, word(b, 0)) == nil {
		t.Error("word 0 of epoch 6 passes for that of epoch 5")
	}
}

// The sum loop against the quickest look at every byte that Go has.
func BenchmarkRead(b *testing.B) {
	for _, n := range []int{16 << 10, 256 << 10, 4 << 20, 64 << 20} {
		mem := make([]byte, n)
		clear(mem) // a page that was never written is one page of zeros for all
		b.Run(fmt.Sprintf("sum/%d", n), func(b *testing.B) {
			b.SetBytes(int64(n))
			for b.Loop() {
				if sum(mem) != 0 {
					b.Fatal("zeros add up to something")
				}
			}
		})
		b.Run(fmt.Sprintf("scan/%d", n), func(b *testing.B) {
			b.SetBytes(int64(n))
			for b.Loop() {
				if bytes.IndexByte(mem, 1) >= 0 {
					b.Fatal("a one among zeros")
				}
			}
		})
	}
}
