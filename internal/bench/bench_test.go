package bench

import (
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/store"
)

// named is a transport that only has a name.
type named struct {
	copytax.Transport
	name string
	info copytax.Info
}

func (n named) Name() string       { return n.name }
func (n named) Info() copytax.Info { return n.info }

func testPlan(seed uint64) store.Plan {
	arms, missing := Arms([]copytax.Transport{
		named{name: Baseline}, named{name: "a", info: copytax.Info{Rung: 1}}, named{name: "b"},
		named{name: "c", info: copytax.Info{Unavailable: "no c here"}},
	}, []string{Wasm})
	p, _ := ParseProfile("quick")
	plan := store.Plan{Profile: p.Name, Seed: seed, Blocks: 4, Arms: arms, Unavailable: missing}
	for _, n := range p.Boids {
		plan.Configs = append(plan.Configs, p.Config(n, 8, copytax.ConstantDensity, seed))
	}
	return plan
}

func TestArms(t *testing.T) {
	plan := testPlan(1)
	var names []string
	for _, a := range plan.Arms {
		names = append(names, a.Name)
	}
	if want := []string{"direct", "direct#aa", "a", "b"}; !slices.Equal(names, want) {
		t.Errorf("arms %v, want %v", names, want)
	}
	if plan.Arms[1].Transport != Baseline {
		t.Errorf("the A/A arm runs %q", plan.Arms[1].Transport)
	}
	if want := []store.Unavailable{{Transport: "c", Reason: "no c here"}}; !slices.Equal(plan.Unavailable, want) {
		t.Errorf("unavailable %v, want %v", plan.Unavailable, want)
	}
}

func TestArmsOfBothEngines(t *testing.T) {
	chosen := []copytax.Transport{
		named{name: Baseline}, named{name: "hub", info: copytax.Info{NativeEngine: true}}, named{name: "wire"},
	}
	for list, want := range map[string][]string{
		"wasm":        {"direct", "direct#aa", "hub", "wire"},
		"native":      {"direct", "direct#aa", "hub@native", "wire"},
		"native,wasm": {"direct", "direct#aa", "hub", "hub@native", "wire"},
	} {
		engines, err := ParseEngines(strings.Split(list, ","))
		if err != nil {
			t.Fatal(err)
		}
		arms, _ := Arms(chosen, engines)
		var names []string
		for _, a := range arms {
			names = append(names, a.Name)
			if native := strings.HasSuffix(a.Name, "@native"); native != (a.Engine == store.Native) {
				t.Errorf("--engine %s: arm %s has the engine %q", list, a.Name, a.Engine)
			}
		}
		if !slices.Equal(names, want) {
			t.Errorf("--engine %s: arms %v, want %v", list, names, want)
		}
		if got := AnyNative(store.Plan{Arms: arms}); got != strings.Contains(list, "native") {
			t.Errorf("--engine %s: any native: %v", list, got)
		}
	}
	for _, list := range [][]string{nil, {""}, {"wasm", "jit"}} {
		if got, err := ParseEngines(list); err == nil {
			t.Errorf("engines %q were accepted as %v", list, got)
		}
	}
}

func TestOrderHoldsEveryCellOncePerBlock(t *testing.T) {
	plan := testPlan(1)
	all := Order(plan)
	type key struct {
		block int
		arm   string
		boids int
	}
	seen := map[key]int{}
	for i, trial := range all {
		if trial.Number != i {
			t.Fatalf("trial %d has the number %d", i, trial.Number)
		}
		if i > 0 && trial.Block < all[i-1].Block {
			t.Fatalf("trial %d of block %d comes behind block %d", i, trial.Block, all[i-1].Block)
		}
		seen[key{trial.Block, trial.Arm.Name, trial.Config.Boids}]++
	}
	if want := plan.Blocks * len(plan.Arms) * len(plan.Configs); len(seen) != want || len(all) != want {
		t.Errorf("%d cells in %d trials, want %d of each", len(seen), len(all), want)
	}
}

func TestOrderIsSeeded(t *testing.T) {
	order := func(seed uint64, block int) (names []string) {
		for _, trial := range Order(testPlan(seed)) {
			if trial.Block == block {
				names = append(names, trial.Arm.Name)
			}
		}
		return names
	}
	if !slices.Equal(order(1, 0), order(1, 0)) {
		t.Error("the same seed gives two orders")
	}
	if slices.Equal(order(1, 0), order(2, 0)) || slices.Equal(order(1, 0), order(1, 1)) {
		t.Error("two seeds or two blocks have the same order")
	}
}

func TestConfigIsWholeGenerations(t *testing.T) {
	for _, p := range Profiles() {
		for _, n := range []int{1, 7, 100, 1000, 10_000, 100_000, 4_000_000} {
			c := p.Config(n, 8, copytax.ConstantDensity, 1)
			if c.Ticks < p.MinTicks || c.Ticks > p.MaxTicks || c.Ticks%copytax.GenerationTicks != 0 {
				t.Errorf("%s, %d boids: %d ticks", p.Name, n, c.Ticks)
			}
			if c.WarmUp < minWarmUp {
				t.Errorf("%s, %d boids: %d ticks of warm-up", p.Name, n, c.WarmUp)
			}
		}
	}
	if _, err := ParseProfile("fast"); err == nil || !strings.Contains(err.Error(), "quick") {
		t.Errorf("unknown profile: %v", err)
	}
}

