package rawpipe

import "github.com/copytax/copytax"

type viewer struct {
	*end  // Files: from the engine, to the kernel
	frame *copytax.Frame
}

var _ copytax.ViewerLink = (*viewer)(nil)

func (v *viewer) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	return v.receiveFrame(v.Files[0], v.frame, epoch)
}

func (v *viewer) ReleaseFrame(f *copytax.Frame) error { return v.sendEpoch(v.Files[1], f.Epoch) }
