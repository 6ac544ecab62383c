// Package unix carries the messages of a trial over Unix sockets, in any codec.
//
// The sockets are pairs made by the supervisor and inherited, one for each two
// roles; no name in a file system is involved. Each role blocks in system calls
// of its own, on the thread that it keeps: with one peer a socket there is
// nothing to poll for. Measured against Go's network poller, between two
// processes and with 16 to 3,200,000 bytes, that made no difference in CPU time
// beyond the noise, and it leaves nothing to other threads. Reading with
// MSG_WAITALL instead of until all is there was no faster and allocates. In a
// process that has nothing else to run the calls are made past Go's scheduler,
// as package hub does in its waits, so that the two can be compared.
//
// A message goes out by one writev, from where it lies, behind a header of 16
// bytes. It comes in by one read of the header, which is checked before
// anything is done about it, and reads of the body: in the raw codec into the
// memory where it belongs, the engine's or the consumer's frame, so that no
// byte is copied in user space; otherwise into a buffer that is kept. What the
// operating system copies, in at the sender and out at the receiver, is the
// price of a socket and is in the Send and Receive phases. Start at [Transports].
package unix

import (
	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec"
)

// Transports returns the transport once for each codec.
func Transports() []copytax.Transport {
	var list []copytax.Transport
	for _, f := range codec.Formats() {
		list = append(list, transport{f})
	}
	return list
}

type transport struct{ format copytax.Format }

func (t transport) Name() string { return "unix+" + t.format.Name }

func (t transport) Info() copytax.Info {
	info := copytax.Info{
		Rung:      6,
		Summary:   "Unix sockets; " + t.format.Summary,
		OwnThread: true,
	}
	if t.format.Name == "raw" {
		info.Rung = 4
	}
	return info
}

// The pairs of roles that talk to each other. The order of a role's
// descriptors is the order in which its pairs are listed here.
func pairs() [3][2]copytax.Role {
	return [...][2]copytax.Role{
		{copytax.Kernel, copytax.Engine},
		{copytax.Engine, copytax.Viewer},
		{copytax.Viewer, copytax.Kernel},
	}
}

// Wire implements copytax.Transport.
func (t transport) Wire(copytax.Config) (*copytax.Wiring, error) {
	w := &copytax.Wiring{}
	for _, roles := range pairs() {
		ends, err := socketPair(roles[0].String() + "-" + roles[1].String())
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
