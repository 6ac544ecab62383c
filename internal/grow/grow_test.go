package grow

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/stats"
)

// costs is an experiment whose figure is the metric cost.
type costs struct{}

func (costs) Figures(s []experiment.Sample) map[string]float64 {
	return map[string]float64{"cost": s[0].Metrics["cost"]}
}

// planOf returns a plan of two cells a group, compared with each other, that wants a width.
func planOf(groups int, width, seconds float64) experiment.Plan {
	return planOfBlocks(6, groups, width, seconds)
}

func planOfBlocks(blocks, groups int, width, seconds float64) experiment.Plan {
	p := experiment.Plan{Experiments: []string{"e"}, Seed: 1, Blocks: blocks, Growth: &experiment.Growth{Seconds: seconds, MostBlocks: 200}}
	for g := range groups {
		for _, arm := range []string{"base", "other"} {
			p.Cells = append(p.Cells, experiment.Cell{Experiment: "e", Group: fmt.Sprint("g", g), Factors: experiment.Factors{experiment.Arm: arm}})
		}
		p.Growth.Comparisons = append(p.Growth.Comparisons, experiment.Comparison{Cell: 2*g + 1, With: 2 * g, Width: width})
	}
	return p
}

// A world gives the cost of a trial and the time that it takes.
type world func(t experiment.Trial) (cost, seconds float64)

// carryOut runs a plan to its end.
func carryOut(p experiment.Plan, of world) (experiment.Plan, experiment.Samples) {
	t, samples, done := New(p), experiment.Samples(nil), 0
	for {
		for _, trial := range p.Order()[done:] {
			cost, seconds := of(trial)
			t.Took(trial.Of.Group, seconds)
			done++
			if math.IsNaN(cost) {
				continue // it failed
			}
			s := experiment.Sample{Trial: trial.Number, Block: trial.Block, Cell: trial.Cell, Of: trial.Of, Metrics: map[string]float64{"cost": cost}}
			samples = append(samples, s)
			t.Add(costs{}, []experiment.Sample{s})
		}
		if p.Ended() {
			return p, samples
		}
		p.Rounds = append(p.Rounds, t.Next(p))
	}
}

// noisy returns a world of lognormal costs, of a deviation that hangs on the group.
func noisy(rng *rand.Rand, deviation ...float64) world {
	return func(t experiment.Trial) (float64, float64) {
		var g int
		fmt.Sscanf(t.Of.Group, "g%d", &g)
		return math.Exp(deviation[g] * rng.NormFloat64()), 1
	}
}

// The group of the wider interval gets more blocks, and the run ends when all are narrow.
func TestBlocksGoWhereIntervalsAreWide(t *testing.T) {
	p, samples := carryOut(planOf(3, 0.02, 1e6), noisy(rand.New(rand.NewPCG(1, 1)), 0.01, 0.03, 0.06))
	last := p.Rounds[len(p.Rounds)-1]
	if last.End != experiment.Narrow {
		t.Fatalf("got the end %q, want %q", last.End, experiment.Narrow)
	}
	few, more, most := p.BlocksOf("g0"), p.BlocksOf("g1"), p.BlocksOf("g2")
	if !(few < more && more < most) || most > 200 {
		t.Errorf("got %d, %d and %d blocks for deviations of 1, 3 and 6%%", few, more, most)
	}
	for _, s := range last.Groups {
		if s.Width > 1 && s.Blocks < 200 {
			t.Errorf("%s ended with %v times the width that is wanted", s.Group, s.Width)
		}
	}
	if want := 2 * (few + more + most); len(samples) != want || len(p.Order()) != want {
		t.Errorf("got %d samples of %d trials, want %d", len(samples), len(p.Order()), want)
	}
}

// A run that has no time ends in time, with its blocks where the intervals are widest.
func TestTimeIsKept(t *testing.T) {
	const seconds = 100
	p, samples := carryOut(planOf(2, 0.001, seconds), noisy(rand.New(rand.NewPCG(1, 2)), 0.01, 0.05))
	if end := p.Rounds[len(p.Rounds)-1].End; end != experiment.TimeUp {
		t.Errorf("got the end %q, want %q", end, experiment.TimeUp)
	}
	if len(samples) > seconds || len(samples) < seconds-4 {
		t.Errorf("got %d trials of a second each in %d s", len(samples), seconds)
	}
	if p.BlocksOf("g1") < 2*p.BlocksOf("g0") {
		t.Errorf("got %d blocks for a deviation of 5%%, %d for 1%%", p.BlocksOf("g1"), p.BlocksOf("g0"))
	}
}

// A cell that always fails has no interval and draws no blocks to its group.
func TestFailingCellDrawsNothing(t *testing.T) {
	fine := noisy(rand.New(rand.NewPCG(1, 3)), 0.01, 0.01)
	p, _ := carryOut(planOf(2, 0.02, 1e6), func(t experiment.Trial) (float64, float64) {
		if t.Cell == 3 {
			return math.NaN(), 1
		}
		return fine(t)
	})
	if n := p.BlocksOf("g1"); n != p.Blocks {
		t.Errorf("got %d blocks of a group whose other cell fails, want %d", n, p.Blocks)
	}
}

