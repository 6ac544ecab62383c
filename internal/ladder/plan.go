package ladder

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

const (
	optionAll        = "all"
	optionEnginePath = "engine-path"
	optionAttach     = "attach"

	// betweenPlacements is not the comma that separates their runtimes.
	betweenPlacements = ";"

	// anyAddress stands for --attach without a name.
	anyAddress = "@"

	maxBoids = 4_000_000 // the engine's linear memory ends at 4 GiB
)

// Options implements [experiment.Experiment].
func (l *Ladder) Options() []experiment.Option {
	options := append([]experiment.Option{
		{Name: optionAll, Usage: "run every rung of the ladder (see copytax list)", Implied: "true"},
		{Name: factorTransport, Usage: "transports, by `name` or pattern, separated by commas"},
		{Name: factorBoids, Usage: "`numbers` of boids, such as 1k,10k (default the profile's)"},
		{Name: factorNeighbours, Usage: "mean neighbours of a boid: 8, 32 or 128", Default: "8"},
		{Name: factorMode, Usage: "constant-density or fixed-volume", Default: string(copytax.ConstantDensity)},
		{
			Name: factorPlacement, Default: string(copytax.Go), Join: betweenPlacements,
			Usage: "`runtimes` of kernel, engine and viewer, such as go,native,go, or one for all three; " +
				"for more placements give it again, or put a semicolon between; direct stays in go",
		},
		{Name: factorEngine, Moved: "--" + factorPlacement + ": go for wasm, go,native,go for native, both with a semicolon between"},
		{Name: factorDisplay, Usage: "what a viewer in a tab does with frames: none (what a renderer is given), canvas (a picture by WebGPU, from a worker), page (from the page's own thread), canvas:WxH or page:WxH (default none; 800x600)"},
		{Name: optionBrowser, Usage: "the browser of --placement tab and of the physics in a tab (default chromium-headless-shell or chromium)", Program: true},
		{Name: optionEnginePath, Usage: "the native engine (default flock-engine beside this program, then rust/target/release)", Program: true},
	}, paceOptions()...)
	if l.Attach != "" {
		options = append(options, experiment.Option{
			Name: optionAttach, Usage: "serve the hub of " + l.Attach + " trials at @`NAME` or at a path, for copytax watch", Implied: anyAddress,
		})
	}
	return options
}

// An effort is what a profile asks for.
type effort struct {
	blocks int // that every group has, and all that it has at a rate
	// sessions are as many runs, each with a seed of its own for the world and the order.
	sessions int
	growth   growth
	boids    []int
	// work is the number of boid-steps that a trial's window aims at, from which
	// the number of ticks follows, between minTicks and maxTicks.
	work, maxTicks int
	seconds        float64 // length of the window at a rate
}

func effortOf(p experiment.Profile) (effort, error) {
	switch p {
	case experiment.Quick:
		return effort{blocks: 3, sessions: 1, growth: quickGrowth(), boids: []int{100, 1_000, 10_000}, work: 900_000, maxTicks: 1200, seconds: 5}, nil
	case experiment.Standard:
		return effort{blocks: 3, sessions: 1, growth: standardGrowth(), boids: []int{100, 1_000, 10_000, 100_000}, work: 1_200_000, maxTicks: 1800, seconds: 20}, nil
	case experiment.Paper:
		e, err := effortOf(experiment.Standard)
		e.sessions = 8
		return e, err
	}
	return effort{}, fmt.Errorf("unknown profile %q", p)
}

const (
	minTicks    = 60
	warmUpShare = 6  // the warm-up is a sixth of the window
	minWarmUp   = 12 // ticks
	// slots is the number of frame slots: the one being read by two readers in
	// lock-step, the one that is the step's input, and one to write. A viewer of the
	// latest frame holds the first alone; the kernel has then let go of it.
	slots = 3
)

// config fills a trial's configuration for n boids. The window is a whole number
// of generations, so that every window holds its share of genomes.
func (e effort) config(n, neighbours int, mode copytax.Mode, seed uint64) copytax.Config {
	ticks := min(max(e.work/max(n, 1), minTicks), e.maxTicks)
	ticks = max(ticks/copytax.GenerationTicks, 1) * copytax.GenerationTicks
	return copytax.Config{
		Boids: n, Neighbours: neighbours, Mode: mode, Seed: seed,
		Ticks: ticks, WarmUp: max(ticks/warmUpShare, minWarmUp), Slots: slots,
	}
}

