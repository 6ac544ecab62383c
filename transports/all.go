// Package transports lists the transports that are compiled in: those of this tree,
// and those that plugins add. To add one to the tree, append it in [Own].
package transports

import (
	"cmp"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/transports/carrier"
	"github.com/copytax/copytax/transports/channel"
	"github.com/copytax/copytax/transports/codec"
	"github.com/copytax/copytax/transports/direct"
	"github.com/copytax/copytax/transports/http"
	"github.com/copytax/copytax/transports/shm"
	"github.com/copytax/copytax/transports/tab"
	"github.com/copytax/copytax/transports/tcp"
	"github.com/copytax/copytax/transports/twin"
	"github.com/copytax/copytax/transports/unix"
)

// Own returns what this tree adds to a program.
func Own() experiment.Catalogue {
	return experiment.Catalogue{
		Codecs:   codec.Formats(),
		Carriers: []copytax.Carrier{unix.Carrier(), tcp.Carrier(), http.Carrier()},
		Transports: func() []copytax.Transport {
			return slices.Concat(direct.Transports(), channel.Transports(), shm.Transports(), twin.Transports(), tab.Transports())
		},
	}
}

// ladder names the transports of the default set, which changes one thing a
// rung. The others are variants of these, for those who ask for them by name.
func ladder() []string {
	return []string{
		"direct", "chan", "shm:spin", "shm:park", "shm:adaptive", "twin", "unix+raw", "tcp+raw", "unix+flatbuffers", "unix+protobuf",
		"http+protobuf", "http+msgpack", "http+json",
		"sab:park", "transfer", "clone", "post+raw", "post+json",
	}
}

// An Offer is a transport and the modules that it is of: one, or those of its carrier
// and of its codec.
type Offer struct {
	copytax.Transport
	Of []experiment.Module
}

// A Set is the transports of a program: those that its modules list, and each carrier
// with each codec, whichever modules the two come from. Its methods return fresh values:
// those of one call are for one trial.
type Set struct {
	modules []experiment.Module
}

// New returns the transports of this tree and of plugins.
func New(plugins ...experiment.Module) Set {
	own := experiment.Module{Path: experiment.Tree, Catalogue: Own()}
	return Set{modules: append([]experiment.Module{own}, plugins...)}
}

// Modules returns what the set is made of, this tree first.
func (s Set) Modules() []experiment.Module { return s.modules }

// Offers returns every transport with where it comes from, by its place on the ladder.
func (s Set) Offers() (all []Offer) {
	for _, m := range s.modules {
		if m.Transports != nil {
			for _, t := range m.Transports() {
				all = append(all, Offer{t, []experiment.Module{m}})
			}
		}
		for _, c := range m.Carriers {
			all = append(all, s.multiply(m, c)...)
		}
	}
	slices.SortStableFunc(all, func(a, b Offer) int { return cmp.Compare(a.Info().Rung, b.Info().Rung) })
	return all
}

// multiply returns the carrier c of module m with every codec.
func (s Set) multiply(m experiment.Module, c copytax.Carrier) (all []Offer) {
	for _, of := range s.modules {
		modules := []experiment.Module{m, of}
		if of.Path == m.Path {
			modules = modules[:1]
		}
		for _, f := range of.Codecs {
			all = append(all, Offer{carrier.New(c, f), modules})
		}
	}
	return all
}

// All returns every transport, by its place on the ladder.
func (s Set) All() (all []copytax.Transport) {
	for _, o := range s.Offers() {
		all = append(all, o.Transport)
	}
	return all
}

// Of returns the modules that the transport called name is of.
func (s Set) Of(name string) []experiment.Module {
	all := s.Offers()
	if i := slices.IndexFunc(all, func(o Offer) bool { return o.Name() == name }); i >= 0 {
		return all[i].Of
	}
	return nil
}

// Ladder returns the transports of the default set.
func (s Set) Ladder() []copytax.Transport {
	return slices.DeleteFunc(s.All(), func(t copytax.Transport) bool { return !OnLadder(t.Name()) })
}

// OnLadder reports whether the transport called name is in the default set.
func OnLadder(name string) bool { return slices.Contains(ladder(), name) }

// Find returns a fresh transport called name.
func (s Set) Find(name string) (copytax.Transport, error) { return s.names().Find(name) }

// Match returns the transports whose names match any of the patterns, in which
// * stands for any letters and ? for one. A pattern without a match is an error.
func (s Set) Match(patterns []string) ([]copytax.Transport, error) {
	return s.names().Match(patterns...)
}

func (s Set) names() experiment.Names[copytax.Transport] {
	return experiment.Names[copytax.Transport]{What: "transport", All: s.All(), Of: copytax.Transport.Name}
}
