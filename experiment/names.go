package experiment

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Names are things that a user picks by their names.
type Names[T any] struct {
	What string // they are, as an error calls one of them
	All  []T
	Of   func(T) string
}

// Find returns the one of a name.
func (n Names[T]) Find(name string) (one T, err error) {
	i := slices.IndexFunc(n.All, func(e T) bool { return n.Of(e) == name })
	if i < 0 {
		return one, n.unknown(name)
	}
	return n.All[i], nil
}

// Match returns those whose names match any of the patterns, in which * stands for
// any letters and ? for one. A pattern without a match is an error.
func (n Names[T]) Match(patterns ...string) ([]T, error) {
	chosen := map[string]bool{}
	for _, pattern := range patterns {
		found := false
		for _, e := range n.All {
			fits, err := path.Match(pattern, n.Of(e))
			if err != nil {
				return nil, fmt.Errorf("%s pattern %q: %w", n.What, pattern, err)
			}
			if fits {
				found, chosen[n.Of(e)] = true, true
			}
		}
		if !found {
			return nil, n.unknown(pattern)
		}
	}
	return slices.DeleteFunc(slices.Clone(n.All), func(e T) bool { return !chosen[n.Of(e)] }), nil
}

func (n Names[T]) unknown(name string) error {
	var names []string
	for _, e := range n.All {
		names = append(names, n.Of(e))
	}
	return fmt.Errorf("unknown %s %q: want %s", n.What, name, strings.Join(names, ", "))
}
