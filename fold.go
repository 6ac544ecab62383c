package copytax

import "math"

// Sums are the sums of the eight columns of a frame, each float added as
// float64 in the order of the boids. To know them is to have read every float.
type Sums [Columns]float64

// Fold adds the sums of a frame to the running checksum h of a trial, so that
// two roles end with the same checksum only if they saw the same frames. It is
// no cryptographic hash; the BLAKE3 digest of the last frame stands beside it.
func (s *Sums) Fold(h uint64) uint64 {
	const prime = 1099511628211 // of FNV-1a, 64 bits
	for _, v := range s {
		h = (h ^ math.Float64bits(v)) * prime
		h ^= h >> 29 // or the high bits of a word would never reach the low ones
	}
	return h
}
