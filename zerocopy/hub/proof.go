package hub

import (
	"fmt"
	"os"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// Prove looks up, in the memory map that the operating system keeps of this
// process, the mapping that the frame's first column lies in, and sets its
// device and inode beside those of the hub's descriptor.
func Prove(f *copytax.Frame, hub *os.File) (copytax.AddressProof, error) {
	col := f.Col(copytax.X)
	if len(col) == 0 {
		return copytax.AddressProof{}, fmt.Errorf("prove address of frame %d: it has no boids", f.Epoch)
	}
	return ProvePayload(zerocopy.Bytes(col), hub)
}
