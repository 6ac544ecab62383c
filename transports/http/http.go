// Package http is the carrier of HTTP/1.1 on loopback, by Go's net/http.
//
// The engine serves the kernel and the viewer, the kernel serves the viewer,
// each on a port of its own:
//
//	kernel → engine   PUT  /genome/{generation}   204
//	kernel → engine   POST /policy/{epoch}        200, the frame of epoch
//	viewer → engine   GET  /frame/{epoch}         200, the frame of epoch
//	viewer → kernel   POST /used/{epoch}          204
//	who leaves        DELETE /                    204
//
// A request for another epoch than the one that is due is answered with 409,
// which names both, and fails the role that asked. Of a viewer that reads the latest
// frame any later one will do; the answer's Copytax-Epoch then says which it is. The
// viewer asks for a frame before there is one and is answered when there is; so is the
// kernel, whose policy asks for the frame that it leads to.
//
// What a Go programmer would see to is seen to: one connection for each two
// roles, kept while net/http keeps it; no compression; TCP_NODELAY, which is Go's
// default; lengths known in advance, so that nothing is chunked; bodies read
// into buffers that are kept; one encoding of a frame for both readers, written
// to both at once. There are no timeouts within a trial: a peer that leaves says
// so, and that is an error for whoever waits for it. The end of a connection says
// nothing: net/http's client gives up one whose request was written more than 50 ms
// after its answer came, as happens on a busy machine, and makes another. A process
// that dies says nothing either; its supervisor ends the others.
//
// Bodies are read by the role's own goroutine, which a handler lends its
// request to, and answers are written by the handlers. What net/http does on
// other goroutines while a role sends, waits or receives is charged to that
// phase with the rest of the process's CPU. The loopback interface is no
// network: there is no card, no driver and no loss. Start at [Carrier].
//
// The links, their phases and the order of messages are those of package carrier. What
// they leave to HTTP is: a genome and a use are acknowledged, for which Send waits in the
// Wait phase ([client.Send]); a genome is acknowledged as soon as its bytes are here
// ([server.Receive]); the viewer must ask for a frame (CarrierInfo.Pull); answers are
// written by handlers until Flush ([server.Flush]); what is not due is refused with 409
// ([server.Refuse]); and a use is answered, and its order checked, before the kernel asks
// for it ([server.use]).
package http

import (
	"errors"

	"github.com/copytax/copytax"
)

// Carrier returns the carrier.
func Carrier() copytax.Carrier { return carrier{} }

type carrier struct{}

// Name implements copytax.Carrier.
func (carrier) Name() string { return "http" }

// Info implements copytax.Carrier.
func (carrier) Info() copytax.CarrierInfo {
	return copytax.CarrierInfo{Summary: "HTTP/1.1 on loopback", Rung: rung, Pull: true, Latest: true}
}

// rung is that of HTTP, and one more where text is added to it.
func rung(f copytax.Format) int {
	if f.Text {
		return 8
	}
	return 7
}

// Wire implements copytax.Carrier: the roles meet at ports that they tell each other,
// and inherit nothing.
func (carrier) Wire(copytax.Config) (*copytax.Wiring, error) { return &copytax.Wiring{}, nil }

const (
	// The keys under which servers tell their addresses.
	engineForKernel = "http.engine.kernel"
	engineForViewer = "http.engine.viewer"
	kernelForViewer = "http.kernel.viewer"

	epochHeader = "Copytax-Epoch"
)

// Connect implements copytax.Carrier. Servers are started before any is looked up.
func (carrier) Connect(env copytax.Env, role copytax.Role) (conns [copytax.NumRoles]copytax.Conn, err error) {
	set := func(peer copytax.Role, c copytax.Conn, failed error) {
		if err = errors.Join(err, failed); failed == nil {
			conns[peer] = c
		}
	}
	switch role {
	case copytax.Engine:
		c, failed := serve(env, copytax.Kernel, engineForKernel, copytax.KindGenome, copytax.KindPolicy)
		set(copytax.Kernel, c, failed)
		c, failed = serve(env, copytax.Viewer, engineForViewer, copytax.KindWant)
		set(copytax.Viewer, c, failed)
	case copytax.Kernel:
		s, failed := serve(env, copytax.Viewer, kernelForViewer, copytax.KindUsed)
		set(copytax.Viewer, s, failed)
		c, failed := dial(env, copytax.Engine, engineForKernel)
		set(copytax.Engine, c, failed)
	case copytax.Viewer:
		c, failed := dial(env, copytax.Engine, engineForViewer)
		set(copytax.Engine, c, failed)
		c, failed = dial(env, copytax.Kernel, kernelForViewer)
		set(copytax.Kernel, c, failed)
	}
	return conns, err
}
