package flock

import (
	"encoding/binary"
	"fmt"

	"github.com/copytax/copytax"
)

// The descriptor is how the host tells the module where everything is: a
// little-endian block in linear memory, whose address is the one argument of
// every call. Offsets are in bytes from its start; a test keeps those of the
// Rust side equal.
const (
	descNeighbours   = 0  // u64, written by step: neighbours of all boids together
	descSeed         = 8  // u64, of seed_frame
	descPolicy       = 16 // u32 addresses
	descGenome       = 20
	descFrom         = 24
	descTo           = 28
	descScratch      = 32
	descScratchBytes = 36 // u32
	descBoids        = 40 // u32
	descCells        = 44 // three u32
	descCulprit      = 56 // u32, written by a refused call: a boid's id, or a byte offset in the policy
	descDimensions   = 60 // u32, 2 or 3
	descRenumber     = 64 // u32, whether boids get the ids of their places in the order of cells
	descParts        = 68 // u32, that a step is split into
	descBytes        = 128
)

// A status is what a call of the module returns.
type status uint32

const (
	statusOK status = iota
	statusDescriptor
	statusPolicy
	statusGrid
	statusPosition
	statusState
	statusGene
)

// fault turns the status of a refused call into an error that names the culprit.
func fault(s status, culprit uint32, policy *copytax.Policy) error {
	switch s {
	case statusDescriptor:
		return fmt.Errorf("descriptor does not fit the world (at %d)", culprit)
	case statusPolicy:
		return fmt.Errorf("policy of epoch %d: float at byte %d is not finite or out of range",
			policy.Epoch, culprit)
	case statusGrid:
		return fmt.Errorf("policy of epoch %d: bounds %v to %v need more cells than the engine declared",
			policy.Epoch, policy.Min, policy.Max)
	case statusPosition:
		return fmt.Errorf("position of boid %d is not a number or outside the bounds", culprit)
	case statusState:
		return fmt.Errorf("velocity, energy or fitness of boid %d is not finite or absurdly large", culprit)
	case statusGene:
		return fmt.Errorf("gene of boid %d is not finite or absurdly large", culprit)
	}
	return fmt.Errorf("unknown status %d", s)
}

// A descriptor is the block as the host sees it, aliasing linear memory.
type descriptor []byte

func (d descriptor) put(at int, v uint32) { binary.LittleEndian.PutUint32(d[at:], v) }
func (d descriptor) putSeed(v uint64)     { binary.LittleEndian.PutUint64(d[descSeed:], v) }
func (d descriptor) culprit() uint32      { return binary.LittleEndian.Uint32(d[descCulprit:]) }
func (d descriptor) neighbours() uint64   { return binary.LittleEndian.Uint64(d[descNeighbours:]) }
func (d descriptor) putCells(cells [3]uint32) {
	for axis, c := range cells {
		d.put(descCells+4*axis, c)
	}
}
