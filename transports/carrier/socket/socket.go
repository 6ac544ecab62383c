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
// Start at [Wire] and [Connect].
package socket

import (
	"fmt"
	"os"

	"github.com/copytax/copytax"
)

// The pairs of roles that talk to each other. The order of a role's
// descriptors is the order in which its pairs are listed here.
func pairs() [3][2]copytax.Role {
	return [...][2]copytax.Role{
		{copytax.Kernel, copytax.Engine},
		{copytax.Engine, copytax.Viewer},
		{copytax.Viewer, copytax.Kernel},
	}
}

// Wire makes a connection for each two roles. A call of pair returns the ends of a new
// one, which block and must go on to: the mode is shared by all who inherit a
// descriptor. The name is for its errors and files.
func Wire(pair func(name string) ([2]*os.File, error)) (*copytax.Wiring, error) {
	w := &copytax.Wiring{}
	for _, roles := range pairs() {
		ends, err := pair(roles[0].String() + "-" + roles[1].String())
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

// Connect takes over the descriptors of role, which Wire has made.
func Connect(env copytax.Env, role copytax.Role) (conns [copytax.NumRoles]copytax.Conn, err error) {
	if len(env.Files) != 2 {
		return conns, fmt.Errorf("open %s: inherited %d sockets, want 2", role, len(env.Files))
	}
	next := 0
	for _, roles := range pairs() {
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
