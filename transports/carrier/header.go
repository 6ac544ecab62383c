package carrier

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/copytax/copytax"
)

// HeaderBytes is the size of what goes before every message on a stream: one more than
// its kind and the length of its body, 32 bits each, and its number, 64 bits,
// little-endian.
const HeaderBytes = 16

// PutHeader writes h, whose length is that of the body, to dst.
func PutHeader(dst *[HeaderBytes]byte, h copytax.Header) error {
	if int64(h.Length) > math.MaxUint32 {
		return fmt.Errorf("body of %d bytes does not fit a header", h.Length)
	}
	binary.LittleEndian.PutUint32(dst[0:], uint32(h.Kind)+1)
	binary.LittleEndian.PutUint32(dst[4:], uint32(h.Length))
	binary.LittleEndian.PutUint64(dst[8:], h.Number)
	return nil
}

// ParseHeader reads a header. An error says that src is none.
func ParseHeader(src *[HeaderBytes]byte) (copytax.Header, error) {
	kind := binary.LittleEndian.Uint32(src[0:])
	if kind == 0 || kind > uint32(copytax.NumKinds) {
		return copytax.Header{}, fmt.Errorf("no header of a message: % x", src[:])
	}
	return copytax.Header{
		Kind:   copytax.Kind(kind - 1),
		Length: int(binary.LittleEndian.Uint32(src[4:])),
		Number: binary.LittleEndian.Uint64(src[8:]),
	}, nil
}

// check holds h against what is due: a message of the given kind and number whose body
// is from least to most bytes long.
func check(h copytax.Header, kind copytax.Kind, number uint64, least, most int) error {
	switch {
	case h.Kind != kind || h.Number != number:
		return fmt.Errorf("got %v %d, want %v %d", h.Kind, h.Number, kind, number)
	case h.Length < least || h.Length > most:
		return fmt.Errorf("%v %d has a body of %d bytes, want %d to %d", kind, number, h.Length, least, most)
	}
	return nil
}