// roles returns the samples of a good trial of a zero-copy transport.
func roles(c copytax.Config) []store.Sample {
	proof := copytax.AddressProof{MapDevice: 1, MapInode: 2, HubDevice: 1, HubInode: 2}
	seen := copytax.Evidence{Digest: "d", Chain: "c"}
	samples := []store.Sample{
		{Role: "kernel", Evidence: copytax.Evidence{Digest: "d", Chain: "c", Genome: "g"}},
		{Role: "engine", Evidence: copytax.Evidence{Genome: "g"}},
		{Role: "viewer", Evidence: seen},
	}
	for i := range samples {
		p := proof
		samples[i].Config, samples[i].Proof = c, &p
	}
	return samples
}

func TestGate(t *testing.T) {
	small, large := copytax.Config{Boids: 1}, copytax.Config{Boids: 2}
	info := copytax.Info{ZeroCopy: true}
	for name, c := range map[string]struct {
		spoil func(s []store.Sample)
		say   string
	}{
		"good":             {func([]store.Sample) {}, ""},
		"another digest":   {func(s []store.Sample) { s[2].Evidence.Digest = "x" }, "digest"},
		"another chain":    {func(s []store.Sample) { s[0].Evidence.Chain = "x" }, "chain"},
		"other genes":      {func(s []store.Sample) { s[1].Evidence.Genome = "x" }, "genome"},
		"no digest at all": {func(s []store.Sample) { s[0].Evidence.Digest, s[2].Evidence.Digest = "", "" }, "no digest"},
		"a silent viewer":  {func(s []store.Sample) { s[2].Evidence = copytax.Evidence{} }, "viewer gave no"},
		"a silent engine":  {func(s []store.Sample) { s[1].Evidence = copytax.Evidence{} }, "engine gave no"},
		"another world": {func(s []store.Sample) {
			s[0].Evidence.Digest, s[2].Evidence.Digest = "x", "x"
		}, "trials before"},
		"a copy":        {func(s []store.Sample) { s[1].CopiedBytes = 1 }, "copied 1"},
		"no proof":      {func(s []store.Sample) { s[1].Proof = nil }, "hub"},
		"a false proof": {func(s []store.Sample) { s[1].Proof.MapInode = 3 }, "hub"},
		"two hubs": {func(s []store.Sample) {
			s[2].Proof.MapInode, s[2].Proof.HubInode = 3, 3
		}, "inode"},
	} {
		g := newGate(roles(small))
		samples := roles(small)
		c.spoil(samples)
		err := g.pass(samples, info)
		if c.say == "" && err != nil || c.say != "" && (err == nil || !strings.Contains(err.Error(), c.say)) {
			t.Errorf("%s: got %v, want an error that says %q", name, err, c.say)
		}
	}
	g := newGate(roles(small))
	other := roles(large)
	other[0].Evidence.Digest, other[2].Evidence.Digest = "y", "y"
	if err := g.pass(other, info); err != nil {
		t.Errorf("another config has another world: %v", err)
	}
}

func TestLatency(t *testing.T) {
	published, used := make([]int64, 1000), make([]int64, 1000)
	for i := range published {
		published[i] = int64(i+1) * 1e6
		used[i] = published[i] + int64(i+1)*1000
	}
	l, err := newLatency(published, used)
	if err != nil {
		t.Fatal(err)
	}
	got := []int64{l.Count, l.MinNS, l.P50NS, l.P90NS, l.P99NS, l.P999NS, l.MaxNS, int64(l.MeanNS)}
	want := []int64{1000, 1000, 500_000, 900_000, 990_000, 999_000, 1_000_000, 500_500}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	sum := int64(0)
	for i, bar := range l.Histogram {
		sum += bar[1]
		if i > 0 && bar[0] <= l.Histogram[i-1][0] {
			t.Errorf("histogram edges %d and %d are out of order", l.Histogram[i-1][0], bar[0])
		}
	}
	if sum != 1000 {
		t.Errorf("histogram holds %d values, want 1000", sum)
	}
	for name, broken := range map[string]func(){
		"a tick that was never used":  func() { used[3] = 0 },
		"one more published":          func() { used = used[:999] },
		"used before it was there":    func() { used = slices.Clone(published) },
		"a policy without a time":     func() { published[0] = 0 },
		"nothing that was published ": func() { published, used = nil, nil },
	} {
		p, u := slices.Clone(published), slices.Clone(used)
		broken()
		if _, err := newLatency(published, used); err == nil {
			t.Errorf("%s was accepted", name)
		}
		published, used = p, u
	}
}
