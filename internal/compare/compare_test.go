package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
)

// costsAt returns costs whose values scatter by 1%, around 100 times a factor each.
func costsAt(rng *rand.Rand, n int, floored bool, factors ...float64) (all []experiment.Cost) {
	for i, f := range factors {
		c := experiment.Cost{
			Cell: experiment.Factors{"arm": string(rune('a' + i))}, Varied: experiment.Factors{"seed": "1"},
			World: "a world", Arm: string(rune('a' + i)), Metric: experiment.CPUCost, Name: "CPU a tick", Floored: floored,
		}
		for range n {
			c.Values = append(c.Values, 100*f*math.Exp(0.01*rng.NormFloat64()))
		}
		all = append(all, c)
	}
	return all
}

func words(c *Comparison) (all []string) {
	for _, r := range c.Rows {
		all = append(all, r.text())
	}
	return all
}

func TestVerdicts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	c := &Comparison{Margin: 0.03}
	c.costs(costsAt(rng, 12, false, 1, 1, 1, 1), costsAt(rng, 12, false, 1.1, 1, 0.9, 1.03), true)
	if want := []string{"differs: worse", "equivalent", "differs: better", "unresolved"}; !slices.Equal(words(c), want) {
		t.Errorf("got %q, want %q", words(c), want)
	}
	if worse := c.Worse(); len(worse) != 1 || worse[0].New.Arm != "a" || !strings.Contains(c.Summary(), "1 of 4 rows got worse by more than 3%: CPU a tick of a, a world (1.") {
		t.Errorf("got %v: %q", worse, c.Summary())
	}
	if r := c.Rows[0].Ratio; !r.Holds(1.1) || c.Rows[0].P > 0.001 || r.N != 12 {
		t.Errorf("got %+v, P %v", r, c.Rows[0].P)
	}
	wide := &Comparison{Margin: 0.2}
	wide.costs(costsAt(rng, 12, false, 1, 1), costsAt(rng, 12, false, 1.1, 0.9), true)
	if want := []string{"equivalent", "equivalent"}; !slices.Equal(words(wide), want) {
		t.Errorf("with a margin of 20%%: got %q", words(wide))
	}
}

// Of many runs that are equal, or differ by just the margin, no more than one in twenty
// may have any row with a wrong verdict, however many rows there are.
func TestFewRunsHaveAnyWrongVerdict(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	const runs = 400
	for _, truth := range []float64{1.02, 1 / 1.02} {
		wrong, certain := 0, 0
		for range runs {
			factors := slices.Repeat([]float64{1}, 20)
			c := &Comparison{Margin: 0.02}
			c.costs(costsAt(rng, 8, false, factors...), costsAt(rng, 8, false, slices.Repeat([]float64{truth}, 20)...), true)
			any := func(r Row) bool { return r.Verdict != Unresolved }
			if slices.ContainsFunc(c.Rows, any) {
				wrong++
			}
			if slices.ContainsFunc(c.Rows, func(r Row) bool { return !r.Ratio.Holds(truth) }) {
				certain++
			}
		}
		if wrong > runs*8/100 {
			t.Errorf("at a ratio of %.3f, the margin itself: %d of %d runs have a verdict, want 5%% at most", truth, wrong, runs)
		}
		if certain < runs/3 {
			t.Errorf("at %.3f: only %d of %d runs have an interval that misses: nothing was there to correct", truth, certain, runs)
		}
	}
}

func TestOtherMachines(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	c := &Comparison{Margin: 0.03}
	taxes := costsAt(rng, 10, true, 1, 1)
	worse := costsAt(rng, 10, true, 1.2, 1)
	for i := range taxes {
		taxes[i].Name, worse[i].Name = "a tax", "a tax"
	}
	c.costs(append(costsAt(rng, 10, false, 1), taxes...), append(costsAt(rng, 10, false, 3), worse...), false)
	if want := []string{"not comparable", "differs: worse", "equivalent"}; !slices.Equal(words(c), want) {
		t.Errorf("got %q, want %q", words(c), want)
	}
	if r := c.Rows[0]; r.Ratio.N != 0 || !math.IsNaN(r.P) || len(c.Worse()) != 1 {
		t.Errorf("a cost of two machines has a ratio: %+v", r)
	}
}

