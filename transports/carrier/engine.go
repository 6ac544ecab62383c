// Package carrier holds what the engine's links of several transports have in
// common: the rotation of slots, and the order in which policies and genomes come.
//
// It moves no byte. Start at [Rotation] for a link whose readers hold no slot, at
// [Orders] for one that receives messages.
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

// Orders hold the kernel's messages to the order that the engine is promised:
// every policy once, and each generation's genome before the first that asks for it.
type Orders struct {
	Genomes uint64 // number of genomes received; whoever receives one counts it
	next    uint64 // epoch of the policy that is due
}

// Acquire receives the policy of epoch, and the genome before it if one comes, and
// returns its generation. An epoch that is not due, or a policy that asks for a
// generation which is not the last one received, is an error.
func (o *Orders) Acquire(epoch uint64, receive func(epoch uint64) (*copytax.Policy, error)) (uint64, error) {
	if epoch != o.next {
		return 0, fmt.Errorf("acquire policy %d: policy %d is due", epoch, o.next)
	}
	p, err := receive(epoch)
	if err != nil {
		return 0, fmt.Errorf("acquire policy %d: %w", epoch, err)
	}
	if p.Generation+1 != o.Genomes {
		return 0, fmt.Errorf("policy %d asks for generation %d, %d have come", epoch, p.Generation, o.Genomes)
	}
	o.next++
	return p.Generation, nil
}
