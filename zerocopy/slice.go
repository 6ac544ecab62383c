package zerocopy

import (
	"fmt"
	"unsafe"

	"github.com/copytax/copytax"
)

// Bytes returns the memory of v as bytes, aliasing it, in the byte order of
// this machine. The project runs on little-endian machines only.
func Bytes(v []float32) []byte {
	if len(v) == 0 {
		return nil
	}
	// SAFETY: every float32 is four bytes without padding, any byte pattern is
	// valid, and the result keeps v's backing array alive.
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
}

// Floats returns the memory of b as float32, aliasing it. It panics when b is
// not aligned to four bytes or not a whole number of floats.
func Floats(b []byte) []float32 { return array[float32](b) }

// array returns the memory of b as an array of T, aliasing it. It panics when b
// is not aligned to the size of T or no whole number of them.
func array[T float32 | uint64](b []byte) []T {
	if len(b) == 0 {
		return nil
	}
	p := unsafe.Pointer(unsafe.SliceData(b))
	size := unsafe.Sizeof(*new(T))
	if uintptr(p)%size != 0 || uintptr(len(b))%size != 0 {
		panic(fmt.Sprintf("zerocopy: %d bytes at %p are no array of %T", len(b), p, *new(T)))
	}
	// SAFETY: aligned and sized as checked above; any byte pattern is a valid T;
	// the result keeps b alive.
	return unsafe.Slice((*T)(p), uintptr(len(b))/size)
}

// PolicyAt returns the policy whose canonical form is in block, aliasing it:
// on a little-endian machine a Policy's memory is that form. It panics when
// block is not aligned to eight bytes or shorter than PolicyBytes.
func PolicyAt(block []byte) *copytax.Policy {
	p := unsafe.Pointer(unsafe.SliceData(block))
	if len(block) < copytax.PolicyBytes || uintptr(p)%8 != 0 {
		panic(fmt.Sprintf("zerocopy: %d bytes at %p are no policy", len(block), p))
	}
	// SAFETY: long enough and aligned, as checked; every byte pattern is a
	// valid Policy; package copytax tests that the two forms agree.
	return (*copytax.Policy)(p)
}
