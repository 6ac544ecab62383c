// Package transports lists the transports that are compiled in. To add one,
// append its package's list in All.
package transports

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/transports/direct"
	"github.com/copytax/copytax/transports/http"
	"github.com/copytax/copytax/transports/shm"
	"github.com/copytax/copytax/transports/twin"
	"github.com/copytax/copytax/transports/unix"
)

// All returns every transport, by its place on the ladder. Values are fresh:
// one call's transports are for one trial.
func All() []copytax.Transport {
	all := slices.Concat(
		direct.Transports(),
		shm.Transports(),
		twin.Transports(),
		unix.Transports(),
		http.Transports(),
	)
	slices.SortStableFunc(all, func(a, b copytax.Transport) int { return cmp.Compare(a.Info().Rung, b.Info().Rung) })
	return all
}

// ladder names the transports of the default set, which changes one thing a
// rung. The others are variants of these, for those who ask for them by name.
func ladder() []string {
	return []string{
		"direct", "shm:spin", "shm:park", "shm:adaptive", "twin", "unix+raw", "unix+flatbuffers", "unix+protobuf",
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
func Find(name string) (copytax.Transport, error) {
	for _, t := range All() {
		if t.Name() == name {
			return t, nil
		}
	}
	return nil, unknown(name)
}

// Match returns the transports whose names match any of the patterns, in which
// * stands for any letters and ? for one. A pattern without a match is an error.
func Match(patterns []string) ([]copytax.Transport, error) {
	hit := map[string]bool{}
	for _, p := range patterns {
		matched := false
		for _, t := range All() {
			ok, err := path.Match(p, t.Name())
			if err != nil {
				return nil, fmt.Errorf("transport pattern %q: %w", p, err)
			}
			if ok {
				matched, hit[t.Name()] = true, true
			}
		}
		if !matched {
			return nil, unknown(p)
		}
	}
	return slices.DeleteFunc(All(), func(t copytax.Transport) bool { return !hit[t.Name()] }), nil
}

func unknown(name string) error {
	var names []string
	for _, t := range All() {
		names = append(names, t.Name())
	}
	return fmt.Errorf("unknown transport %q: want %s", name, strings.Join(names, ", "))
}
