// Package copytax is the vocabulary of the benchmark: the messages that the
// roles of a trial exchange, the links that carry them, and the phases that
// their cost is charged to.
//
// It refuses to do anything. It holds no clock, opens no descriptor and imports
// nothing of this module, so that a transport kept in another repository can
// depend on it alone. Start at [Codec], [Carrier] or [Transport] to add one, at [Scenario]
// to add a workload, and at [Frame] to see what moves.
package copytax

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// A Role is one of the three sides of a trial.
type Role uint8

// The roles, in the order in which a tick passes through them.
const (
	Kernel Role = iota // sets the policy, evolves the genome, reads every frame
	Engine             // steps the flock
	Viewer             // reads every frame and computes what a renderer needs
	NumRoles
)

var roleNames = [NumRoles]string{"kernel", "engine", "viewer"}

// String returns the role's name as it stands in the results.
func (r Role) String() string {
	if r >= NumRoles {
		return fmt.Sprintf("Role(%d)", uint8(r))
	}
	return roleNames[r]
}

// ParseRole returns the role called name.
func ParseRole(name string) (Role, error) {
	role := slices.Index(roleNames[:], name)
	if role < 0 {
		return 0, fmt.Errorf("unknown role %q: want kernel, engine or viewer", name)
	}
	return Role(role), nil
}

// GenerationTicks is the number of ticks between two genomes: epoch 0 carries
// the first one, epoch 60 the second.
const GenerationTicks = 60

// A Mode says how the volume of the world follows the number of boids.
type Mode string

const (
	// ConstantDensity grows the volume with the number of boids, so that the
	// mean number of neighbours, and with it the compute per boid, stays put.
	ConstantDensity Mode = "constant-density"
	// FixedVolume keeps the volume that 10,000 boids have at constant density.
	// Compute then grows as N² while bytes grow as N, which flatters every
	// transport at large N: a mode of its own, never mixed with the other.
	FixedVolume Mode = "fixed-volume"
)

// Config is what every role of a trial must agree on. It holds no default:
// the planner fills every field.
type Config struct {
	Boids      int    `json:"boids"`      // number of boids, N
	Neighbours int    `json:"neighbours"` // mean neighbours within one radius at the start
	Mode       Mode   `json:"mode"`       // how the volume follows N
	Seed       uint64 `json:"seed"`       // of the first frame, the first genome and every mutation
	WarmUp     int    `json:"warm_up"`    // ticks run and digested, but not timed
	Ticks      int    `json:"ticks"`      // ticks in the measured window
	Slots      int    `json:"slots"`      // frame slots in the hub or in the engine's memory
	// Rate is the number of ticks a second, which begin by an open-loop schedule; 0 is
	// lock-step, in which a tick begins as soon as the one before has ended.
	Rate float64 `json:"rate,omitempty"`
	// Latest is set when the viewer reads the latest frame instead of every one.
	Latest bool `json:"latest,omitempty"`
	// Options are those of the transport, as words "name=value" in order of their
	// names; empty where all have their defaults. See WithOption.
	Options string `json:"options,omitempty"`
}

// Option returns the value of an option of the transport, empty if it is not set.
func (c Config) Option(name string) string {
	for _, word := range strings.Fields(c.Options) {
		if value, ok := strings.CutPrefix(word, name+"="); ok {
			value, _ = url.PathUnescape(value) // empty if somebody else wrote it, and wrongly
			return value
		}
	}
	return ""
}

// WithOption returns the config with an option set, or unset if the value is
// empty. The same options give equal configs, in whatever order they are set. A
// space in a value is written %20, and a per cent %25.
func (c Config) WithOption(name, value string) Config {
	words := slices.DeleteFunc(strings.Fields(c.Options), func(word string) bool {
		return strings.HasPrefix(word, name+"=")
	})
	if value != "" {
		words = append(words, name+"="+escapeSpace(value))
	}
	slices.Sort(words)
	c.Options = strings.Join(words, " ")
	return c
}

// escapeSpace writes what separates words, and the sign of the escape, as a URL's
// path does.
func escapeSpace(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsSpace(r) || r == '%' {
			b.WriteString(url.PathEscape(string(r)))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// LastEpoch is the epoch of the last tick, the first being 0. It comes behind
// the measured window: in it the roles gather their evidence.
func (c Config) LastEpoch() uint64 { return uint64(c.WarmUp + c.Ticks) }

// Measured reports whether the tick of epoch lies in the measured window.
func (c Config) Measured(epoch uint64) bool {
	return epoch >= uint64(c.WarmUp) && epoch < c.LastEpoch()
}
