package zerocopy

import (
	"math/bits"

	"github.com/copytax/copytax/zerocopy/internal/enum"
)

// An Integrity is what a look at a stamped payload finds.
type Integrity uint8

const (
	// Whole says that every word carries the epoch that was asked for.
	Whole Integrity = iota
	// Other says that all words carry one epoch, but not that one.
	Other
	// Torn says that the words are not all of one epoch.
	Torn
)

// String returns the finding in lower case.
func (i Integrity) String() string { return enum.Name(i, []string{"whole", "other", "torn"}) }

// Stamp fills payload, whose size is a multiple of 8 bytes, with words of 64
// bits that all carry epoch: word i is a mixture of the epoch's bits, plus i.
// It panics when the payload is not aligned to 8 bytes.
func Stamp(payload []byte, epoch uint64) {
	base := mix(epoch)
	for i, q := 0, array[uint64](payload); i < len(q); i++ {
		q[i] = base + uint64(i)
	}
}

// Inspect reads every word of a stamped payload and says what it finds.
func Inspect(payload []byte, epoch uint64) Integrity {
	q := array[uint64](payload)
	if len(q) == 0 {
		return Whole
	}
	first := q[0]
	if differing(q, first) != 0 {
		return Torn
	}
	if first != mix(epoch) {
		return Other
	}
	return Whole
}

// differing returns the bits in which any word differs from the word that a
// payload beginning with first has in its place.
func differing(q []uint64, first uint64) (d uint64) {
	var d0, d1, d2, d3 uint64 // so that no comparison waits for the one before
	for ; len(q) >= 8; q = q[8:] {
		s := q[:8:8]
		d0 |= (s[0] ^ first) | (s[4] ^ (first + 4))
		d1 |= (s[1] ^ (first + 1)) | (s[5] ^ (first + 5))
		d2 |= (s[2] ^ (first + 2)) | (s[6] ^ (first + 6))
		d3 |= (s[3] ^ (first + 3)) | (s[7] ^ (first + 7))
		first += 8
	}
	for j, v := range q {
		d |= v ^ (first + uint64(j))
	}
	return d | d0 | d1 | d2 | d3
}

// mix spreads the bits of v, so that payloads of near epochs differ in every
// word. It is one to one, and mix(e)+i meets mix(e')+j only by chance.
func mix(v uint64) uint64 {
	v = (v + 0x9e37_79b9_7f4a_7c15) * 0xbf58_476d_1ce4_e5b9 // splitmix64's constants
	return bits.ReverseBytes64(v) ^ v>>31
}
