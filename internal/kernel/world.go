package kernel

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
)

// A World is a flock that back ends are timed on.
type World struct {
	Name  string
	Model flock.Model
	// Series names the worlds that differ in the number of boids alone; "" for
	// a world on its own.
	Series      string
	Source      string // where the model was published; "" for the project's own
	Differences string // from the published model
}

// Catalogue lists the worlds that this package knows, the published ones last.
func Catalogue(published ...World) []World {
	var list []World
	for _, s := range []struct{ neighbours, boids int }{
		{8, 1_000}, {8, 10_000}, {8, 100_000}, {8, 1_000_000}, {32, 10_000}, {32, 100_000}, {128, 10_000}, {128, 100_000},
	} {
		list = append(list, cube(fmt.Sprintf("3d-%d-%s", s.neighbours, short(s.boids)), s.boids, s.neighbours))
	}
	for i := range list {
		list[i].Series = fmt.Sprintf("3-D, %s neighbours", strings.Split(list[i].Name, "-")[1])
	}
	return append(list, published...)
}

// cube is a world of constant density in space.
func cube(name string, boids, neighbours int) World {
	cfg := copytax.Config{Boids: boids, Neighbours: neighbours, Mode: copytax.ConstantDensity, Seed: worldSeed}
	return World{Name: name, Model: flock.ModelOf(cfg)}
}

// worldSeed is the seed of every world: worlds differ, their dice need not.
const worldSeed = 1

// short writes a number of boids as it is typed: 1k, 10k, 1M.
func short(n int) string {
	switch {
	case n >= 1_000_000 && n%1_000_000 == 0:
		return fmt.Sprintf("%dM", n/1_000_000)
	case n >= 1_000 && n%1_000 == 0:
		return fmt.Sprintf("%dk", n/1_000)
	}
	return fmt.Sprint(n)
}

// MatchWorlds returns the worlds of all that any of the patterns names; all of
// them when there is no pattern. It fails when a pattern names none.
func MatchWorlds(all []World, patterns []string) ([]World, error) {
	return match(all, patterns, "world", func(w World) string { return w.Name })
}

// policyHex is a world's policy in canonical form, in hex digits.
func policyHex(m flock.Model) string {
	var block [copytax.PolicyBytes]byte
	m.Policy.Put(block[:])
	return hex.EncodeToString(block[:])
}

// A Profile is how much is measured.
type Profile struct {
	Name    string
	Summary string
	Worlds  []string // patterns
	Rounds  int
}

// Profiles lists the profiles.
func Profiles() []Profile {
	return []Profile{
		{Name: "quick", Summary: "small worlds, three rounds: a look", Rounds: 3,
			Worlds: []string{"3d-8-1k", "3d-8-10k", "3d-8-100k", "julia-*", "flamegpu-2d"}},
		{Name: "standard", Summary: "all worlds, ten rounds: the published figures", Rounds: 10, Worlds: []string{"*"}},
	}
}

// ParseProfile returns the profile of a name.
func ParseProfile(name string) (Profile, error) {
	list := Profiles()
	for _, p := range list {
		if p.Name == name {
			return p, nil
		}
	}
	return Profile{}, fmt.Errorf("unknown profile %q: want %s", name, names(list, func(p Profile) string { return p.Name }))
}
