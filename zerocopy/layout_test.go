package zerocopy

import (
	"strings"
	"testing"

	"github.com/copytax/copytax"
)

func TestLayoutCheck(t *testing.T) {
	for _, l := range []Layout{{Slots: 2}, {Boids: MaxBoids, Slots: MaxSlots}, {Slots: 3, Payload: MaxPayload}} {
		if err := l.Check(); err != nil {
			t.Errorf("%+v: %v", l, err)
		}
	}
	for _, c := range []struct {
		l   Layout
		say string
	}{
		{Layout{Boids: -1, Slots: 3}, "boids"},
		{Layout{Boids: MaxBoids + 1, Slots: 3}, "boids"},
		{Layout{Slots: 1}, "slots"},
		{Layout{Slots: MaxSlots + 1}, "slots"},
		{Layout{Slots: 3, Payload: -8}, "bytes"},
		{Layout{Slots: 3, Payload: 4}, "multiple of 8"},
		{Layout{Slots: 3, Payload: MaxPayload + 8}, "bytes"},
		{Layout{Boids: 1, Slots: 3, Payload: 64}, "one of them"},
	} {
		if err := c.l.Check(); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%+v: got %v, want an error that says %q", c.l, err, c.say)
		}
	}
}

// Every slot has the bytes that the layout asks for, and none of another's.
func TestSlotsOfPayload(t *testing.T) {
	for _, payload := range []int{8, 64, 4096, 4104, 64 << 10} {
		l := Layout{Slots: 4, Payload: payload}
		frames := make([]byte, l.FramesBytes())
		for i := range l.Slots {
			slot := l.Slot(frames, i)
			if len(slot) != payload || cap(slot) != payload {
				t.Fatalf("slot %d has %d bytes (capacity %d), want %d", i, len(slot), cap(slot), payload)
			}
			for j := range slot {
				if slot[j] != 0 {
					t.Fatalf("%d bytes: slot %d shares byte %d with slot %d", payload, i, j, slot[j]-1)
				}
				slot[j] = byte(i + 1)
			}
		}
	}
}

func TestSlotOfFlockIsItsFrame(t *testing.T) {
	l := Layout{Boids: 101, Slots: 3}
	if l.SlotBytes() != l.FrameBytes() {
		t.Errorf("a slot of %d bytes for a frame of %d", l.SlotBytes(), l.FrameBytes())
	}
}

func TestLayoutPartsDoNotOverlap(t *testing.T) {
	for _, n := range []int{0, 1, 4, 5, 100, 1000, 100_001} {
		l := Layout{Boids: n, Slots: 5}
		for i := range l.Slots {
			if end := l.FrameOffset(i) + l.FrameBytes(); i+1 < l.Slots && end > l.FrameOffset(i+1) || end > l.FramesBytes() {
				t.Errorf("%d boids: frame slot %d ends at %d, beyond its room", n, i, end)
			}
		}
		if l.PolicyOffset(1) < l.PolicyOffset(0)+copytax.PolicyBytes || l.GenomeOffset(0) < l.PolicyOffset(1)+copytax.PolicyBytes {
			t.Errorf("%d boids: policies overlap", n)
		}
		if l.GenomeOffset(1) < l.GenomeOffset(0)+l.GenomeBytes() || l.OrdersBytes() < l.GenomeOffset(1)+l.GenomeBytes() {
			t.Errorf("%d boids: genomes overlap", n)
		}
		if l.FramesBytes()%PageBytes != 0 || l.OrdersBytes()%PageBytes != 0 {
			t.Errorf("%d boids: regions are no whole pages", n)
		}
	}
}

func TestHashTellsLayoutsApart(t *testing.T) {
	seen := map[uint64]Layout{}
	for _, l := range []Layout{
		{Boids: 100, Slots: 3}, {Boids: 100, Slots: 4}, {Boids: 101, Slots: 3}, {Boids: 104, Slots: 3},
		{Boids: 1000, Slots: 3}, {Slots: 3}, {Slots: 3, Payload: 64}, {Slots: 3, Payload: 128},
	} {
		if other, same := seen[l.Hash()]; same {
			t.Errorf("%v and %v have the same hash", l, other)
		}
		seen[l.Hash()] = l
	}
}
