package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/bench"
	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/scenarios"
	"github.com/copytax/copytax/transports"
)

const (
	maxBoids  = 4_000_000 // the engine's linear memory ends at 4 GiB
	maxBlocks = 1_000
)

// plan turns the flags into a plan, or says what is wrong with them.
func (f *runFlags) plan() (store.Plan, error) {
	profile, err := bench.ParseProfile(f.profile)
	if err != nil {
		return store.Plan{}, err
	}
	if _, err := scenarios.Find(f.scenario); err != nil {
		return store.Plan{}, err
	}
	configs, err := f.configs(profile)
	if err != nil {
		return store.Plan{}, err
	}
	blocks := profile.Blocks
	if f.blocks != 0 {
		blocks = f.blocks
	}
	if blocks < 1 || blocks > maxBlocks {
		return store.Plan{}, fmt.Errorf("--blocks %d: want 1 to %d", blocks, maxBlocks)
	}
	chosen, err := f.chosen()
	if err != nil {
		return store.Plan{}, err
	}
	engines, err := bench.ParseEngines(f.engines)
	if err != nil {
		return store.Plan{}, err
	}
	arms, missing := bench.Arms(chosen, engines)
	return store.Plan{
		Profile: profile.Name, Scenario: f.scenario, Seed: f.seed, Blocks: blocks,
		Arms: arms, Configs: configs, Unavailable: missing,
	}, nativeIsPossible(engines, arms)
}

// nativeIsPossible returns an error when the native engine was asked for and
// no arm can have it: the run would not be what was meant.
func nativeIsPossible(engines []string, arms []store.Arm) error {
	if !slices.Contains(engines, store.Native) || bench.AnyNative(store.Plan{Arms: arms}) {
		return nil
	}
	var able []string
	for _, t := range transports.All() {
		if t.Info().NativeEngine {
			able = append(able, t.Name())
		}
	}
	return fmt.Errorf("--engine native: no transport of the run can have it, only %s can", strings.Join(able, ", "))
}

// chosen returns the transports asked for, and the baseline with them.
func (f *runFlags) chosen() ([]copytax.Transport, error) {
	switch {
	case f.all && len(f.transports) > 0:
		return nil, errors.New("--all and --transport exclude each other")
	case f.all:
		return transports.Ladder(), nil
	case len(f.transports) == 0:
		return nil, errors.New("say what to run: --all or --transport NAME")
	}
	return transports.Match(append(slices.Clone(f.transports), bench.Baseline))
}

func (f *runFlags) configs(p bench.Profile) ([]copytax.Config, error) {
	mode := copytax.Mode(f.mode)
	if mode != copytax.ConstantDensity && mode != copytax.FixedVolume {
		return nil, fmt.Errorf("--mode %q: want %s or %s", f.mode, copytax.ConstantDensity, copytax.FixedVolume)
	}
	if !slices.Contains([]int{8, 32, 128}, f.neighbours) {
		return nil, fmt.Errorf("--neighbours %d: want 8, 32 or 128", f.neighbours)
	}
	sizes := p.Boids
	if f.boids != "" {
		var err error
		if sizes, err = parseSizes(f.boids); err != nil {
			return nil, err
		}
	}
	var configs []copytax.Config
	for _, n := range sizes {
		if mode == copytax.ConstantDensity && n <= f.neighbours {
			return nil, fmt.Errorf("--neighbours %d: a boid among %d has fewer: ask for more --boids", f.neighbours, n)
		}
		configs = append(configs, p.Config(n, f.neighbours, mode, f.seed))
	}
	return configs, nil
}

// parseSizes parses numbers of boids such as 100,1k,2.5k,1M, ascending in the
// result and each once.
func parseSizes(list string) ([]int, error) {
	var sizes []int
	for _, word := range strings.Split(list, ",") {
		n, err := parseSize(word)
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, n)
	}
	slices.Sort(sizes)
	return slices.Compact(sizes), nil
}

func parseSize(word string) (int, error) {
	digits, factor := strings.TrimSpace(word), 1.0
	switch {
	case strings.HasSuffix(digits, "k"):
		digits, factor = digits[:len(digits)-1], 1e3
	case strings.HasSuffix(digits, "M"):
		digits, factor = digits[:len(digits)-1], 1e6
	}
	value, err := strconv.ParseFloat(digits, 64)
	n := value * factor
	if err != nil || n != float64(int(n)) || n < 1 || n > maxBoids {
		return 0, fmt.Errorf("--boids %q: want a whole number from 1 to %d, such as 500, 1k or 1M", word, maxBoids)
	}
	return int(n), nil
}
