// Package carrier holds what the links of several transports have in common: the
// memory that they lend, and the order in which policies, genomes, frames and uses
// come.
//
// It moves no byte. Start at [Rotation] for an engine whose readers hold no slot, at
// [Engine] for one that receives messages, at [Consumer] and [Kernel] for their peers.
package carrier

import (
	"fmt"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// A due is the number of the message that comes next. One who asked for another
// would wait for what never comes.
type due uint64

// await calls receive for the message of epoch if that is what is due.
func (d *due) await(what string, epoch uint64, receive func() error) error {
	if epoch != uint64(*d) {
		return fmt.Errorf("%s %d: %d is due", what, epoch, *d)
	}
	if err := receive(); err != nil {
		return fmt.Errorf("%s %d: %w", what, epoch, err)
	}
	*d++
	return nil
}

// A Consumer receives frames into memory of its own. There is one frame; the next
// one overwrites it.
type Consumer struct {
	Frame *copytax.Frame
	due   due
}

// NewConsumer returns a consumer of frames of the given number of boids.
func NewConsumer(boids int) Consumer { return Consumer{Frame: copytax.NewFrame(boids)} }

// Acquire has receive fill the frame, whose Epoch is set.
func (c *Consumer) Acquire(epoch uint64, receive func() error) (*copytax.Frame, error) {
	err := c.due.await("acquire frame", epoch, func() error {
		c.Frame.Epoch = epoch
		return receive()
	})
	if err != nil {
		return nil, err
	}
	return c.Frame, nil
}

// A Kernel is the part of a kernel's link that lends memory of its own.
type Kernel struct {
	policy *copytax.Policy
	genome *copytax.Genome
	used   due // uses
}

// NewKernel returns a kernel of genomes of the given number of boids.
func NewKernel(boids int) Kernel {
	return Kernel{
		policy: zerocopy.PolicyAt(make([]byte, copytax.PolicyBytes)),
		genome: copytax.NewGenome(boids),
	}
}

// LoanPolicy implements copytax.PolicyLoaner.
func (k *Kernel) LoanPolicy(uint64) *copytax.Policy { return k.policy }

// LoanGenome implements copytax.KernelLink.
func (k *Kernel) LoanGenome() (*copytax.Genome, error) { return k.genome, nil }

// ReleaseFrame implements copytax.KernelLink: the frame is the link's anyway.
func (*Kernel) ReleaseFrame(*copytax.Frame) error { return nil }

// Await has receive wait for the use of the frame of epoch.
func (k *Kernel) Await(epoch uint64, receive func() error) error {
	return k.used.await("await use of frame", epoch, receive)
}
