// Package transports lists the transports that are compiled in. To add one,
// append its package's list in All, or its carrier in Carriers.
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
	"github.com/copytax/copytax/transports/tcp"
	"github.com/copytax/copytax/transports/twin"
	"github.com/copytax/copytax/transports/unix"
)

// All returns every transport, by its place on the ladder. Values are fresh:
// one call's transports are for one trial.
func All() []copytax.Transport {
	all := slices.Concat(direct.Transports(), channel.Transports(), shm.Transports(), twin.Transports())
	for _, c := range Carriers() {
		for _, f := range codec.Formats() {
			all = append(all, carrier.New(c, f))
		}
	}
	slices.SortStableFunc(all, func(a, b copytax.Transport) int { return cmp.Compare(a.Info().Rung, b.Info().Rung) })
	return all
}

// Carriers returns those that meet every codec.
func Carriers() []copytax.Carrier {
	return []copytax.Carrier{unix.Carrier(), tcp.Carrier(), http.Carrier()}
}

// ladder names the transports of the default set, which changes one thing a
// rung. The others are variants of these, for those who ask for them by name.
func ladder() []string {
	return []string{
		"direct", "chan", "shm:spin", "shm:park", "shm:adaptive", "twin", "unix+raw", "tcp+raw", "unix+flatbuffers", "unix+protobuf",
		"http+protobuf", "http+msgpack", "http+json",
	}
}

// Ladder returns the transports of the default set.
func Ladder() []copytax.Transport {
	return slices.DeleteFunc(All(), func(t copytax.Transport) bool { return !OnLadder(t.Name()) })
}

// OnLadder reports whether the transport called name is in the default set.
func OnLadder(name string) bool { return slices.Contains(ladder(), name) }

// Find returns a fresh transport called name.
func Find(name string) (copytax.Transport, error) { return names().Find(name) }

// Match returns the transports whose names match any of the patterns, in which
// * stands for any letters and ? for one. A pattern without a match is an error.
func Match(patterns []string) ([]copytax.Transport, error) { return names().Match(patterns...) }

func names() experiment.Names[copytax.Transport] {
	return experiment.Names[copytax.Transport]{What: "transport", All: All(), Of: copytax.Transport.Name}
}