// What is dearer decides nothing: all costs of one side times ten give the same rounds.
func TestValuesDecideNothing(t *testing.T) {
	run := func(factor float64) experiment.Plan {
		of := noisy(rand.New(rand.NewPCG(1, 4)), 0.02, 0.04)
		p, _ := carryOut(planOf(2, 0.02, 400), func(t experiment.Trial) (float64, float64) {
			cost, seconds := of(t)
			if t.Cell%2 == 1 {
				cost *= factor
			}
			return cost, seconds
		})
		return p
	}
	one, ten := run(1), run(10)
	if a, b := fmt.Sprint(one.Rounds), fmt.Sprint(ten.Rounds); a != b {
		t.Errorf("got the rounds\n%s\nand, at ten times the cost,\n%s", a, b)
	}
}

// Rounds that do not follow from the samples are found.
func TestVerify(t *testing.T) {
	made := func() (experiment.Plan, experiment.Samples) {
		return carryOut(planOf(2, 0.02, 300), noisy(rand.New(rand.NewPCG(1, 5)), 0.02, 0.06))
	}
	find := func(string) experiment.Growing { return costs{} }
	p, samples := made()
	if err := Verify(p, samples, find); err != nil || len(p.Rounds) < 3 {
		t.Fatalf("got %v of %d honest rounds", err, len(p.Rounds))
	}
	for want, change := range map[string]func(p *experiment.Plan, s experiment.Samples){
		"the rule makes it":   func(p *experiment.Plan, _ experiment.Samples) { p.Rounds[0].Groups[0].More++ },
		"the samples make it": func(p *experiment.Plan, _ experiment.Samples) { p.Rounds[1].Groups[0].Width *= 2 },
		"round 1": func(_ *experiment.Plan, s experiment.Samples) {
			s[13].Metrics["cost"] *= 3
			s[26].Metrics["cost"] *= 1.5
		},
		"behind one that ended": func(p *experiment.Plan, _ experiment.Samples) { p.Rounds = append(p.Rounds, p.Rounds[len(p.Rounds)-1]) },
		"and no growth":         func(p *experiment.Plan, _ experiment.Samples) { p.Growth = nil },
	} {
		p, samples := made()
		if change(&p, samples); want != "round 1" {
			if err := Verify(p, samples, find); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		} else if err := Verify(p, samples, find); err == nil {
			t.Error("other samples pass for those that the rounds rest on")
		}
	}
}

// Intervals of a run that stops where they are narrow hold the truth about as often as
// those of a fixed number of blocks: 93 to 97% of 1,000 runs, in which costs drift, follow
// each other (autocorrelation 0.4), and one trial in eight is disturbed.
func TestCoverageWithTheStoppingRule(t *testing.T) {
	draws := 200
	if os.Getenv("COPYTAX_SOAK") != "" {
		draws = 1000
	}
	for _, c := range []struct {
		blocks int
		width  float64
	}{{6, 0.007}, {6, 0.015}, {6, 0.03}, {3, 0.007}, {3, 0.015}, {3, 0.03}, {3, 0.1}} {
		width := c.width
		rng, held, blocks := rand.New(rand.NewPCG(2, uint64(1e4*width))), 0, 0
		for range draws {
			p, samples := carryOut(planOfBlocks(c.blocks, 1, width, 1e6), disturbed(rng))
			if e := estimate(samples); e.Holds(math.Log(1.1)) {
				held++
			}
			blocks += p.BlocksOf("g0")
		}
		share := float64(held) / float64(draws)
		t.Logf("from %d blocks, width %.3f: %.1f%% of %d runs of %.0f blocks on average", c.blocks, width, 100*share, draws, float64(blocks)/float64(draws))
		// Three standard errors beyond the 93 to 97% that is meant.
		if slack := 3 * math.Sqrt(0.95*0.05/float64(draws)); share < 0.93-slack/3 || share > 0.97+slack {
			t.Errorf("width %v: the interval holds the truth in %.1f%% of %d runs", width, 100*share, draws)
		}
	}
}

// disturbed returns a world whose other arm costs 1.1 times as much as the base.
func disturbed(rng *rand.Rand) world {
	drift, residual, n := 0.1*rng.NormFloat64(), 0.0, 0.0
	return func(t experiment.Trial) (float64, float64) {
		n++
		residual = 0.4*residual + 0.02*math.Sqrt(1-0.4*0.4)*rng.NormFloat64()
		log := residual + drift*n/100
		if rng.Float64() < 0.125 {
			log += 0.05 + 0.3*rng.Float64()
		}
		if t.Cell%2 == 1 {
			log += math.Log(1.1)
		}
		return math.Exp(log), 1
	}
}

// estimate is that of the logarithm of other ÷ base.
func estimate(samples experiment.Samples) stats.Estimate {
	base, logs := map[int]float64{}, []float64(nil)
	for _, s := range samples {
		if s.Cell == 0 {
			base[s.Block] = s.Metrics["cost"]
		}
	}
	for _, s := range samples {
		if s.Cell == 1 {
			logs = append(logs, math.Log(s.Metrics["cost"]/base[s.Block]))
		}
	}
	return stats.Center(logs)
}
