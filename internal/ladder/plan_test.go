package ladder

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// named is a transport that only has a name.
type named struct {
	copytax.Transport
	name string
	info copytax.Info
}

func (n named) Name() string       { return n.name }
func (n named) Info() copytax.Info { return n.info }

// workload is a scenario that only has a name, and says nothing of evidence.
type workload struct{ copytax.Scenario }

func (workload) Name() string    { return "flock" }
func (workload) Summary() string { return "made up" }

func made() []copytax.Transport {
	return []copytax.Transport{
		named{name: Baseline, info: copytax.Info{OneProcess: true}},
		named{name: "hub", info: copytax.Info{Rung: 2, Runtimes: [copytax.NumRoles][]copytax.Runtime{copytax.Engine: {copytax.Native}}, ZeroCopy: true, Latest: true, Summary: "a hub"}},
		named{name: "hub:attach", info: copytax.Info{Rung: 2, ZeroCopy: true}},
		named{name: "wire+a", info: copytax.Info{Rung: 4}},
		named{name: "wire+b", info: copytax.Info{Rung: 4}},
		named{name: "wire+c", info: copytax.Info{Rung: 5, Unavailable: "no c here"}},
	}
}

// ladderOf returns a ladder of transports that only have names. Baseline and wire+c
// are its default set.
func ladderOf() *Ladder {
	match := func(patterns []string) (chosen []copytax.Transport, err error) {
		for _, p := range patterns {
			if !slices.ContainsFunc(made(), func(t copytax.Transport) bool { ok, _ := path.Match(p, t.Name()); return ok }) {
				return nil, fmt.Errorf("unknown transport %q", p)
			}
		}
		return slices.DeleteFunc(made(), func(t copytax.Transport) bool {
			return !slices.ContainsFunc(patterns, func(p string) bool { ok, _ := path.Match(p, t.Name()); return ok })
		}), nil
	}
	find := func(name string) (copytax.Transport, error) {
		chosen, err := match([]string{name})
		if err != nil {
			return nil, err
		}
		return chosen[0], nil
	}
	return New(Config{
		Scenario: workload{}, Find: find, Match: match, Attach: "hub:attach",
		Ladder: func() []copytax.Transport { return []copytax.Transport{made()[0], made()[5]} },
	})
}

// plan asks for a plan as the command line does: "transport=hub" "boids=1k".
func plan(given ...string) (experiment.Plan, error) { return planOf(ladderOf(), given...) }

func planOf(l *Ladder, given ...string) (experiment.Plan, error) {
	req := experiment.Request{Profile: experiment.Quick, Seed: 1, Values: map[string]string{}, Given: map[string]bool{}}
	for _, o := range l.Options() {
		req.Values[o.Name] = o.Default
	}
	for _, word := range given {
		name, value, _ := strings.Cut(word, "=")
		if name == "profile" {
			req.Profile = experiment.Profile(value)
			continue
		}
		req.Values[name], req.Given[name] = value, true
	}
	return l.Plan(context.Background(), req)
}