// Plan implements [experiment.Experiment].
func (l *Ladder) Plan(ctx context.Context, req experiment.Request) (experiment.Plan, error) {
	if err := l.noneEmpty(req); err != nil {
		return experiment.Plan{}, err
	}
	e, err := effortOf(req.Profile)
	if err != nil {
		return experiment.Plan{}, err
	}
	configs, err := e.configs(req)
	if err != nil {
		return experiment.Plan{}, err
	}
	arms, missing, err := l.arms(ctx, req)
	if err != nil {
		return experiment.Plan{}, err
	}
	if err := l.arePaced(arms, configs); err != nil {
		return experiment.Plan{}, err
	}
	arms = e.growth.twice(arms)
	plan := experiment.Plan{Blocks: e.blocks, Unavailable: missing}
	for _, a := range arms {
		if name := a.options[optionAttach]; name != "" {
			plan.Hints = append(plan.Hints, "attach: copytax watch "+name)
		}
		cells, missing := l.inSessions(e.sessions, a, configs)
		if len(cells) > 0 {
			level := a.level()
			if l.Modules != nil {
				level.Credit(l.Modules(a.transport))
			}
			if _, ok := plan.Level(level.Factor, level.Value); !ok { // the baseline's is there twice
				plan.Levels = append(plan.Levels, level)
			}
		}
		plan.Cells, plan.Unavailable = append(plan.Cells, cells...), append(plan.Unavailable, missing...)
	}
	plan.Cells = e.growth.grouped(plan.Cells, arms)
	plan.Growth = e.growth.of(plan.Cells, arms)
	return plan, nil
}

// inSessions returns the cells of an arm in every session, and the paces at which it has
// none.
func (l *Ladder) inSessions(sessions int, a side, configs []copytax.Config) (all []experiment.Cell, missing []experiment.Unavailable) {
	for session := range sessions {
		own := slices.Clone(configs)
		for i := range own {
			own[i].Seed += uint64(session)
		}
		var cells []experiment.Cell
		cells, missing = l.cellsOf(a, own)
		for i := range cells {
			cells[i].Session = session
		}
		all = append(all, cells...)
	}
	return all, missing
}

// noneEmpty returns an error when an option was given the empty text: a variable
// of a script was not set.
func (l *Ladder) noneEmpty(req experiment.Request) error {
	for _, o := range l.Options() {
		if req.Given[o.Name] && strings.TrimSpace(req.Value(o.Name)) == "" {
			return fmt.Errorf("--%s is given without a value", o.Name)
		}
	}
	return nil
}

// configs returns the configs that are asked for, by number of boids.
func (e effort) configs(req experiment.Request) (configs []copytax.Config, err error) {
	mode := copytax.Mode(req.Value(factorMode))
	if mode != copytax.ConstantDensity && mode != copytax.FixedVolume {
		return nil, fmt.Errorf("--mode %q: want %s or %s", mode, copytax.ConstantDensity, copytax.FixedVolume)
	}
	neighbours, err := strconv.Atoi(req.Value(factorNeighbours))
	if err != nil || !slices.Contains([]int{8, 32, 128}, neighbours) {
		return nil, fmt.Errorf("--neighbours %s: want 8, 32 or 128", req.Value(factorNeighbours))
	}
	sizes := e.boids
	if list := req.Value(factorBoids); list != "" {
		if sizes, err = parseSizes(list); err != nil {
			return nil, err
		}
	}
	for _, n := range sizes {
		if mode == copytax.ConstantDensity && n <= neighbours {
			return nil, fmt.Errorf("--neighbours %d: a boid among %d has fewer: ask for more --boids", neighbours, n)
		}
		paced, err := e.paced(e.config(n, neighbours, mode, req.Seed), req)
		if err != nil {
			return nil, err
		}
		configs = append(configs, paced...)
	}
	return configs, nil
}

