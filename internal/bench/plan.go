// Package bench plans a run and carries it out: which trials, in which order,
// with how many ticks, what makes a trial void, and what is recorded of it.
//
// It knows nothing of how a role is played (package peer) nor of what the
// numbers mean (package stats). Start at [NewPlan] and [Runner.Run].
package bench

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/store"
)

// A Profile is how much effort a run takes.
type Profile struct {
	Name    string
	Summary string
	Blocks  int
	Boids   []int
	// Work is the number of boid-steps that a trial's window aims at, from
	// which the number of ticks follows, between MinTicks and MaxTicks.
	Work     int
	MinTicks int
	MaxTicks int
}

// Profiles lists the profiles, the smallest first.
func Profiles() []Profile {
	return []Profile{
		{
			Name: "quick", Summary: "100 to 10k boids, 3 blocks: a first look, within 90 s on 2 cores",
			Blocks: 3, Boids: []int{100, 1_000, 10_000},
			Work: 900_000, MinTicks: 60, MaxTicks: 1200,
		},
		{
			Name: "standard", Summary: "100 to 100k boids, 10 blocks: numbers to cite, within 15 min on 2 cores",
			Blocks: 10, Boids: []int{100, 1_000, 10_000, 100_000},
			Work: 1_200_000, MinTicks: 60, MaxTicks: 1800,
		},
	}
}

// ParseProfile returns the profile called name.
func ParseProfile(name string) (Profile, error) {
	var names []string
	for _, p := range Profiles() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Profile{}, fmt.Errorf("unknown profile %q: want %s", name, strings.Join(names, " or "))
}

// ticks returns the length of the window for n boids: a whole number of
// generations, so that every window holds its share of genomes.
func (p Profile) ticks(n int) int {
	t := min(max(p.Work/max(n, 1), p.MinTicks), p.MaxTicks)
	return max(t/copytax.GenerationTicks, 1) * copytax.GenerationTicks
}

const (
	warmUpShare = 6  // the warm-up is a sixth of the window
	minWarmUp   = 12 // ticks
	// Slots is the number of frame slots: the one being read by two readers
	// in lock-step, the one that is the step's input, and one to write.
	Slots = 3
)

// Config fills a trial's configuration for n boids.
func (p Profile) Config(n, neighbours int, mode copytax.Mode, seed uint64) copytax.Config {
	t := p.ticks(n)
	return copytax.Config{
		Boids: n, Neighbours: neighbours, Mode: mode, Seed: seed,
		Ticks: t, WarmUp: max(t/warmUpShare, minWarmUp), Slots: Slots,
	}
}

// aaMark is behind the name of the second half of the A/A pair.
const aaMark = "#aa"

// Baseline is the transport that every other is compared with, and that runs
// twice in each block to show how far two equal arms lie apart.
const Baseline = "direct"

// Wasm is the engine that every transport can have: the module in its sandbox.
// The other one is [store.Native].
const Wasm = "wasm"

// nativeMark is behind the name of an arm whose engine is native.
const nativeMark = "@" + store.Native

// ParseEngines returns the engines of a list, each once.
func ParseEngines(list []string) (engines []string, err error) {
	for _, name := range list {
		if name != Wasm && name != store.Native {
			return nil, fmt.Errorf("unknown engine %q: want %s or %s", name, Wasm, store.Native)
		}
		if !slices.Contains(engines, name) {
			engines = append(engines, name)
		}
	}
	if len(engines) == 0 {
		return nil, fmt.Errorf("no engine: want %s or %s", Wasm, store.Native)
	}
	return engines, nil
}

// Arms returns the arms for the transports with the engines, in their order,
// the A/A pair next to its first half. A transport that cannot have a native
// engine keeps the one that it has.
func Arms(transports []copytax.Transport, engines []string) (arms []store.Arm, missing []store.Unavailable) {
	missing = []store.Unavailable{}
	for _, t := range transports {
		info := t.Info()
		if info.Unavailable != "" {
			missing = append(missing, store.Unavailable{Transport: t.Name(), Reason: info.Unavailable})
			continue
		}
		arm := store.Arm{Name: t.Name(), Transport: t.Name(), Rung: info.Rung, Summary: info.Summary}
		if !info.NativeEngine || slices.Contains(engines, Wasm) {
			arms = append(arms, arm)
		}
		if info.NativeEngine && slices.Contains(engines, store.Native) {
			arms = append(arms, native(arm))
		}
		if t.Name() == Baseline {
			arm.Name += aaMark
			arm.Summary = "the same once more: how far two equal arms lie apart"
			arms = append(arms, arm)
		}
	}
	return arms, missing
}

// native returns the arm with the other engine.
func native(arm store.Arm) store.Arm {
	arm.Name += nativeMark
	arm.Engine = store.Native
	arm.Summary += "; the engine is a native process"
	return arm
}

// AnyNative reports whether an arm of the plan has the native engine.
func AnyNative(p store.Plan) bool {
	return slices.ContainsFunc(p.Arms, func(a store.Arm) bool { return a.Engine == store.Native })
}

// A Trial is one cell of the plan.
type Trial struct {
	Number int // from 0, in the order of running
	Block  int
	Arm    store.Arm
	Config copytax.Config
}

// Order returns all trials of the plan in the order of running. A block holds
// each arm with each config once, shuffled by the plan's seed and the block's
// number; the order depends on nothing else, so that a resumed run goes on as
// the killed one would have.
func Order(p store.Plan) []Trial {
	var all []Trial
	for b := range p.Blocks {
		block := make([]Trial, 0, len(p.Arms)*len(p.Configs))
		for _, arm := range p.Arms {
			for _, c := range p.Configs {
				block = append(block, Trial{Block: b, Arm: arm, Config: c})
			}
		}
		rng := rand.New(rand.NewPCG(p.Seed, uint64(b)))
		rng.Shuffle(len(block), func(i, j int) { block[i], block[j] = block[j], block[i] })
		all = append(all, block...)
	}
	for i := range all {
		all[i].Number = i
	}
	return all
}