// arms returns the arms of a plan, in their order.
func arms(p experiment.Plan) (names []string) {
	for _, c := range p.Cells {
		if name := c.Factors[experiment.Arm]; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func TestArms(t *testing.T) {
	for given, want := range map[string][]string{
		"transport=wire+b, wire+a":                            {"direct", "direct#aa", "wire+a", "wire+b"},
		"transport=direct":                                    {"direct", "direct#aa"},
		"transport=wire*":                                     {"direct", "direct#aa", "wire+a", "wire+b"},
		"all=true":                                            {"direct", "direct#aa"},
		"transport=hub,wire+a":                                {"direct", "direct#aa", "hub", "wire+a"},
		"transport=hub,wire+a placement=go":                   {"direct", "direct#aa", "hub", "wire+a"},
		"transport=hub,wire+a placement=go,native,go":         {"direct", "direct#aa", "hub@native"},
		"transport=hub,wire+a placement=go,native,go;go":      {"direct", "direct#aa", "hub@native", "hub", "wire+a"},
		"transport=hub placement=go;go, native, go":           {"direct", "direct#aa", "hub", "hub@native"},
		"transport=hub placement=go,native,go ; go,native,go": {"direct", "direct#aa", "hub@native"},
	} {
		var words []string
		for _, word := range strings.SplitAfter(given, " ") { // a blank behind a comma or around a semicolon belongs to the value
			if n := len(words); n > 0 && !strings.Contains(word, "=") {
				words[n-1] += word
			} else {
				words = append(words, word)
			}
		}
		for i := range words {
			words[i] = strings.TrimSuffix(words[i], " ")
		}
		p, err := plan(words...)
		if err != nil {
			t.Errorf("%s: %v", given, err)
			continue
		}
		if got := arms(p); !slices.Equal(got, want) {
			t.Errorf("%s: arms %v, want %v", given, got, want)
		}
		for _, c := range p.Cells {
			name, placement := c.Factors[experiment.Arm], c.Factors[factorPlacement]
			if want := map[bool]string{false: "go", true: "go,native,go"}[strings.HasSuffix(name, "@native")]; placement != want {
				t.Errorf("%s: arm %s has the placement %q, want %q", given, name, placement, want)
			}
			if c.Factors[factorTransport] != strings.TrimSuffix(strings.TrimSuffix(name, "#aa"), "@native") {
				t.Errorf("%s: arm %s runs %q", given, name, c.Factors[factorTransport])
			}
		}
	}
}

func TestPlanDescribesItsArms(t *testing.T) {
	p, err := plan("transport=hub,wire+c", "placement=go;go,native,go", "boids=1k,100")
	if err != nil {
		t.Fatal(err)
	}
	if want := []experiment.Unavailable{{What: "wire+c", Reason: "no c here"}}; !slices.Equal(p.Unavailable, want) {
		t.Errorf("unavailable %v, want %v", p.Unavailable, want)
	}
	for _, name := range []string{"hub", "hub@native"} {
		level, ok := p.Level(experiment.Arm, name)
		if !ok || level.Rank != 2 || !strings.HasPrefix(level.Summary, "a hub") || !slices.Equal(level.Claims, []string{experiment.ZeroCopy}) {
			t.Errorf("%s: got %+v", name, level)
		}
	}
	if level, ok := p.Level(experiment.Arm, AA); !ok || !slices.Equal(level.Claims, []string{experiment.OneProcess}) || !strings.Contains(level.Summary, "once more") {
		t.Errorf("%s: got %+v", AA, level)
	}
	var order []string
	for _, c := range p.Cells {
		order = append(order, c.Factors[experiment.Arm]+" "+c.Factors[factorBoids])
	}
	want := []string{"direct 100", "direct 1000", "direct#aa 100", "direct#aa 1000", "hub 100", "hub 1000", "hub@native 100", "hub@native 1000"}
	if !slices.Equal(order, want) || p.Blocks != 3 {
		t.Errorf("got %d blocks of %v, want 3 of %v", p.Blocks, order, want)
	}
	if got := worldOf(p.Cells[7]); got != "boids=1000 mode=constant-density neighbours=8 seed=1 slots=3 ticks=900 warm_up=150" {
		t.Errorf("got the world %q", got)
	}
}

func TestAttach(t *testing.T) {
	p, err := plan("transport=hub,hub:attach", "attach=@flock", "boids=100")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Cells {
		want := ""
		if c.Factors[factorTransport] == "hub:attach" {
			want = "@flock"
		}
		config, err := configOf(c)
		if c.Factors[optionAttach] != want || err != nil || config.Option(optionAttach) != want {
			t.Errorf("%s: attach is %q, config %+v, %v; want %q", c, c.Factors[optionAttach], config, err, want)
		}
		if worldOf(c) != worldOf(p.Cells[0]) {
			t.Errorf("%s: another world: %s", c, worldOf(c))
		}
	}
	if !slices.Equal(p.Hints, []string{"attach: copytax watch @flock"}) {
		t.Errorf("got the hints %q", p.Hints)
	}
	p, err = plan("transport=hub:attach", "attach="+anyAddress)
	if err != nil || len(p.Hints) != 1 || !strings.HasPrefix(p.Hints[0], "attach: copytax watch @copytax-") || len(p.Hints[0]) != len("attach: copytax watch @copytax-")+16 {
		t.Errorf("got %v and the hints %q, want a name of 16 digits", err, p.Hints)
	}
}

func TestPlanRefuses(t *testing.T) {
	for given, want := range map[string]string{
		"":                                           "say what to run",
		"all=true transport=hub":                     "exclude each other",
		"all=maybe":                                  "want true or false",
		"transport=tcp":                              `unknown transport "tcp"`,
		"transport=hub,":                             `unknown transport ""`,
		"transport=":                                 "--transport is given without a value",
		"transport=hub boids=":                       "--boids is given without a value",
		"transport=hub attach=":                      "--attach is given without a value",
		"transport=hub placement=":                   "--placement is given without a value",
		"transport=hub placement=;":                  `--placement: placement "": want one runtime`,
		"transport=hub placement=go,go":              `--placement: placement "go,go": want one runtime`,
		"transport=hub placement=go,jit,go":          `--placement go,jit,go: unknown runtime "jit": want go, native or tab`,
		"transport=wire+a placement=go,native,go":    "--placement go,native,go: no transport of the run can have it, only hub can",
		"transport=direct placement=go;go,native,go": "--placement go,native,go: no transport of the run can have it, only hub can",
		"transport=hub placement=native":             "--placement native: no transport can have it",
		"transport=hub engine-path=/bin/engine":      "add --placement go,native,go",
		"transport=hub attach=@x":                    "--attach @x: want --transport hub:attach",
		"transport=hub boids=0":                      `--boids "0": want a whole number from 1`,
		"transport=hub boids=1.5":                    "want a whole number",
		"transport=hub boids=5M":                     "want a whole number",
		"transport=hub boids=1m":                     "want a whole number",
		"transport=hub boids=8":                      "a boid among 8 has fewer",
		"transport=hub neighbours=9":                 "--neighbours 9: want 8, 32 or 128",
		"transport=hub mode=dense":                   `--mode "dense": want constant-density or fixed-volume`,
		"transport=hub profile=fast":                 `unknown profile "fast"`,
	} {
		if _, err := plan(strings.Fields(given)...); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: got %v, want one line with %q", given, err, want)
		}
	}
}

func TestSizes(t *testing.T) {
	for list, want := range map[string][]int{
		"100": {100}, "10k, 1k,1000": {1000, 10_000}, "2.5k,1M,0.1k": {100, 2500, 1_000_000}, "4M": {4_000_000},
	} {
		if got, err := parseSizes(list); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %v, %v; want %v", list, got, err, want)
		}
	}
}

