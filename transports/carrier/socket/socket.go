// Package socket is a carrier's connections where they are sockets that the supervisor
// made in pairs and the roles inherit: what unix and tcp have in common, so that the
// two differ in nothing but the protocol.
//
// Each role blocks in system calls of its own, on the thread that it keeps: with one
// peer a socket there is nothing to poll for. Measured against Go's network poller,
// between two processes and with 16 to 3,200,000 bytes, that made no difference in CPU
// time beyond the noise, and it leaves nothing to other threads. Reading with
// MSG_WAITALL instead of until all is there was no faster and allocates. In a process
// that has nothing else to run the calls are made past Go's scheduler, as package
// hub does in its waits, so that the two can be compared.
//
// A message goes out by one writev, from where it lies, behind a header of 16 bytes. It
// comes in by one read of the header, which is checked before anything is done about
// it, and reads of the body: in the raw codec into the memory where it belongs, the
// engine's or the consumer's frame, so that no byte is copied in user space; otherwise
// into a buffer that is kept. What the operating system copies, in at the sender and
// out at the receiver, is the price of a socket and is in the Send and Receive phases.
// Start at [New].
package socket

import (
	"fmt"
	"os"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/carrier"
)

// New returns the carrier of what pair makes: both ends of a new connection, which block
// and must go on to, since the mode is shared by all who inherit a descriptor. Its name is
// for errors and files. The carrier's rung is that of sockets alone, or 6 with a codec.
func New(name, summary string, alone int, pair func(name string) ([2]*os.File, error)) copytax.Carrier {
	rung := func(f copytax.Format) int {
		if f.InPlace {
			return alone
		}
		return 6
	}
	return sockets{name, copytax.CarrierInfo{Summary: summary, Rung: rung, OwnThread: true, Latest: true}, pair}
}

type sockets struct {
	name string
	info copytax.CarrierInfo
	pair func(name string) ([2]*os.File, error)
}

// Name implements copytax.Carrier.
func (s sockets) Name() string { return s.name }

// Info implements copytax.Carrier.
func (s sockets) Info() copytax.CarrierInfo { return s.info }

// Wire implements copytax.Carrier: it makes a connection for each two roles.
func (s sockets) Wire(copytax.Config) (*copytax.Wiring, error) {
	w := &copytax.Wiring{}
	for _, roles := range carrier.Pairs() {
		ends, err := s.pair(roles[0].String() + "-" + roles[1].String())
		if err != nil {
			w.Close()
			return nil, err
		}
		for i, role := range roles {
			w.Files[role] = append(w.Files[role], ends[i])
		}
	}
	return w, nil
}

// Connect implements copytax.Carrier: it takes over the descriptors that Wire has made.
func (sockets) Connect(env copytax.Env, role copytax.Role) (conns [copytax.NumRoles]copytax.Conn, err error) {
	if len(env.Files) != 2 {
		return conns, fmt.Errorf("open %s: inherited %d sockets, want 2", role, len(env.Files))
	}
	next := 0
	for _, roles := range carrier.Pairs() {
		peer := roles[0]
		switch role {
		case roles[0]:
			peer = roles[1]
		case roles[1]:
		default:
			continue
		}
		if conns[peer], err = newSocket(env.Files[next], env); err != nil {
			return conns, fmt.Errorf("open %s: set timeout of the socket to the %s: %w", role, peer, err)
		}
		next++
	}
	return conns, nil
}
