package copytax

import (
	"math"
	"math/bits"
)

// Fold adds every float of column to the running 64-bit checksum h, four lanes
// wide so that it costs little beside the reading. It is no cryptographic
// hash: it proves that a consumer has read every float of every frame, and the
// BLAKE3 digest of the last frame proves what the frames led to.
func Fold(h uint64, column []float32) uint64 {
	const k = 0x9e3779b97f4a7c15 // 2^64 / golden ratio, Knuth's multiplicative hash
	a, b, c, d := h, h^k, h+k, ^h
	i := 0
	for ; i+4 <= len(column); i += 4 {
		q := column[i : i+4 : i+4]
		a = (a ^ uint64(math.Float32bits(q[0]))) * k
		b = (b ^ uint64(math.Float32bits(q[1]))) * k
		c = (c ^ uint64(math.Float32bits(q[2]))) * k
		d = (d ^ uint64(math.Float32bits(q[3]))) * k
	}
	for ; i < len(column); i++ {
		a = (a ^ uint64(math.Float32bits(column[i]))) * k
	}
	a = (a ^ bits.RotateLeft64(b, 31)) * k
	a = (a ^ bits.RotateLeft64(c, 33)) * k
	return (a ^ bits.RotateLeft64(d, 29)) * k
}
