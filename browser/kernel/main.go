//go:build wasip1

// Command kernel is the flock's kernel for a browser's tab: the same Go code as
// everywhere, as a reactor of WASI whose link is JavaScript.
//
// As it is linked, the module has a memory of its own, which a tab cannot share with the
// engine's: the host copies each frame into it and each policy and genome out of it, and
// counts that. A host that has rewritten the module so that its memory is the engine's
// says where they lie instead, and nothing is copied: see browser/src/linear.ts.
//
// Calls of the host run to their end. One that returns 0 has left the reason in text.
// Everything that is exported is for browser/src/kernel.ts.
package main

import (
	"fmt"
	"unsafe"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
)

// What the host lends to the kernel's link. Addresses are those of this memory.

// publish sends the policy of an epoch, behind the genome if that is not at 0.
//
//go:wasmimport copytax publish
func publish(epoch uint64, policy unsafe.Pointer, generation uint64, genome unsafe.Pointer)

// policyAt returns where the policy of an epoch is to be written; nil where the host copies it.
//
//go:wasmimport copytax policy_at
func policyAt(epoch uint64) unsafe.Pointer

// genomeAt returns that of the genome of a generation.
//
//go:wasmimport copytax genome_at
func genomeAt(generation uint64) unsafe.Pointer

// frameAt returns where the frame of an epoch, which is here, lies; nil where the host copies it.
//
//go:wasmimport copytax frame_at
func frameAt(epoch uint64) unsafe.Pointer

// acquire copies the frame of an epoch to an address.
//
//go:wasmimport copytax acquire
func acquire(epoch uint64, into unsafe.Pointer)

// release gives it back, and says where it was read.
//
//go:wasmimport copytax release
func release(epoch uint64, at unsafe.Pointer)

// mark notes the time at which an epoch passes the kernel.
//
//go:wasmimport copytax mark
func mark(epoch uint64)

// A link is the kernel's end of whatever transport the host has. That the viewer has
// used a frame the host sees to, behind the tick.
//
// What the host lends lies outside of everything that Go has allocated, so that its
// collector neither frees nor moves it, nor follows a pointer there.
type link struct {
	boids  int
	policy *copytax.Policy
	packed [copytax.PolicyBytes]byte // of a policy that the host copies
	own    copytax.Policy
	genome *copytax.Genome // lent, or made for the first generation
	next   uint64          // generation of the next genome
	frame  copytax.Frame
}

func newLink(c copytax.Config) *link { return &link{boids: c.Boids} }

// LoanPolicy implements copytax.PolicyLoaner.
func (l *link) LoanPolicy(epoch uint64) *copytax.Policy {
	// SAFETY: the host lends PolicyBytes, more than a Policy has, whose memory is its
	// canonical form: WebAssembly is little-endian.
	if l.policy = (*copytax.Policy)(policyAt(epoch)); l.policy == nil {
		l.policy = &l.own
	}
	return l.policy
}

// LoanGenome implements copytax.KernelLink.
func (l *link) LoanGenome() (*copytax.Genome, error) {
	if at := genomeAt(l.next); at != nil {
		// SAFETY: the host lends as many floats as a genome of the config has.
		l.genome = &copytax.Genome{N: l.boids, Data: unsafe.Slice((*float32)(at), copytax.GenomeColumns*copytax.Stride(l.boids))}
	} else if l.genome == nil {
		l.genome = copytax.NewGenome(l.boids)
	}
	return l.genome, nil
}

// Publish implements copytax.KernelLink.
func (l *link) Publish(p *copytax.Policy, g *copytax.Genome) error {
	at := unsafe.Pointer(p)
	if p == &l.own {
		p.Put(l.packed[:])
		at = unsafe.Pointer(&l.packed)
	}
	var genes unsafe.Pointer
	if g != nil {
		genes = unsafe.Pointer(unsafe.SliceData(g.Data)) // SAFETY: the host reads it before it returns.
		l.next++
	}
	publish(p.Epoch, at, p.Generation, genes)
	return nil
}

// AcquireFrame implements copytax.KernelLink.
func (l *link) AcquireFrame(epoch uint64) (*copytax.Frame, error) {
	f := &l.frame
	f.Epoch, f.N = epoch, l.boids
	floats := copytax.Columns * copytax.Stride(l.boids)
	if at := frameAt(epoch); at != nil {
		f.Data = unsafe.Slice((*float32)(at), floats) // SAFETY: the host lends as many.
		return f, nil
	}
	if f.Data == nil {
		f.Data = make([]float32, floats)
	}
	acquire(epoch, unsafe.Pointer(unsafe.SliceData(f.Data))) // SAFETY: the host writes as many, and returns.
	return f, nil
}

// ReleaseFrame implements copytax.KernelLink.
func (*link) ReleaseFrame(f *copytax.Frame) error {
	release(f.Epoch, unsafe.Pointer(unsafe.SliceData(f.Data)))
	return nil
}

// AwaitUsed implements copytax.KernelLink.
func (*link) AwaitUsed(uint64) error { return nil }

// Close implements copytax.KernelLink.
func (*link) Close() error { return nil }

// The state of the reactor.
var (
	actor copytax.KernelActor
	text  []byte // what the host says, and what is said to it
)

// room returns the address of so many bytes of text, to be written by the host.
//
//go:wasmexport room
func room(bytes uint32) unsafe.Pointer {
	text = make([]byte, bytes)
	return unsafe.Pointer(unsafe.SliceData(text))
}

// textAt returns where the text is.
//
//go:wasmexport text_at
func textAt() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(text)) }

// textBytes returns how long the text is.
//
//go:wasmexport text_bytes
func textBytes() uint32 { return uint32(len(text)) }

// done returns 1, or 0 with the error in text.
func done(err error) int32 {
	if err != nil {
		text = []byte(err.Error())
		return 0
	}
	return 1
}

// open makes the kernel of a config. Its mode is in text. It is no JSON, whose package
// would be a third of the module.
//
//go:wasmexport open
func open(boids, neighbours uint32, seed uint64, warmUp, ticks, slots uint32, rate float64, latest uint32) int32 {
	c := copytax.Config{
		Boids: int(boids), Neighbours: int(neighbours), Mode: copytax.Mode(text), Seed: seed,
		WarmUp: int(warmUp), Ticks: int(ticks), Slots: int(slots), Rate: rate, Latest: latest != 0,
	}
	env := copytax.Env{Config: c, Mark: mark}
	a, err := flock.New(nil).NewKernel(env, newLink(c))
	actor = a
	return done(err)
}

// begin opens a tick, in which the policy is published.
//
//go:wasmexport begin
func begin(epoch uint64) int32 { return done(actor.Begin(epoch)) }

// tick ends it with its frame, which must be here.
//
//go:wasmexport tick
func tick(epoch uint64) int32 { return done(actor.Tick(epoch)) }

// evidence leaves what the kernel saw in text: digest, chain and genome, a line each,
// and behind them a line with the epoch and the hash of each frame that it has noted.
//
//go:wasmexport evidence
func evidence() int32 {
	e, err := actor.Evidence()
	if err != nil {
		return done(err)
	}
	text = fmt.Appendf(nil, "%s\n%s\n%s\n", e.Digest, e.Chain, e.Genome)
	for _, s := range e.Seen {
		text = fmt.Appendf(text, "%d %d\n", s.Epoch, s.Hash)
	}
	return 1
}

func main() {}