func TestMatching(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	old, new := costsAt(rng, 5, false, 1, 1), costsAt(rng, 5, false, 1, 1, 1)
	new[0].Cell["boids"] = "5"
	new[1].Varied = experiment.Factors{"seed": "2", "browser": "b"}
	c := &Comparison{}
	c.costs(old, new, true)
	if len(c.Rows) != 1 || !slices.Equal(c.OnlyOld, []string{"a, a world"}) || !slices.Equal(c.OnlyNew, []string{"a, a world", "c, a world"}) {
		t.Errorf("got %d rows, only old %q, only new %q", len(c.Rows), c.OnlyOld, c.OnlyNew)
	}
	if notes := strings.Join(c.Notes, "\n"); !strings.Contains(notes, `the factor seed was "1", and is "2".`) || !strings.Contains(notes, `the factor browser is new, and "b".`) {
		t.Errorf("got the notes %q", c.Notes)
	}

	// Two seeds in one run: then seeds must match.
	twice := append(costsAt(rng, 5, false, 1), costsAt(rng, 5, false, 1)...)
	twice[1].Varied = experiment.Factors{"seed": "2"}
	c = &Comparison{}
	c.costs(twice, old[:1], true)
	if len(c.Rows) != 1 || c.Rows[0].Old.Varied["seed"] != "1" || len(c.OnlyOld) != 1 {
		t.Errorf("got %d rows, only old %q", len(c.Rows), c.OnlyOld)
	}
}

func TestSoFewBlocksAreSaid(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for blocks, said := range map[int]bool{4: true, 12: false} {
		c := &Comparison{Margin: 0.03}
		c.costs(costsAt(rng, blocks, false, 1, 1, 1, 1), costsAt(rng, blocks, false, 2, 2, 2, 2), true)
		if got := slices.ContainsFunc(c.Notes, func(n string) bool { return strings.Contains(n, "So few blocks cannot resolve any of 4 rows") }); got != said {
			t.Errorf("%d blocks: got the notes %q, verdicts %q", blocks, c.Notes, words(c))
		}
	}
}

func TestExported(t *testing.T) {
	const header = "run,arm,metric,value,error\n"
	got, err := exported(header+"r,unix+raw,process_cpu_ns,20,\nr,direct,process_cpu_ns,5,\nr,unix+raw,process_cpu_ns,22,\nr,unix+raw,wall_ns,9,\n", "unix+raw")
	if got != 42 || err != nil {
		t.Errorf("got %v, %v, want 42", got, err)
	}
	for text, want := range map[string]string{
		"": "no CSV", header: "no CPU", "run,value\nr,1\n": "want arm, metric and value", header + "r,unix+raw,process_cpu_ns,many,\n": "many",
	} {
		if _, err := exported(text, "unix+raw"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestReportOfBuilds(t *testing.T) {
	slow, fine, few := condition{"unix+raw", "1k"}, condition{"direct", "1k"}, condition{"chan", "1k"}
	ratios := map[condition][]float64{slow: {1.1, 1.1, 1.11, 1.1, 1.12, 1.1}, fine: {1, 1, 1.01, 1, 0.99, 1}, few: {1}}
	var out strings.Builder
	err := Trial{Limit: 1.05}.report(&out, []condition{slow, fine, few}, ratios)
	if err == nil || err.Error() != "the interval is not below 1.05: unix+raw at 1k, chan at 1k" {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(out.String(), "direct,1k,6,1.0000,0.9900,1.0100\n") {
		t.Errorf("got %s", out.String())
	}
}