func TestOrderHoldsEveryCellOncePerBlock(t *testing.T) {
	p, err := plan("transport=hub,wire*")
	if err != nil {
		t.Fatal(err)
	}
	order, seen := p.Order(), map[string]int{}
	for _, trial := range order {
		seen[fmt.Sprint(trial.Block, trial.Of)]++
	}
	if want := 3 * 5 * 3; len(order) != want || len(seen) != want {
		t.Errorf("%d cells in %d trials, want %d of each", len(seen), len(order), want)
	}
	if block := func(n int) (cells []int) {
		for _, trial := range order[15*n : 15*n+15] {
			cells = append(cells, trial.Cell)
		}
		return cells
	}; slices.Equal(block(0), block(1)) || slices.IsSorted(block(0)) {
		t.Error("two blocks have the same order, or a block that of the plan")
	}
}

func TestConfigIsWholeGenerations(t *testing.T) {
	for _, profile := range []experiment.Profile{experiment.Quick, experiment.Standard} {
		e, err := effortOf(profile)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{1, 7, 100, 1000, 10_000, 100_000, 4_000_000} {
			c := e.config(n, 8, copytax.ConstantDensity, 1)
			if c.Ticks < minTicks || c.Ticks > e.maxTicks || c.Ticks%copytax.GenerationTicks != 0 || c.WarmUp < minWarmUp {
				t.Errorf("%s, %d boids: %d ticks, %d of warm-up", profile, n, c.Ticks, c.WarmUp)
			}
		}
	}
}

// The profiles are what the published runs were made with.
func TestConfigsOfTheReferenceRun(t *testing.T) {
	p, err := plan("all=true", "profile=standard")
	if err != nil {
		t.Fatal(err)
	}
	results, _ := reference(t)
	was := map[string]bool{}
	for _, c := range results.Plan.Cells {
		was[worldOf(c)] = true
	}
	for _, c := range p.Cells {
		if !was[worldOf(c)] {
			t.Errorf("%s was not run", worldOf(c))
		}
	}
	if len(was) != 4 {
		t.Errorf("got %d worlds, want 4", len(was))
	}
}

