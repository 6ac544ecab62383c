package unix

import (
	"encoding/binary"
	"fmt"
)

// headerBytes is the size of what goes before every message: its kind and the
// length of its body, 32 bits each, and its epoch, 64 bits, little-endian.
const headerBytes = 16

// A kind says what a message is.
type kind uint32

const (
	policyMessage kind = iota + 1
	genomeMessage      // its epoch is the generation
	frameMessage
	usedMessage // the viewer has used the frame; no body
	kinds
)

func (k kind) String() string {
	if k == 0 || k >= kinds {
		return fmt.Sprintf("kind %d", uint32(k))
	}
	return [...]string{"", "policy", "genome", "frame", "use of frame"}[k]
}

// A header is what a message says of itself.
type header struct {
	kind   kind
	length uint32 // of the body, in bytes
	epoch  uint64
}

func (h header) put(dst *[headerBytes]byte) {
	binary.LittleEndian.PutUint32(dst[0:], uint32(h.kind))
	binary.LittleEndian.PutUint32(dst[4:], h.length)
	binary.LittleEndian.PutUint64(dst[8:], h.epoch)
}

func parseHeader(src *[headerBytes]byte) header {
	return header{
		kind:   kind(binary.LittleEndian.Uint32(src[0:])),
		length: binary.LittleEndian.Uint32(src[4:]),
		epoch:  binary.LittleEndian.Uint64(src[8:]),
	}
}

// check holds h against what is due: a message of the given kind and epoch
// whose body is from least to most bytes long.
func (h header) check(k kind, epoch uint64, least, most int) error {
	switch {
	case h.kind != k || h.epoch != epoch:
		return fmt.Errorf("got %v %d, want %v %d", h.kind, h.epoch, k, epoch)
	case int64(h.length) < int64(least) || int64(h.length) > int64(most):
		return fmt.Errorf("%v %d has a body of %d bytes, want %d to %d", k, epoch, h.length, least, most)
	}
	return nil
}
