package rawpipe

import (
	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

type kernel struct {
	*end   // Files: to the engine, from the engine, from the viewer
	frame  *copytax.Frame
	genome *copytax.Genome
	policy [copytax.PolicyBytes]byte
}

var _ copytax.KernelLink = (*kernel)(nil)

func (k *kernel) LoanGenome() (*copytax.Genome, error) { return k.genome, nil }

// Publish sends the policy and, if it is the first of a generation, the genome.
func (k *kernel) Publish(p *copytax.Policy, g *copytax.Genome) error {
	k.Meter.Enter(copytax.Copy)
	p.Put(k.policy[:])
	k.Meter.Enter(copytax.Compute)
	k.Counters.CopiedBytes.Add(copytax.PolicyBytes)
	if err := k.send(k.Files[0], k.policy[:]); err != nil || g == nil {
		return err
	}
	return k.send(k.Files[0], zerocopy.Bytes(g.Data))
}

func (k *kernel) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	return k.receiveFrame(k.Files[1], k.frame, epoch)
}

func (k *kernel) ReleaseFrame(*copytax.Frame) error { return nil }

func (k *kernel) AwaitUsed(epoch uint64) error { return k.expect(k.Files[2], "use of frame", epoch) }
