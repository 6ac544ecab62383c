package zerocopy

import (
	"encoding/binary"
	"hash/fnv"

	"github.com/copytax/copytax/zerocopy/internal/enum"
)

// A Kind says what a region of the hub holds.
type Kind uint32

// The regions of a hub, one memfd each.
const (
	Control Kind = iota + 1 // the words of Words; everyone writes
	Orders                  // policies and genomes; only the kernel writes
	Frames                  // frames; only the engine writes
)

var kindNames = [...]string{"nothing", "control", "orders", "frames"}

// String returns the name that stands in a region's file name and in errors.
func (k Kind) String() string { return enum.Name(k, kindNames[:]) }

const (
	// Magic begins the header of every region: "CTAXHUB1", little-endian.
	Magic = uint64(0x3142_5548_5841_5443)
	// Version counts the changes of layout and protocol that hosts must agree on.
	Version = uint32(2)
)

// Bytes returns the size of the region of kind k.
func (l Layout) Bytes(k Kind) int {
	switch k {
	case Orders:
		return l.OrdersBytes()
	case Frames:
		return l.FramesBytes()
	default:
		return PageBytes
	}
}

// Hash returns a hash of every offset in the hub. Two processes whose hashes
// differ would read each other's bytes at the wrong places.
func (l Layout) Hash() uint64 {
	h := fnv.New64a()
	for _, v := range []int{
		HeaderBytes, LineBytes, MaxReaders, MaxSlots, l.Boids, l.Slots, l.Payload,
		l.PolicyOffset(0), l.PolicyOffset(1), l.GenomeOffset(0), l.GenomeOffset(1), l.OrdersBytes(),
		l.FrameOffset(0), l.FrameOffset(1), l.FrameBytes(), l.SlotBytes(), l.FramesBytes(),
		PolicyLine, FrameLine, UsedLine, ClosedLine, SlotLine, LeaseLine,
		CursorLine, FreeLine, OverrunLine, TornLine, OwnerLine, Lines,
	} {
		_ = binary.Write(h, binary.LittleEndian, int64(v)) // never fails: hash.Hash
	}
	return h.Sum64()
}

// Header returns the first bytes of a region of kind k.
func (l Layout) Header(k Kind) []byte {
	b := binary.LittleEndian.AppendUint64(nil, Magic)
	b = binary.LittleEndian.AppendUint32(b, Version)
	b = binary.LittleEndian.AppendUint32(b, uint32(k))
	b = binary.LittleEndian.AppendUint64(b, l.Hash())
	return binary.LittleEndian.AppendUint64(b, uint64(l.Bytes(k)))
}
