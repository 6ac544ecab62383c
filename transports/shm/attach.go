package shm

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/attach"
	"github.com/copytax/copytax/zerocopy/hub"
)

// AttachOption is the option that names the socket of shm:attach: @NAME in the
// abstract namespace, or a path. Without it each trial picks a name of its own.
// Name it to attach from outside the trial.
const AttachOption = "attach"

// AttachName is the transport whose hub others can attach to.
const AttachName = "shm:attach"

// attachKey is what the kernel shares its socket's name by.
const attachKey = "attach"

// attached is shm:park, except that only the kernel inherits the hub: it
// serves it on a socket, by which engine and viewer get their descriptors, and
// any further reader of the same user. See [AttachReader].
type attached struct{ transport }

func newAttached() copytax.Transport { return attached{transport{hub.Park}} }

func (attached) Name() string { return AttachName }

func (attached) Info() copytax.Info {
	return copytax.Info{
		Rung:      2,
		Summary:   "shm:park for processes that were not spawned: they get the hub's descriptors over a socket",
		OwnThread: true, ZeroCopy: true, Latest: true,
	}
}

// Wire creates a hub for the kernel alone, and the socket at which it serves it.
func (attached) Wire(c copytax.Config) (*copytax.Wiring, error) {
	socket, err := attach.Listen(c.Option(AttachOption))
	if err != nil {
		return nil, err
	}
	w, err := Wire(c)
	if err != nil {
		socket.Close()
		return nil, err
	}
	for _, role := range []copytax.Role{copytax.Engine, copytax.Viewer} {
		for _, f := range w.Files[role] {
			f.Close() // Note: a duplicate, in which nothing is buffered.
		}
		w.Files[role] = nil
	}
	w.Files[copytax.Kernel] = append(w.Files[copytax.Kernel], socket)
	return w, nil
}

// A host is a kernel that serves its hub.
type host struct {
	*kernel
	server *attach.Server
	left   bool
}

// OpenKernel implements copytax.Transport. From here on others can attach.
func (t attached) OpenKernel(env copytax.Env) (copytax.KernelLink, error) {
	own := len(regions())
	if len(env.Files) != own+1 {
		return nil, fmt.Errorf("%s kernel: inherited %d descriptors, want %d", AttachName, len(env.Files), own+1)
	}
	socket := env.Files[own]
	env.Files = env.Files[:own:own]
	k, err := t.openKernel(env)
	if err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	h := &host{kernel: k}
	h.server, err = attach.Serve(socket, attach.Hosting{
		Layout: k.layout, Words: k.words, Place: attach.Place(copytax.Kernel),
		Files: attach.Files{Control: k.env.Files[0], Orders: k.orders(), Frames: k.frames()},
	})
	if err != nil {
		return nil, errors.Join(err, k.Close())
	}
	if err := env.Share(attachKey, h.server.Name()); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// Close implements copytax.KernelLink: it says that the kernel has left, and
// ends every connection before the page is unmapped that the server looks at.
func (h *host) Close() error {
	if h.left {
		return nil
	}
	h.left = true
	h.words.Leave(copytax.Kernel)
	return errors.Join(h.server.Close(), h.kernel.Close())
}

// join attaches a role at the address that the kernel shares. The hub that it
// returns owns the descriptors as if they had been inherited, and its waits end
// when the server dies.
func (t attached) join(env copytax.Env, role copytax.Role) (*end, error) {
	name, err := env.Lookup(attachKey)
	if err != nil {
		return nil, err
	}
	a, err := attach.Dial(context.Background(), name, attach.Want{
		Place: attach.Place(role), Layout: zerocopy.Layout{Boids: env.Boids, Slots: env.Slots},
	})
	if err != nil {
		return nil, err
	}
	env.Files = []*os.File{a.Control, a.Orders, a.Frames} // in the order of regions
	h, err := newHub(env, role, t.how)
	if err != nil {
		a.Close() // Note: err is what the caller must know.
		return nil, err
	}
	h.attachment, a.Files = a, attach.Files{}
	a.Guard(h.words)
	return h, nil
}

// OpenEngine implements copytax.Transport.
func (t attached) OpenEngine(env copytax.Env) (copytax.EngineLink, error) {
	h, err := t.join(env, copytax.Engine)
	return opened(h, err, newEngine)
}

// OpenViewer implements copytax.Transport. It waits until the engine has
// sealed the frames, since only then are they given to readers.
func (t attached) OpenViewer(env copytax.Env) (copytax.ViewerLink, error) {
	h, err := t.join(env, copytax.Viewer)
	return opened(h, err, newViewer)
}
