package wasmhost

import "encoding/binary"

// A status is what a call of the module returns.
type status uint32

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
