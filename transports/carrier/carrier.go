// Package carrier makes a transport of a carrier and a codec, any of either: the links
// of the three roles, what their work is charged to, the rotation of the engine's slots
// and the order of messages are written here, once.
//
// It moves no byte: a [copytax.Conn] does. Start at [New]; at [NewConn] for a
// connection over any stream of bytes, at package socket for one over a descriptor; at
// [Rotation] for an engine's link that has no connections.
package carrier

import (
	"errors"
	"fmt"

	"github.com/copytax/copytax"
)

// New returns the transport that moves messages by c, in the format f.
func New(c copytax.Carrier, f copytax.Format) copytax.Transport { return transport{c, f} }

// Each returns the transports that move messages by c, one for each format.
func Each(c copytax.Carrier, formats ...copytax.Format) (all []copytax.Transport) {
	for _, f := range formats {
		all = append(all, New(c, f))
	}
	return all
}

// Pairs returns the roles that talk to each other. A carrier that makes a connection for
// each two may hand each role its descriptors in this order.
func Pairs() [3][2]copytax.Role {
	return [...][2]copytax.Role{
		{copytax.Kernel, copytax.Engine}, {copytax.Engine, copytax.Viewer}, {copytax.Viewer, copytax.Kernel},
	}
}

type transport struct {
	carrier copytax.Carrier
	format  copytax.Format
}

// Name implements copytax.Transport.
func (t transport) Name() string { return t.carrier.Name() + "+" + t.format.Name }

// Info implements copytax.Transport.
func (t transport) Info() copytax.Info {
	info := t.carrier.Info()
	return copytax.Info{
		Rung:        info.Rung(t.format),
		Summary:     info.Summary + "; " + t.format.Summary,
		OwnThread:   info.OwnThread,
		Unavailable: info.Unavailable,
		Latest:      info.Latest,
	}
}

// Wire implements copytax.Transport.
func (t transport) Wire(c copytax.Config) (*copytax.Wiring, error) { return t.carrier.Wire(c) }

// OpenKernel implements copytax.Transport.
func (t transport) OpenKernel(env copytax.Env) (copytax.KernelLink, error) {
	return opened(t, env, copytax.Kernel, newKernel)
}

// OpenEngine implements copytax.Transport.
func (t transport) OpenEngine(env copytax.Env) (copytax.EngineLink, error) {
	return opened(t, env, copytax.Engine, newEngine)
}

// OpenViewer implements copytax.Transport.
func (t transport) OpenViewer(env copytax.Env) (copytax.ViewerLink, error) {
	return opened(t, env, copytax.Viewer, newViewer)
}

// opened connects a role to the others and returns the link that open makes of that.
func opened[L any](t transport, env copytax.Env, role copytax.Role, open func(*link) L) (none L, _ error) {
	conns, err := t.carrier.Connect(env, role)
	l := &link{env: env, conns: conns, pull: t.carrier.Info().Pull}
	for peer, c := range conns {
		if err == nil && c == nil && copytax.Role(peer) != role {
			err = fmt.Errorf("%s connects the %s to no %s", t.carrier.Name(), role, copytax.Role(peer))
		}
	}
	if err != nil {
		return none, errors.Join(err, l.Close())
	}
	l.codec = charge(t.format, env)
	return open(l), nil
}
