// Package http carries the messages of a trial over HTTP on loopback, by Go's
// net/http, in any codec that is one.
//
// The engine serves the kernel and the viewer, the kernel serves the viewer,
// each on a port of its own:
//
//	kernel → engine   PUT  /genome/{generation}   204
//	kernel → engine   POST /policy/{epoch}        200, the frame of epoch
//	viewer → engine   GET  /frame/{epoch}         200, the frame of epoch
//	viewer → kernel   POST /used/{epoch}          204
//
// A request for another epoch than the one that is due is answered with 409,
// which names both, and fails the role that asked. The viewer asks for a frame
// before there is one and is answered when there is; so is the kernel, whose
// policy asks for the frame that it leads to.
//
// What a Go programmer would see to is seen to: one connection for each two
// roles, kept for the whole trial; no compression; TCP_NODELAY, which is Go's
// default; lengths known in advance, so that nothing is chunked; bodies read
// into buffers that are kept; one encoding of a frame for both readers, written
// to both at once. There are no timeouts within a trial: a peer that goes away
// closes its connection, and that is an error for whoever waits for it.
//
// Bodies are read by the role's own goroutine, which a handler lends its
// request to, and answers are written by the handlers. What net/http does on
// other goroutines while a role sends, waits or receives is charged to that
// phase with the rest of the process's CPU. The loopback interface is no
// network: there is no card, no driver and no loss. Start at [Transports].
package http

import (
	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/codec"
)

// Transports returns the transport once for each codec but raw, which leaves
// it to its carrier to say what the bytes are.
func Transports() []copytax.Transport {
	var list []copytax.Transport
	for _, f := range codec.Formats() {
		if f.Name != "raw" {
			list = append(list, transport{f})
		}
	}
	return list
}

type transport struct{ format copytax.Format }

func (t transport) Name() string { return "http+" + t.format.Name }

func (t transport) Info() copytax.Info {
	info := copytax.Info{Rung: 7, Summary: "HTTP/1.1 on loopback; " + t.format.Summary}
	if t.format.Name == "json" || t.format.Name == "json:packed" {
		info.Rung = 8
	}
	return info
}

// Wire implements copytax.Transport: the roles meet at ports that they tell
// each other, and inherit nothing.
func (t transport) Wire(copytax.Config) (*copytax.Wiring, error) { return &copytax.Wiring{}, nil }

// The keys under which servers tell their addresses.
const (
	engineForKernel = "http.engine.kernel"
	engineForViewer = "http.engine.viewer"
	kernelForViewer = "http.kernel.viewer"
)
