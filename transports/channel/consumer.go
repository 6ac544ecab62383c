package channel

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// A consumer reads frames where the step wrote them: the half that kernel and viewer
// have in common.
type consumer struct {
	*end
	view *copytax.Frame // what the role is given: a header of its own
	next uint64         // epoch of the next frame
	held bool           // the view is of a frame that has not been released
}

func newConsumer(e *end) consumer { return consumer{end: e, view: &copytax.Frame{}} }

// AcquireFrame implements copytax.ViewerLink. The frame aliases the engine's memory.
func (c *consumer) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	if epoch != c.next {
		return nil, fmt.Errorf("acquire frame %d: %d is due", epoch, c.next)
	}
	f, err := c.take(epoch)
	if err == nil && f.Epoch != epoch {
		err = fmt.Errorf("acquire frame %d: got %d", epoch, f.Epoch)
	}
	return f, err
}

// take receives the frame of epoch or, where the latest is read, a later one.
func (c *consumer) take(epoch uint64) (*copytax.Frame, error) {
	f, err := receive(c.end, c.frames[c.role], copytax.Engine)
	if err != nil {
		return nil, fmt.Errorf("acquire frame %d: %w", epoch, err)
	}
	*c.view, c.held = *f, true
	c.next = f.Epoch + 1
	return c.view, nil
}

// ReleaseFrame implements copytax.KernelLink.
func (c *consumer) ReleaseFrame(*copytax.Frame) error {
	if c.held {
		c.held = false
		c.drop(c.view.Slot)
	}
	return nil
}

type viewer struct{ consumer }

var (
	_ copytax.ViewerLink     = (*viewer)(nil)
	_ copytax.LatestAcquirer = (*viewer)(nil)
)

// AcquireLatest implements copytax.LatestAcquirer: the next frame that is published.
func (v *viewer) AcquireLatest(epoch uint64) (*copytax.Frame, error) {
	send(v.end, v.wants, struct{}{})
	f, err := v.take(epoch)
	if err == nil && f.Epoch < epoch {
		err = fmt.Errorf("acquire frame %d or a later one: got %d", epoch, f.Epoch)
	}
	return f, err
}

// ReleaseFrame implements copytax.ViewerLink: the frame has been used.
func (v *viewer) ReleaseFrame(f *copytax.Frame) error {
	if !v.env.Latest {
		defer send(v.end, v.used, f.Epoch)
	}
	return v.consumer.ReleaseFrame(f)
}

type kernel struct {
	consumer
	generated uint64 // genomes published
	ordered   uint64 // epoch+1 of the last policy published
	await     uint64 // epoch of the next use
}

var (
	_ copytax.KernelLink   = (*kernel)(nil)
	_ copytax.PolicyLoaner = (*kernel)(nil)
)

// LoanPolicy implements copytax.PolicyLoaner: the loan is the engine's memory. The
// policy of two ticks ago, which it overwrites, has been used: the kernel has acquired
// the frame of the tick before.
func (k *kernel) LoanPolicy(epoch uint64) *copytax.Policy {
	return zerocopy.PolicyAt(k.mem.Policies[epoch%2])
}

// LoanGenome implements copytax.KernelLink: the loan is the engine's memory.
func (k *kernel) LoanGenome() (*copytax.Genome, error) { return k.mem.Genomes[k.generated%2], nil }

// Publish implements copytax.KernelLink.
func (k *kernel) Publish(p *copytax.Policy, g *copytax.Genome) error {
	if err := k.left(copytax.Engine); err != nil {
		return fmt.Errorf("publish policy %d: %w", p.Epoch, err)
	}
	if loan := k.LoanPolicy(p.Epoch); p != loan {
		k.env.Meter.Enter(copytax.Copy)
		*loan = *p // a caller that does not know of loans
		k.env.Counters.CopiedBytes.Add(copytax.PolicyBytes)
		k.env.Meter.Enter(copytax.Compute)
	}
	if g != nil {
		if g != k.mem.Genomes[k.generated%2] || g.Generation != k.generated {
			return fmt.Errorf("publish genome %d: want the loan of generation %d", g.Generation, k.generated)
		}
		k.generated++
	}
	k.ordered = p.Epoch + 1
	send(k.end, k.orders, p.Epoch)
	return nil
}

// AcquireFrame implements copytax.KernelLink. A frame whose policy has not been
// published would never come.
func (k *kernel) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	if epoch >= k.ordered {
		return nil, fmt.Errorf("acquire frame %d: its policy has not been published", epoch)
	}
	return k.consumer.AcquireFrame(epoch)
}

// AwaitUsed implements copytax.KernelLink. Uses come in order.
func (k *kernel) AwaitUsed(epoch uint64) error {
	if epoch != k.await {
		return fmt.Errorf("await use of frame %d: %d is due", epoch, k.await)
	}
	got, err := receive(k.end, k.used, copytax.Viewer)
	if err == nil && got != epoch {
		err = fmt.Errorf("frame %d was used", got)
	}
	if err != nil {
		return fmt.Errorf("await use of frame %d: %w", epoch, err)
	}
	k.await++
	return nil
}
