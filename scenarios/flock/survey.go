package flock

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/zeebo/blake3"

	"github.com/copytax/copytax"
)

// survey reads every float of a frame once and returns the sums of its columns.
// The eight chains of additions are independent, so that the processor can
// follow them at once.
func survey(f *copytax.Frame) (s copytax.Sums) {
	n := f.N
	x, y, z := f.Col(copytax.X)[:n], f.Col(copytax.Y)[:n], f.Col(copytax.Z)[:n]
	vx, vy, vz := f.Col(copytax.VX)[:n], f.Col(copytax.VY)[:n], f.Col(copytax.VZ)[:n]
	energy, fitness := f.Col(copytax.Energy)[:n], f.Col(copytax.Fitness)[:n]
	var sx, sy, sz, svx, svy, svz, se, sf float64
	for i := range n {
		sx += float64(x[i])
		sy += float64(y[i])
		sz += float64(z[i])
		svx += float64(vx[i])
		svy += float64(vy[i])
		svz += float64(vz[i])
		se += float64(energy[i])
		sf += float64(fitness[i])
	}
	return copytax.Sums{sx, sy, sz, svx, svy, svz, se, sf}
}

// digest returns the BLAKE3 of a frame, as copytax.Evidence defines it.
func digest(f *copytax.Frame) string {
	b := binary.LittleEndian.AppendUint64(nil, uint64(f.N))
	b = binary.LittleEndian.AppendUint64(b, f.Epoch)
	for c := range copytax.Column(copytax.Columns) {
		for _, v := range f.Col(c) {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
	}
	return fmt.Sprintf("%x", blake3.Sum256(b))
}

// A witness gathers what a consumer can prove of the frames that it read.
type witness struct {
	last     uint64 // epoch of the last tick
	latest   bool   // the trial's viewer reads the latest frame
	chain    uint64
	evidence copytax.Evidence
}

func newWitness(c copytax.Config) (w witness) {
	w.last, w.latest = c.LastEpoch(), c.Latest
	if w.latest {
		w.evidence.Seen = make([]copytax.Sight, 0, w.last+1)
	}
	return w
}

// Close implements copytax.Actor. The link belongs to the caller.
func (w *witness) Close() error { return nil }

// see adds a frame's sums to the chain, and on the last tick, which is not
// measured, takes the frame's digest and the proof of where it lies.
func (w *witness) see(f *copytax.Frame, sums *copytax.Sums, link any) error {
	w.chain = sums.Fold(w.chain)
	if w.latest {
		w.evidence.Seen = append(w.evidence.Seen, copytax.Sight{Epoch: f.Epoch, Hash: sums.Fold(0)})
	}
	if f.Epoch != w.last {
		return nil
	}
	w.evidence.Chain = fmt.Sprintf("%016x", w.chain)
	w.evidence.Digest = digest(f)
	return prove(&w.evidence, f, link)
}

// prove asks a link that can for the address of a frame.
func prove(e *copytax.Evidence, f *copytax.Frame, link any) error {
	prover, ok := link.(copytax.Prover)
	if !ok {
		return nil
	}
	proof, err := prover.Prove(f)
	if err != nil {
		return err
	}
	if !proof.Holds() {
		return fmt.Errorf("frame %d lies in %s (device %d, inode %d), not in the hub (device %d, inode %d)",
			f.Epoch, proof.Mapping, proof.MapDevice, proof.MapInode, proof.HubDevice, proof.HubInode)
	}
	e.Proof = &proof
	return nil
}