// parseSizes parses numbers of boids such as 100,1k,2.5k,1M, ascending in the
// result and each once.
func parseSizes(list string) ([]int, error) {
	var sizes []int
	for _, word := range words(list) {
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
	digits, factor := word, 1.0
	for suffix, times := range map[string]float64{"k": 1e3, "M": 1e6} {
		if before, ok := strings.CutSuffix(word, suffix); ok {
			digits, factor = before, times
		}
	}
	value, err := strconv.ParseFloat(digits, 64)
	n := value * factor
	if err != nil || n != float64(int(n)) || n < 1 || n > maxBoids {
		return 0, fmt.Errorf("--boids %q: want a whole number from 1 to %d, such as 500, 1k or 1M", word, maxBoids)
	}
	return int(n), nil
}

// words splits a list at its commas.
func words(list string) []string {
	all := strings.Split(list, ",")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

// A side is one arm of the comparison: a transport with a placement, or the second
// half of the A/A pair.
type side struct {
	name, transport string
	placement       copytax.Placement
	info            copytax.Info
	options         experiment.Factors // of the transport
	offPage         string             // why its viewer cannot be on a page's own thread
}

// level describes the arm.
func (a side) level() experiment.Level {
	level := experiment.Level{Factor: experiment.Arm, Value: a.name, Rank: a.info.Rung, Summary: a.info.Summary}
	for role, r := range a.placement {
		if r != copytax.Go {
			level.Summary += fmt.Sprintf("; the %s runs in %s", copytax.Role(role), r)
		}
	}
	if a.info.ZeroCopy {
		level.Claims = append(level.Claims, experiment.ZeroCopy)
	}
	for role := range copytax.NumRoles {
		if a.info.InPlace[role] {
			level.Claims = append(level.Claims, experiment.InPlace(role.String()))
		}
	}
	if a.info.OneProcess {
		level.Claims = append(level.Claims, experiment.OneProcess)
	}
	return level
}

// arms returns the arms that are asked for, and what cannot run here.
func (l *Ladder) arms(ctx context.Context, req experiment.Request) ([]side, []experiment.Unavailable, error) {
	chosen, err := l.chosen(req)
	if err != nil {
		return nil, nil, err
	}
	asked, untabbed, err := l.placed(ctx, req, chosen)
	if err != nil {
		return nil, nil, err
	}
	if req.Value(optionAll) == "true" && !slices.Contains(asked, inTab) { // said in untabbed, if a tab was meant
		chosen = slices.DeleteFunc(chosen, func(t copytax.Transport) bool { return t.Info().Foreign })
	}
	if err := l.arePossible(asked, chosen); err != nil {
		return nil, nil, err
	}
	arms, missing := sidesOf(chosen, asked)
	missing = append(missing, untabbed...)
	arms, undisplayed, err := displayed(arms, req)
	if err != nil {
		return nil, nil, err
	}
	missing = append(missing, undisplayed...)
	isNative := func(a side) bool { return a.placement[copytax.Engine] == copytax.Native }
	if req.Value(optionEnginePath) != "" && !slices.ContainsFunc(arms, isNative) {
		return nil, nil, errNoNativeArm
	}
	return arms, missing, l.offerAttach(req, arms)
}

// chosen returns the transports asked for, and the baseline with them.
func (l *Ladder) chosen(req experiment.Request) ([]copytax.Transport, error) {
	all, err := strconv.ParseBool(cmp.Or(req.Value(optionAll), "false"))
	if err != nil {
		return nil, fmt.Errorf("--all %s: want true or false", req.Value(optionAll))
	}
	list := req.Value(factorTransport)
	switch {
	case all && list != "":
		return nil, errors.New("--all and --transport exclude each other")
	case all:
		return l.Ladder(), nil
	case list == "":
		return nil, errors.New("say what to run: --all or --transport NAME")
	}
	return l.Match(append(words(list), Baseline))
}

// offerAttach makes the address at which others can attach an option of the
// transport whose hub it serves.
func (l *Ladder) offerAttach(req experiment.Request, arms []side) error {
	name := req.Value(optionAttach)
	if name == "" {
		return nil
	}
	at := slices.IndexFunc(arms, func(a side) bool { return a.transport == l.Attach })
	if at < 0 {
		return fmt.Errorf("--attach %s: want --transport %s, whose hub can be attached to", name, l.Attach)
	}
	if name == anyAddress {
		var random [8]byte
		rand.Read(random[:]) // never fails: crypto/rand
		name = "@copytax-" + hex.EncodeToString(random[:])
	}
	arms[at].options = experiment.Factors{optionAttach: name}
	return nil
}
