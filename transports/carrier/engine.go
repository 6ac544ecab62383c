package carrier

import (
	"fmt"

	"github.com/copytax/copytax"
)

// An engine receives orders and sends frames. It holds the orders to the order that the
// engine is promised: every policy once, and each generation's genome before the first
// policy that asks for it.
type engine struct {
	*link
	Rotation
	genomes uint64 // received
	due     due    // policies
}

var _ copytax.EngineLink = (*engine)(nil)

func newEngine(l *link) copytax.EngineLink { return &engine{link: l} }

// AcquirePolicy implements copytax.EngineLink. An epoch that is not due, or a policy
// that asks for a generation which is not the last one received, is an error.
func (e *engine) AcquirePolicy(epoch uint64) (generation uint64, err error) {
	defer e.compute()
	err = e.due.await("acquire policy", epoch, func() error {
		p, err := e.receive(epoch)
		if err != nil {
			return err
		}
		if p.Generation+1 != e.genomes {
			return fmt.Errorf("it asks for generation %d, %d have come", p.Generation, e.genomes)
		}
		generation = p.Generation
		return nil
	})
	return generation, err
}

// receive takes the policy of epoch, and the genome before it if one comes. A raw policy
// is received where it belongs, so that its decoding is a look at its epoch.
func (e *engine) receive(epoch uint64) (*copytax.Policy, error) {
	h, err := e.next(copytax.Kernel)
	if err == nil && h.Kind == copytax.KindGenome {
		if err = e.receiveGenome(h); err == nil {
			h, err = e.next(copytax.Kernel)
		}
	}
	if err != nil {
		return nil, err
	}
	block := e.Memory.Policies[epoch%2]
	b, err := e.body(copytax.Kernel, h, copytax.KindPolicy, epoch, block)
	if err != nil {
		return nil, err
	}
	return e.codec.DecodePolicy(b, block, epoch)
}

func (e *engine) receiveGenome(h copytax.Header) error {
	g := e.Memory.Genomes[e.genomes%2]
	g.Generation = e.genomes
	if err := e.take(copytax.Kernel, h, g.Table()); err != nil {
		return err
	}
	e.genomes++
	return nil
}

// PublishFrame implements copytax.EngineLink. The frame is encoded once. The viewer,
// whose use of it ends the tick, gets it first, unless it must ask: the kernel need not
// wait for that.
func (e *engine) PublishFrame(f *copytax.Frame) error {
	defer e.compute()
	b, err := e.codec.Encode(f.Table())
	if err != nil {
		return err
	}
	readers := [...]copytax.Role{copytax.Viewer, copytax.Kernel}
	if e.pull {
		readers = [...]copytax.Role{copytax.Kernel, copytax.Viewer}
	}
	for _, peer := range readers {
		wanted, err := e.wants(peer, f.Epoch)
		if err == nil && wanted {
			err = e.send(peer, copytax.KindFrame, f.Epoch, b)
		}
		if err != nil {
			return err
		}
	}
	for _, peer := range readers {
		if err := e.flush(peer); err != nil {
			return err
		}
	}
	return nil
}

// wants reports whether the frame of epoch is to be sent to a reader. A viewer that
// must ask is waited for; one that reads the latest frame only gets it if it has asked
// already, or if no other frame will come.
func (e *engine) wants(reader copytax.Role, epoch uint64) (bool, error) {
	if reader == copytax.Kernel || !e.pull && !e.env.Latest {
		return true, nil
	}
	if e.env.Latest && epoch != e.env.LastEpoch() {
		if asked, err := e.pending(reader); err != nil || !asked {
			return false, err
		}
	}
	h, err := e.next(reader)
	if err != nil {
		return false, err
	}
	if e.env.Latest && h.Number <= epoch {
		h.Number = epoch // any frame that is new to it will do
	}
	return true, e.refuse(reader, check(h, copytax.KindWant, epoch, 0, 0))
}

// pending reports whether a message of the peer has begun to arrive.
func (e *engine) pending(from copytax.Role) (bool, error) {
	p, ok := e.conns[from].(copytax.Poller)
	if !ok {
		return false, fmt.Errorf("look for a message of the %s: its connection cannot be asked", from)
	}
	e.env.Meter.Enter(copytax.Wait)
	asked, err := p.Pending()
	if err != nil {
		return false, fmt.Errorf("look for a message of the %s: %w", from, err)
	}
	return asked, nil
}
