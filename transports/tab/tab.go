// Package tab lists the transports between the workers of a browser's tab. It moves
// nothing: their links are TypeScript, in browser/src, and this is what a plan knows of
// them. Their names are those of the native ones where they do the same.
//
// All roles are in one process of the browser, which runs them at the same time, and
// frames never leave it. Start at [Transports].
package tab

import (
	"fmt"

	"github.com/copytax/copytax"
)

// Transports returns every transport of a tab besides direct, by its place on the ladder.
func Transports() []copytax.Transport {
	const shared = "workers of a tab and one shared memory, which only epochs are passed beside; "
	inMemory := [copytax.NumRoles]bool{copytax.Engine: true, copytax.Viewer: true} // and not the kernel, whose module has one of its own
	all := []transport{
		{"sab:spin", copytax.Info{Rung: 2, Summary: shared + "who waits looks at a word without end", InPlace: inMemory, Latest: true, Spins: true}},
		{"sab:park", copytax.Info{Rung: 2, Summary: shared + "who waits sleeps by Atomics.wait", InPlace: inMemory, Latest: true}},
		{"sab:adaptive", copytax.Info{Rung: 2, Summary: shared + "who waits spins while the word is about to come, and sleeps before that", InPlace: inMemory, Latest: true, Spins: true}},
		// Last of its rung, and not on the ladder: there is no supported way to run Go so.
		{"sab:one", copytax.Info{Rung: 2, Summary: "sab:park, in whose memory Go's module lies as well, rewritten for that as Go does not support: nobody copies anything", InPlace: [copytax.NumRoles]bool{true, true, true}, Latest: true}},
		{"transfer", copytax.Info{Rung: 3, Summary: "a frame is copied to a buffer for each reader, which postMessage hands over", Latest: true}},
		{"clone", copytax.Info{Rung: 4, Summary: "postMessage clones a frame for each reader", Latest: true}},
	}
	for i, codec := range []string{"raw", "flatbuffers", "protobuf", "msgpack", "json"} {
		all = append(all, transport{"post+" + codec, copytax.Info{
			Rung: 5 + min(i, 1), Summary: "postMessage hands over the bytes of a codec: " + codec, Latest: true,
		}})
	}
	list := make([]copytax.Transport, len(all))
	for i, t := range all {
		t.info.OneProcess, t.info.Concurrent, t.info.Foreign = true, true, true
		for role := range t.info.Runtimes {
			t.info.Runtimes[role] = []copytax.Runtime{copytax.Tab}
		}
		list[i] = t
	}
	return list
}

// A transport is a name that the page knows.
type transport struct {
	name string
	info copytax.Info
}

// Name implements copytax.Transport.
func (t transport) Name() string { return t.name }

// Info implements copytax.Transport.
func (t transport) Info() copytax.Info { return t.info }

// OffPage says why the viewer cannot be on a page's own thread; empty where it can.
func (t transport) OffPage() string {
	switch t.name {
	case "sab:spin", "sab:adaptive":
		return "who waits spins, which would keep the page's own thread from all else; sab:park waits there by Atomics.waitAsync"
	case "sab:one":
		return "it is compared with sab:park, whose viewer is in a worker as well"
	}
	return ""
}

// Wire implements copytax.Transport: a tab inherits nothing.
func (transport) Wire(copytax.Config) (*copytax.Wiring, error) { return &copytax.Wiring{}, nil }

func (t transport) foreign() error {
	return fmt.Errorf("%s has no links in Go: its roles run in a tab", t.name)
}

// OpenKernel implements copytax.Transport: it fails.
func (t transport) OpenKernel(copytax.Env) (copytax.KernelLink, error) { return nil, t.foreign() }

// OpenEngine implements copytax.Transport: it fails.
func (t transport) OpenEngine(copytax.Env) (copytax.EngineLink, error) { return nil, t.foreign() }

// OpenViewer implements copytax.Transport: it fails.
func (t transport) OpenViewer(copytax.Env) (copytax.ViewerLink, error) { return nil, t.foreign() }