func TestCellsKeepTheirConfig(t *testing.T) {
	c := copytax.Config{Boids: 1, Neighbours: 2, Mode: copytax.FixedVolume, Seed: 1<<63 + 5, WarmUp: 4, Ticks: 5, Slots: 6, Rate: 2.5, Latest: true}
	c = c.WithOption(optionAttach, "/tmp/a b")
	a := side{name: "a", options: experiment.Factors{optionAttach: "/tmp/a b"}}
	if got, err := configOf(ladderOf().cellOf(a, c)); err != nil || got != c {
		t.Errorf("got %+v, %v; want %+v", got, err, c)
	}
	for _, name := range []string{factorBoids, factorSeed, "slots", factorPace, factorFrames} {
		cell := ladderOf().cellOf(a, c)
		cell.Factors = maps.Clone(cell.Factors)
		cell.Factors[name] = "many"
		if _, err := configOf(cell); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s of many: got %v", name, err)
		}
	}
}

func TestDuties(t *testing.T) {
	together := side{name: "of a plugin", info: copytax.Info{OneProcess: true}}.level()
	of := func(transport string) []experiment.Duty {
		cell := experiment.Cell{Factors: experiment.Factors{experiment.Arm: transport, factorTransport: transport}}
		return ladderOf().Duties(experiment.Plan{Levels: []experiment.Level{together}}, cell)
	}
	for _, transport := range []string{"hub", Baseline, "one of old", together.Value} {
		duties := of(transport)
		if len(duties) != 3 {
			t.Fatalf("%s: got %d duties", transport, len(duties))
		}
		for i, d := range duties {
			shares := (transport == Baseline || transport == together.Value) && i > 0
			if d.Worker != copytax.Role(i).String() || (d.Shares == "kernel") != shares || slices.Contains(d.Metrics, cpuMetric) == shares {
				t.Errorf("%s: the %s owes %+v", transport, copytax.Role(i), d)
			}
			if reads := i != int(copytax.Engine); slices.Equal(d.Evidence, []string{"digest", "chain"}) != reads {
				t.Errorf("%s: the %s owes the evidence %v", transport, d.Worker, d.Evidence)
			}
		}
	}
}

// An arm of a plugin says so in the plan, whichever engine it has; one of this tree
// says nothing.
func TestPlanCreditsPlugins(t *testing.T) {
	l := ladderOf()
	plugin := experiment.Module{Path: "example.com/hub", Version: "v0.1.0", Sum: "h1:x="}
	l.Modules = func(name string) []experiment.Module {
		if name == "hub" {
			return []experiment.Module{plugin, {Path: experiment.Tree}}
		}
		return []experiment.Module{{Path: experiment.Tree}}
	}
	p, err := planOf(l, "transport=hub,wire+a", "placement=go;go,native,go")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"hub": plugin.String(), "hub@native": plugin.String(), "wire+a": "", AA: ""} {
		if level, ok := p.Level(experiment.Arm, name); !ok || level.Facts[experiment.ModuleFact] != want {
			t.Errorf("%s: got %+v, want modules %q", name, level, want)
		}
	}
}

// The ticks of a cell divide its costs: they must be those that somebody saw.
func TestSense(t *testing.T) {
	all, err := plan("all=true")
	if err != nil {
		t.Fatal(err)
	}
	cell := all.Cells[0]
	seen := func(n int64) []experiment.Sample {
		return []experiment.Sample{{Histograms: map[string]*experiment.Histogram{latencyMetric: {Count: n}}}}
	}
	config, err := configOf(cell)
	if err != nil {
		t.Fatal(err)
	}
	if err := ladderOf().Sense(cell, seen(int64(config.Ticks))); err != nil {
		t.Error(err)
	}
	if err := ladderOf().Sense(cell, seen(1)); err == nil || !strings.Contains(err.Error(), "1 latencies of ") {
		t.Errorf("one latency: got %v", err)
	}
	for _, ticks := range []string{"0", "-5", "many", ""} {
		cell.Factors["ticks"] = ticks
		if err := ladderOf().Sense(cell, nil); err == nil {
			t.Errorf("%q ticks make sense", ticks)
		}
	}
}
