package shm

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

// A consumer leases frames: the half that kernel and viewer have in common.
type consumer struct {
	*end
	reader *hub.Reader
	slots  []*copytax.Frame // every slot of the hub, read-only
}

func newConsumer(h *end) (*consumer, error) {
	slots, err := h.mapSlots()
	if err != nil {
		return nil, err
	}
	reader, err := hub.NewReader(h.words, h.layout.Slots, int(h.role))
	if err != nil {
		return nil, err
	}
	return &consumer{end: h, reader: reader, slots: slots}, nil
}

// mapSlots maps every slot of the hub, read-only.
func (h *end) mapSlots() (slots []*copytax.Frame, err error) {
	mem, err := h.mapReadOnly(zerocopy.Frames, h.frames())
	if err != nil {
		return nil, err
	}
	for i := range h.layout.Slots {
		slots = append(slots, h.layout.Frame(mem, i))
	}
	return slots, nil
}

// AcquireFrame implements copytax.ViewerLink. The frame
// aliases the hub; writing to it faults.
func (c *consumer) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	if err := c.turn("frame", epoch); err != nil {
		return nil, err
	}
	c.env.Meter.Enter(copytax.Wait)
	slot, calls, err := c.reader.Lease(epoch, c.how)
	c.env.Counters.Syscalls.Add(int64(calls))
	c.env.Meter.Enter(copytax.Compute)
	if err != nil {
		return nil, c.explain(err)
	}
	c.next++
	f := c.slots[slot]
	f.Epoch = epoch
	return f, nil
}

// release ends the lease, and wakes an engine that waits for it.
func (c *consumer) release() { c.env.Counters.Syscalls.Add(int64(c.reader.Release())) }

// ReleaseFrame implements copytax.KernelLink: it ends the lease.
func (c *consumer) ReleaseFrame(*copytax.Frame) error {
	c.release()
	return nil
}

// A viewer tells the kernel when it has used a frame.
type viewer struct{ *consumer }

var (
	_ copytax.ViewerLink = viewer{}
	_ copytax.Prover     = viewer{}
)

// OpenViewer implements copytax.Transport.
func (t transport) OpenViewer(env copytax.Env) (copytax.ViewerLink, error) {
	h, err := newHub(env, copytax.Viewer, t.how)
	return opened(h, err, newViewer)
}

func newViewer(h *end) (copytax.ViewerLink, error) {
	if h.env.Latest {
		return newLatest(h)
	}
	c, err := newConsumer(h)
	if err != nil {
		return nil, err
	}
	return viewer{c}, nil
}

// ReleaseFrame implements copytax.ViewerLink: it ends the lease and posts the
// epoch as used.
func (v viewer) ReleaseFrame(f *copytax.Frame) error {
	v.release()
	v.post(v.words.Used(), f.Epoch+1)
	return nil
}

// A kernel writes orders and leases frames.
type kernel struct {
	*consumer
	policies [2]*copytax.Policy // in the hub
	genomes  [2]*copytax.Genome // in the hub
	next     uint64             // generation of the next loan
	ordered  uint64             // epoch+1 of the last policy published
	used     *hub.Waiter
}

var (
	_ copytax.KernelLink   = (*kernel)(nil)
	_ copytax.PolicyLoaner = (*kernel)(nil)
	_ copytax.Prover       = (*kernel)(nil)
)

// OpenKernel implements copytax.Transport.
func (t transport) OpenKernel(env copytax.Env) (copytax.KernelLink, error) {
	k, err := t.openKernel(env)
	if err != nil {
		return nil, err
	}
	return k, nil
}

func (t transport) openKernel(env copytax.Env) (*kernel, error) {
	h, err := newHub(env, copytax.Kernel, t.how)
	return opened(h, err, newKernel)
}

func newKernel(h *end) (*kernel, error) {
	mem, err := hub.MapWritable(h.orders(), zerocopy.Orders, h.layout)
	if err != nil {
		return nil, err
	}
	h.maps = append(h.maps, mem)
	c, err := newConsumer(h)
	if err != nil {
		return nil, err
	}
	k := &kernel{consumer: c, used: hub.NewWaiter(h.how)}
	for i := range 2 {
		k.policies[i] = zerocopy.PolicyAt(h.layout.Policy(mem, i))
		k.genomes[i] = h.layout.Genome(mem, i)
	}
	return k, nil
}

// LoanPolicy implements copytax.PolicyLoaner: the loan is in the hub. The
// policy of two ticks ago, which it overwrites, has been used: the kernel has
// acquired the frame of the tick before.
func (k *kernel) LoanPolicy(epoch uint64) *copytax.Policy { return k.policies[epoch%2] }

// LoanGenome implements copytax.KernelLink: the loan is in the hub.
func (k *kernel) LoanGenome() (*copytax.Genome, error) { return k.genomes[k.next%2], nil }

// Publish implements copytax.KernelLink. A policy that is not the hub's loan
// is copied into it, and the copy counted.
func (k *kernel) Publish(p *copytax.Policy, g *copytax.Genome) error {
	if loan := k.policies[p.Epoch%2]; p != loan {
		k.env.Meter.Enter(copytax.Copy)
		*loan = *p
		k.env.Counters.CopiedBytes.Add(copytax.PolicyBytes)
		k.env.Meter.Enter(copytax.Compute)
	}
	if g != nil {
		if g != k.genomes[k.next%2] || g.Generation != k.next {
			return fmt.Errorf("publish genome %d: want the hub's loan of generation %d", g.Generation, k.next)
		}
		k.next++
	}
	k.ordered = p.Epoch + 1
	k.post(k.words.Policy(), k.ordered)
	return nil
}

// AcquireFrame implements copytax.KernelLink. A frame whose policy has not
// been published would never come.
func (k *kernel) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	if epoch >= k.ordered {
		return nil, fmt.Errorf("acquire frame %d: its policy has not been published", epoch)
	}
	return k.consumer.AcquireFrame(epoch)
}

// AwaitUsed implements copytax.KernelLink.
func (k *kernel) AwaitUsed(epoch uint64) error {
	if err := k.await(k.used, k.words.Used(), epoch+1); err != nil {
		return fmt.Errorf("await use of frame %d: %w", epoch, err)
	}
	return nil
}
