package zerocopy

import "testing"

// payload returns n bytes of memory that is aligned to 8, as large allocations are.
func payload(n int) []byte { return Bytes(make([]float32, max(n, 4096)/4))[:n:n] }

func TestStampIsInspected(t *testing.T) {
	for _, size := range []int{0, 8, 16, 24, 32, 40, 64, 4096} {
		for _, epoch := range []uint64{0, 1, 2, 1 << 40, ^uint64(0)} {
			p := payload(size)
			Stamp(p, epoch)
			if got := Inspect(p, epoch); got != Whole {
				t.Errorf("%d bytes of epoch %d: %v, want whole", size, epoch, got)
			}
			if got := Inspect(p, epoch+1); size > 0 && got != Other {
				t.Errorf("%d bytes of epoch %d: %v as epoch %d, want other", size, epoch, got, epoch+1)
			}
		}
	}
}

// Whichever word is of another epoch, the payload is torn.
func TestEveryForeignWordIsFound(t *testing.T) {
	const size = 136
	for at := 0; at < size; at += 8 {
		p, other := payload(size), payload(size)
		Stamp(p, 7)
		Stamp(other, 8)
		copy(p[at:at+8], other[at:])
		if got := Inspect(p, 7); got != Torn {
			t.Errorf("word %d is of another epoch: %v, want torn", at/8, got)
		}
	}
}

func TestEveryFlippedBitIsFound(t *testing.T) {
	p := payload(64)
	Stamp(p, 3)
	for bit := range 8 * len(p) {
		p[bit/8] ^= 1 << (bit % 8)
		if Inspect(p, 3) != Torn {
			t.Errorf("bit %d is flipped, and the payload whole", bit)
		}
		p[bit/8] ^= 1 << (bit % 8)
	}
}

func TestStampRefusesOddMemory(t *testing.T) {
	for _, bad := range [][]byte{payload(16)[1:9], payload(12)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("stamped %d bytes that are no words", len(bad))
				}
			}()
			Stamp(bad, 1)
		}()
	}
}

func BenchmarkInspect64KiB(b *testing.B) {
	p := payload(64 << 10)
	Stamp(p, 1)
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		if Inspect(p, 1) != Whole {
			b.Fatal("torn")
		}
	}
}
