// Package zerocopy says what lies where in the memory that the roles of a trial
// share, and looks at such memory as what it holds, without a copy.
//
// It makes no system call and shares nothing itself: package hub, below it, has the
// memory, its signals and its leases, and package attach hands a hub to processes
// that did not inherit it. It knows nothing of flocks beyond the size of a frame, and
// builds for every system. Start at [Layout] for what lies where, which internal/gen
// tells the other languages; at [Bytes], [Floats] and [PolicyAt] for the views; at
// [Stamp] and [Inspect] for payloads that show when they are torn.
package zerocopy

import (
	"fmt"

	"github.com/copytax/copytax"
)

const (
	// PageBytes is the alignment of every region: a page of WebAssembly, and
	// a multiple of every page size that Linux uses on amd64 and arm64.
	PageBytes = 64 << 10
	// HeaderBytes is what the header of a region takes at its start.
	HeaderBytes = 4 << 10
	// LineBytes keeps two words that different processes write from sharing
	// a cache line, or a pair of them that a prefetcher fetches together.
	LineBytes = 128
	// MaxReaders is the number of lease words in the control page.
	MaxReaders = 16
	// MaxSlots is the number of slot words in the control page.
	MaxSlots = 16
)

// A Layout says where things lie in the two regions that hold a trial's data:
// orders (policies and genomes, written by the kernel) and frames (written by
// the engine). Both start with a header of HeaderBytes. The engine's linear
// memory has the same layout whether its pages are private or the hub's.
type Layout struct {
	Boids int
	Slots int
	// Payload is the size in bytes of what a frame slot holds when that is no
	// flock; 0 means the frame of Boids boids.
	Payload int
}

// The largest layout that Check accepts. It keeps every offset far from the
// end of an int, whoever names the sizes.
const (
	MaxBoids   = 1 << 26
	MaxPayload = 1 << 30
)

// Check returns an error for a layout that no hub has. A process that is told
// a layout by another one calls it before it computes an offset.
func (l Layout) Check() error {
	switch {
	case l.Boids < 0 || l.Boids > MaxBoids:
		return fmt.Errorf("layout of %d boids, want 0 to %d", l.Boids, MaxBoids)
	case l.Slots < 2 || l.Slots > MaxSlots:
		return fmt.Errorf("layout of %d frame slots, want 2 to %d", l.Slots, MaxSlots)
	case l.Payload < 0 || l.Payload > MaxPayload || l.Payload%8 != 0:
		return fmt.Errorf("layout of %d bytes a frame slot, want a multiple of 8 up to %d", l.Payload, MaxPayload)
	case l.Payload > 0 && l.Boids > 0:
		return fmt.Errorf("layout of %d boids and of %d bytes a frame slot, want one of them", l.Boids, l.Payload)
	}
	return nil
}

// PolicyOffset is where policy slot i (the policies of epochs with e%2 == i)
// starts in the orders region, in bytes.
func (l Layout) PolicyOffset(i int) int { return HeaderBytes + i*512 }

// GenomeOffset is where genome slot i (generations with g%2 == i) starts in
// the orders region, in bytes.
func (l Layout) GenomeOffset(i int) int { return 2*HeaderBytes + i*l.genomeSlotBytes() }

// GenomeBytes is the size of a genome, padding included.
func (l Layout) GenomeBytes() int { return 4 * copytax.GenomeColumns * copytax.Stride(l.Boids) }

// OrdersBytes is the size of the orders region.
func (l Layout) OrdersBytes() int { return roundUp(l.GenomeOffset(2), PageBytes) }

// FrameOffset is where frame slot i starts in the frames region, in bytes.
func (l Layout) FrameOffset(i int) int { return HeaderBytes + i*l.frameSlotBytes() }

// FrameBytes is the size of a frame, padding included.
func (l Layout) FrameBytes() int { return 4 * copytax.Columns * copytax.Stride(l.Boids) }

// SlotBytes is the size of what a frame slot holds: of the payload if the
// layout has one, else of a frame.
func (l Layout) SlotBytes() int {
	if l.Payload > 0 {
		return l.Payload
	}
	return l.FrameBytes()
}

// FramesBytes is the size of the frames region.
func (l Layout) FramesBytes() int { return roundUp(l.FrameOffset(l.Slots), PageBytes) }

func (l Layout) genomeSlotBytes() int { return roundUp(l.GenomeBytes(), HeaderBytes) }
func (l Layout) frameSlotBytes() int  { return roundUp(l.SlotBytes(), HeaderBytes) }

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// Policy returns policy slot i of an orders region, aliasing it.
func (l Layout) Policy(orders []byte, i int) []byte {
	at := l.PolicyOffset(i)
	return orders[at : at+copytax.PolicyBytes : at+copytax.PolicyBytes]
}

// Genome returns genome slot i of an orders region, aliasing it.
func (l Layout) Genome(orders []byte, i int) *copytax.Genome {
	at := l.GenomeOffset(i)
	return &copytax.Genome{N: l.Boids, Data: Floats(orders[at : at+l.GenomeBytes()])}
}

// Slot returns the bytes of frame slot i of a frames region, aliasing it.
func (l Layout) Slot(frames []byte, i int) []byte {
	at := l.FrameOffset(i)
	return frames[at : at+l.SlotBytes() : at+l.SlotBytes()]
}

// Frame returns frame slot i of a frames region, aliasing it.
func (l Layout) Frame(frames []byte, i int) *copytax.Frame {
	at := l.FrameOffset(i)
	return &copytax.Frame{N: l.Boids, Slot: i, Data: Floats(frames[at : at+l.FrameBytes()])}
}

// EngineMemory returns the views of both regions that an engine gives to its link.
func (l Layout) EngineMemory(orders, frames []byte) *copytax.EngineMemory {
	m := &copytax.EngineMemory{}
	for i := range 2 {
		m.Policies[i] = l.Policy(orders, i)
		m.Genomes[i] = l.Genome(orders, i)
	}
	for i := range l.Slots {
		m.Frames = append(m.Frames, l.Frame(frames, i))
	}
	return m
}
