// Package shm is the transport that copies nothing: policies, genomes and
// frames lie in a hub that every role maps, and only epochs are passed on.
//
// The engine's linear memory is the hub: the step writes the very bytes that
// kernel and viewer read. Start at [Transports].
package shm

import (
	"errors"
	"fmt"
	"os"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/attach"
	"github.com/copytax/copytax/zerocopy/hub"
)

// Transports returns the transport once for each waiting strategy.
func Transports() []copytax.Transport {
	return []copytax.Transport{
		New(hub.Spin),
		New(hub.Park),
		New(hub.Adaptive),
		newAttached(),
	}
}

// New returns the transport whose readers wait as how says.
func New(how hub.Strategy) copytax.Transport { return transport{how: how} }

type transport struct{ how hub.Strategy }

func (t transport) Name() string { return "shm:" + t.how.String() }

func (t transport) Info() copytax.Info {
	wait := "sleep on a futex"
	switch t.how {
	case hub.Spin:
		wait = "poll, and now and then offer the core"
	case hub.Adaptive:
		wait = "learn when to expect a signal, and sleep until shortly before"
	}
	return copytax.Info{
		Rung: 2, Summary: "one memory mapped by three processes; readers " + wait, OwnThread: true, ZeroCopy: true, Latest: true,
		Spins: t.how == hub.Spin || t.how == hub.Adaptive,
		// rust/flock-engine knows every strategy.
		Runtimes: [copytax.NumRoles][]copytax.Runtime{copytax.Engine: {copytax.Native}},
	}
}

func (t transport) Wire(c copytax.Config) (*copytax.Wiring, error) { return Wire(c) }

// regions is the order of the descriptors that a role inherits.
func regions() []zerocopy.Kind {
	return []zerocopy.Kind{zerocopy.Control, zerocopy.Orders, zerocopy.Frames}
}

// Wire creates a hub and a descriptor of each of its regions for each role.
// The supervisor keeps a mapping of the control page, by which it can say that
// a role which was killed has left: the dead cannot say it themselves.
func Wire(c copytax.Config) (*copytax.Wiring, error) {
	w := &copytax.Wiring{}
	layout := zerocopy.Layout{Boids: c.Boids, Slots: c.Slots}
	for _, kind := range regions() {
		if err := wire(w, kind, layout); err != nil {
			w.Close()
			return nil, fmt.Errorf("wire the %s region: %w", kind, err)
		}
	}
	return w, nil
}

// wire adds one region to the wiring.
func wire(w *copytax.Wiring, kind zerocopy.Kind, layout zerocopy.Layout) error {
	file, err := hub.Create(kind, layout)
	if err != nil {
		return err
	}
	defer file.Close() // the roles have duplicates
	if kind == zerocopy.Control {
		if err := announce(w, file, layout); err != nil {
			return err
		}
	}
	return share(w, file)
}

// announce lets the wiring say on the control page that a role has left.
func announce(w *copytax.Wiring, control *os.File, layout zerocopy.Layout) error {
	words, err := hub.MapWords(control, layout)
	if err != nil {
		return err
	}
	w.Lost, w.Unmap = words.Leave, func() { _ = words.Unmap() } // it is a mapping, made above
	return nil
}

// share gives every role a descriptor of its own of file.
func share(w *copytax.Wiring, file *os.File) error {
	for role := range w.Files {
		f, err := lab.Duplicate(file)
		if err != nil {
			return err
		}
		w.Files[role] = append(w.Files[role], f)
	}
	return nil
}

// An end is what the ends of a link have in common.
type end struct {
	env    copytax.Env
	role   copytax.Role
	how    hub.Strategy
	layout zerocopy.Layout
	words  *hub.Words
	maps   [][]byte // the other mappings to undo
	next   uint64   // epoch of the next acquisition
	closed bool

	attachment *attach.Client // nil where the hub was inherited
}

// turn checks that an acquisition is the next one. A link that let a role skip
// an epoch could wait for one that never comes.
func (h *end) turn(what string, epoch uint64) error {
	if epoch != h.next {
		return fmt.Errorf("acquire %s %d: %d is due", what, epoch, h.next)
	}
	return nil
}

func newHub(env copytax.Env, role copytax.Role, how hub.Strategy) (*end, error) {
	if len(env.Files) != len(regions()) {
		return nil, fmt.Errorf("shm %s: inherited %d descriptors, want %d", role, len(env.Files), len(regions()))
	}
	if env.Alone {
		how = how.Raw()
	}
	layout := zerocopy.Layout{Boids: env.Boids, Slots: env.Slots}
	words, err := hub.MapWords(env.Files[0], layout)
	if err != nil {
		return nil, err
	}
	return &end{env: env, role: role, how: how, layout: layout, words: words}, nil
}

// opened returns the link that open makes of h, which is closed when that fails,
// or the error that there is no h for.
func opened[L any](h *end, err error, open func(*end) (L, error)) (link L, _ error) {
	if err != nil {
		return link, err
	}
	if link, err = open(h); err != nil {
		h.Close() // Note: err is what the caller must know.
	}
	return link, err
}

func (h *end) orders() *os.File { return h.env.Files[1] }
func (h *end) frames() *os.File { return h.env.Files[2] }

func (h *end) mapReadOnly(k zerocopy.Kind, file *os.File) ([]byte, error) {
	mem, err := hub.MapReadOnly(file, k, h.layout)
	if err == nil {
		h.maps = append(h.maps, mem)
	}
	return mem, err
}

// await waits for the only signal that w ever waits for, in the Wait phase.
func (h *end) await(w *hub.Waiter, s hub.Signal, v uint64) error {
	h.env.Meter.Enter(copytax.Wait)
	defer h.env.Meter.Enter(copytax.Compute)
	_, calls, err := w.Await(s, v)
	h.env.Counters.Syscalls.Add(int64(calls))
	return h.explain(err)
}

// explain adds to the error of a wait that the server which the hub was got from
// is gone, if it is.
func (h *end) explain(err error) error {
	if err == nil || h.attachment == nil {
		return err
	}
	if lost := h.attachment.Lost(); lost != nil {
		return fmt.Errorf("%w: %w", err, lost)
	}
	return err
}

// post sets a signal in the Send phase.
func (h *end) post(s hub.Signal, v uint64) {
	h.env.Meter.Enter(copytax.Send)
	h.env.Counters.Syscalls.Add(int64(s.Post(v)))
	h.env.Meter.Enter(copytax.Compute)
}

// Prove implements copytax.Prover.
func (h *end) Prove(f *copytax.Frame) (copytax.AddressProof, error) {
	return hub.Prove(f, h.frames())
}

// Close says that the role has left, unmaps the hub and closes its descriptors.
func (h *end) Close() error {
	if h.closed {
		return nil
	}
	h.closed = true
	h.words.Leave(h.role)
	var errs []error
	if h.attachment != nil { // nothing looks at the control page once it is closed
		errs = append(errs, h.attachment.Close())
	}
	errs = append(errs, h.words.Unmap())
	for _, mem := range h.maps {
		errs = append(errs, hub.Unmap(mem))
	}
	for _, f := range h.env.Files {
		if f != nil { // an attached role is given only what it maps
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}
