package carrier

import (
	"fmt"

	"github.com/copytax/copytax"
)

// A Rotation lends the slots of an engine's memory in turn. It is for links whose
// readers never hold a slot: what is published leaves it. Bind must come first.
type Rotation struct {
	Memory *copytax.EngineMemory
	slot   int // of the last frame loaned
}

// Bind notes the memory, as copytax.EngineLink has it. The step's first input
// lies in the last slot.
func (r *Rotation) Bind(m *copytax.EngineMemory) error {
	if len(m.Frames) < 2 {
		return fmt.Errorf("bind engine memory of %d slots, want at least 2", len(m.Frames))
	}
	r.Memory, r.slot = m, len(m.Frames)-1
	return nil
}

// LoanFrame implements copytax.EngineLink. It never lends the slot of the frame
// before, which is the step's input.
func (r *Rotation) LoanFrame(epoch uint64) (*copytax.Frame, error) {
	r.slot = (r.slot + 1) % len(r.Memory.Frames)
	f := r.Memory.Frames[r.slot]
	f.Epoch = epoch
	return f, nil
}
