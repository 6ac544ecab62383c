// Package pipe carries the messages of a trial through pipes of the operating
// system: one for each way between two roles.
package pipe

import (
	"errors"
	"fmt"
	"os"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/transports/carrier"
)

// Plugin returns what the module adds to a program: with every codec a transport.
func Plugin() experiment.Catalogue {
	return experiment.Catalogue{Carriers: []copytax.Carrier{pipes{}}}
}

type pipes struct{}

// Name implements copytax.Carrier.
func (pipes) Name() string { return "pipe" }

// Info implements copytax.Carrier. The rungs are those of a socket: what is added to
// the rung below is the same.
func (pipes) Info() copytax.CarrierInfo {
	return copytax.CarrierInfo{
		Summary: "pipes with the system's buffers, one for each way",
		Rung: func(f copytax.Format) int {
			if f.InPlace {
				return 4
			}
			return 6
		},
		OwnThread: true, // its roles block in read and write
	}
}

// Wire implements copytax.Carrier: it makes two pipes a pair, and each role of the pair
// inherits the end that it reads and the end that it writes.
func (pipes) Wire(copytax.Config) (*copytax.Wiring, error) {
	w := &copytax.Wiring{}
	for _, pair := range carrier.Pairs() {
		thereR, thereW, err1 := os.Pipe()
		backR, backW, err2 := os.Pipe()
		if err := errors.Join(err1, err2); err != nil {
			w.Close()
			return nil, fmt.Errorf("make pipes between %s and %s: %w", pair[0], pair[1], err)
		}
		w.Files[pair[0]] = append(w.Files[pair[0]], backR, thereW)
		w.Files[pair[1]] = append(w.Files[pair[1]], thereR, backW)
	}
	return w, nil
}

// Connect implements copytax.Carrier.
func (pipes) Connect(env copytax.Env, role copytax.Role) (conns [copytax.NumRoles]copytax.Conn, err error) {
	files := env.Files
	for _, pair := range carrier.Pairs() {
		peer := pair[0]
		if peer == role {
			peer = pair[1]
		} else if pair[1] != role {
			continue
		}
		if len(files) < 2 {
			return conns, fmt.Errorf("connect the %s: it inherited %d files, want 4", role, len(env.Files))
		}
		conns[peer] = carrier.NewConn(duplex{files[0], files[1]}, env.Counters)
		files = files[2:]
	}
	return conns, nil
}

// A duplex is the two ends that a role has of the pipes to another role.
type duplex struct{ r, w *os.File }

func (d duplex) Read(p []byte) (int, error)  { return d.r.Read(p) }
func (d duplex) Write(p []byte) (int, error) { return d.w.Write(p) }

// Close implements io.Closer. The peer reads the end of the stream.
func (d duplex) Close() error { return errors.Join(d.r.Close(), d.w.Close()) }
