// Package attach hands a hub to processes that did not inherit it: one of its roles
// serves it at a socket, and others of the same user join and are given the descriptors
// of what they may map.
//
// It maps nothing, gives nobody memory that somebody else could still write, and lets
// go of what a process held that has died. It works where package hub does, on Linux. Start
// at [Listen] and [Serve], or at [Dial] on the other side.
package attach

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// A Place is what a process is in a hub: 0 to 2 are the roles of a trial, by
// their numbers, and the rest are further readers. The place of a reader is
// the index of its words.
type Place int

const (
	// AnyReader asks for whatever place of a further reader is free.
	AnyReader Place = -1
	// FirstReader is the first place of a further reader.
	FirstReader = Place(copytax.NumRoles)
	places      = Place(zerocopy.MaxReaders)
)

// String returns the name of the role, or says that it is a further reader.
func (p Place) String() string {
	switch {
	case p == AnyReader:
		return "a further reader"
	case p < 0 || p >= places:
		return fmt.Sprintf("Place(%d)", int(p))
	case p < FirstReader:
		return copytax.Role(p).String()
	}
	return fmt.Sprintf("reader %d", int(p))
}

// regions returns the regions that a place is given, in the order of their
// descriptors. Only the engine reads orders, and only the engine may be given
// frames before they are sealed.
func (p Place) regions() []zerocopy.Kind {
	if p == Place(copytax.Engine) {
		return []zerocopy.Kind{zerocopy.Control, zerocopy.Orders, zerocopy.Frames}
	}
	return []zerocopy.Kind{zerocopy.Control, zerocopy.Frames}
}

// wantsSealed reports whether a region is given to a place only once nobody can
// map it for writing any more. The engine seals its frames itself.
func (p Place) wantsSealed(k zerocopy.Kind) bool {
	return k == zerocopy.Orders || k == zerocopy.Frames && p != Place(copytax.Engine)
}

// Files are the descriptors of the regions of a hub.
type Files struct{ Control, Orders, Frames *os.File }

// of returns where the descriptor of a region is kept.
func (f *Files) of(k zerocopy.Kind) **os.File {
	return [...]**os.File{zerocopy.Control: &f.Control, zerocopy.Orders: &f.Orders, zerocopy.Frames: &f.Frames}[k]
}

// The kinds of greeting. An attachment is a hello from the process that joins,
// and either a welcome that carries the descriptors or a refusal, over a
// connection that then stays silent until one side leaves.
const (
	greetHello uint32 = iota + 1
	greetWelcome
	greetRefusal
)

// greetingWords are the words of a greeting, little-endian and in this order.
type greetingWords struct {
	Magic                 uint64
	Version, Kind         uint32
	Place, Host           int64
	Hash                  uint64
	Boids, Slots, Payload int64
}

const (
	greetMagic     = uint64(0x3142_5254_4143_5443) // "CTCATRB1", little-endian
	greetingBytes  = 64                            // of a hello and of a welcome
	maxReasonBytes = 192                           // behind a refusal
	maxGreeting    = greetingBytes + maxReasonBytes
)

// A greeting is one message of the attachment protocol: its words, and behind
// a refusal the reason in UTF-8.
type greeting struct {
	kind   uint32
	place  Place  // hello: asked for; welcome: given
	host   Place  // welcome: the role that the server is itself
	hash   uint64 // of layout; 0 in a hello that will take any
	layout zerocopy.Layout
	reason string // refusal
}

func (g greeting) encode() []byte {
	b, _ := binary.Append(nil, binary.LittleEndian, greetingWords{ // fails for no struct of fixed size
		greetMagic, zerocopy.Version, g.kind, int64(g.place), int64(g.host), g.hash,
		int64(g.layout.Boids), int64(g.layout.Slots), int64(g.layout.Payload),
	})
	if g.kind == greetRefusal {
		b = append(b, g.reason[:min(len(g.reason), maxReasonBytes)]...)
	}
	return b
}

// decodeGreeting reads a message of the wanted kind, or a refusal, from bytes
// that a stranger sent. Every value of the result is in its range.
func decodeGreeting(b []byte, want uint32) (greeting, error) {
	if len(b) < greetingBytes || len(b) > maxGreeting {
		return greeting{}, fmt.Errorf("greeting of %d bytes, want %d to %d", len(b), greetingBytes, maxGreeting)
	}
	var w greetingWords
	_, _ = binary.Decode(b, binary.LittleEndian, &w) // fails only for fewer bytes
	g := greeting{kind: w.Kind}
	switch {
	case w.Magic != greetMagic:
		return g, fmt.Errorf("greeting starts with %#x, want %#x: no hub of copytax speaks there", w.Magic, greetMagic)
	case w.Version != zerocopy.Version:
		return g, fmt.Errorf("the peer's hub has version %d, this program's has %d", w.Version, zerocopy.Version)
	case g.kind == greetRefusal && want == greetWelcome:
		g.reason = strings.Map(printable, strings.ToValidUTF8(string(b[greetingBytes:]), "?"))
		return g, nil
	case g.kind != want:
		return g, fmt.Errorf("greeting of kind %d, want %d", g.kind, want)
	case len(b) != greetingBytes:
		return g, fmt.Errorf("greeting of %d bytes, want %d", len(b), greetingBytes)
	}
	return g.fill(w)
}

// printable keeps a peer's text from steering the terminal that it ends up on.
func printable(r rune) rune {
	if r < ' ' || r >= 0x7f && r < 0xa0 {
		return '?'
	}
	return r
}

// fill sets the values behind the kind, each once it is known to be in range.
func (g greeting) fill(w greetingWords) (greeting, error) {
	g.place, g.host, g.hash = Place(w.Place), Place(w.Host), w.Hash
	if g.place != AnyReader && (g.place < 0 || g.place >= places) {
		return greeting{}, fmt.Errorf("greeting for place %d, want 0 to %d", g.place, places-1)
	}
	if g.host < 0 || g.host >= FirstReader {
		return greeting{}, fmt.Errorf("greeting from place %d, want that of a role, 0 to %d", g.host, FirstReader-1)
	}
	if g.kind == greetHello && g.hash == 0 {
		return g, nil // it will take the layout that there is
	}
	g.layout = zerocopy.Layout{Boids: int(w.Boids), Slots: int(w.Slots), Payload: int(w.Payload)}
	if err := g.layout.Check(); err != nil {
		return greeting{}, fmt.Errorf("greeting: %w", err)
	}
	if want := g.layout.Hash(); g.hash != want {
		return greeting{}, fmt.Errorf("greeting: layout hash %#x, want %#x: built from another layout", g.hash, want)
	}
	return g, nil
}

// A refusal is what the server answered instead of a welcome.
type refusal string

func (r refusal) Error() string { return string(r) }

// ErrHostLost says that the process that served the hub is gone, and with it
// whatever the attached one waits for.
var ErrHostLost = errors.New("the process that serves the hub is gone")

// isAbstract reports whether a name lies in the abstract namespace.
func isAbstract(name string) bool { return strings.HasPrefix(name, "@") }

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close() // Note: nothing is buffered, and the peer holds its own.
	}
}
