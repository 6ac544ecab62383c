package wasmhost

import (
	"math"
	"testing"

	"github.com/copytax/copytax"
)

// flyingWorld is a flock that has formed.
func flyingWorld(t *testing.T) *testWorld {
	w := newTestWorld(t, testConfig(400, 8))
	for range 200 {
		w.tick(t)
	}
	return w
}

// TestHundredStepsAgree sets the oracle on the kernel's frame before each of a
// hundred steps.
func TestHundredStepsAgree(t *testing.T) {
	w, worst := flyingWorld(t), 0.0
	for range 100 {
		worst = max(worst, agree(t, w))
	}
	if worst < 0.05 {
		t.Errorf("no error beyond %.3f of its tolerance: the tolerance is too wide to tell anything", worst)
	}
	t.Logf("the largest error was %.2f of its tolerance", worst)
}

// defects are kernels that differ by a share in one number.
var defects = map[string]func(p *copytax.Policy, by float32){
	"separation":   func(p *copytax.Policy, by float32) { p.Separation *= 1 + by },
	"alignment":    func(p *copytax.Policy, by float32) { p.Alignment *= 1 + by },
	"cohesion":     func(p *copytax.Policy, by float32) { p.Cohesion *= 1 + by },
	"goal":         func(p *copytax.Policy, by float32) { p.Goal *= 1 + by },
	"wall gain":    func(p *copytax.Policy, by float32) { p.WallGain *= 1 + by },
	"tick":         func(p *copytax.Policy, by float32) { p.Dt *= 1 + by },
	"lowest speed": func(p *copytax.Policy, by float32) { p.MinSpeed *= 1 + by },
}

// TestOneStepFindsDefects wants a number that is wrong by a thousandth to be found
// by one of ten steps. It shows that a step can fail to agree.
func TestOneStepFindsDefects(t *testing.T) {
	w, worst := flyingWorld(t), map[string]float64{}
	right := w.policy
	for range 10 {
		o := oracle{right, w.frame(), w.genome()}
		want, _ := o.step()
		for name, twist := range defects {
			p := right
			twist(&p, 1e-3)
			w.setPolicy(p)
			if err := w.Step(0, 0, w.slot, 1-w.slot); err != nil {
				t.Fatal(err)
			}
			got, _ := o.judge(w.memory.Frames[1-w.slot], want)
			worst[name] = max(worst[name], got)
		}
		w.setPolicy(right)
		w.tick(t)
	}
	for name := range defects {
		t.Logf("%s wrong by 1e-3: off by %.1f tolerances", name, worst[name])
		if worst[name] <= 1 {
			t.Errorf("%s wrong by 1e-3 was not found", name)
		}
	}
}

// checkpoints are the steps after which flights are compared.
var checkpoints = [...]int{25, 50, 75, 100}

// A course is where a flock is after each checkpoint: by the oracle, and how far
// from that an ensemble under random rounding comes.
type course struct {
	exact    [len(checkpoints)][]vector
	ensemble [len(checkpoints)][3]float64
}

// courseOf flies the oracle, and eight times the ensemble, from the frame of w.
func courseOf(w *testWorld) (c course) {
	const golden = 0x9e3779b97f4a7c15
	flights := make([]*flight, 9)
	for i := range flights {
		flights[i] = takeOff(w.policy, w.frame(), w.genome(), golden*uint64(i)) // the first one is exact
	}
	step := 0
	for at, until := range checkpoints {
		var gaps []float64
		for i, f := range flights {
			for range until - step {
				f.step()
			}
			if i > 0 {
				gaps = append(gaps, apart(f.x, flights[0].x)...)
			}
		}
		c.exact[at], c.ensemble[at], step = flights[0].x, spread(gaps), until
	}
	return c
}

// The kernel rounds to the nearest and the ensemble at random, whose squared error
// is twice as large: quantiles of the kernel should be √½ of the ensemble's. The
// median may be off by √2 either way; the others are moved by the few boids that
// found another neighbour at the edge of their radius, and have more room upwards.
var (
	leastRatio = [3]float64{0.5, 0, 0}
	mostRatio  = [3]float64{1, 1.5, 3}
)

// strays flies the kernel from the frame of w under p, and returns whether its
// distances from the oracle are other than rounding explains. w is at its frame
// again afterwards.
func (c course) strays(t *testing.T, w *testWorld, p copytax.Policy) (strays bool) {
	t.Helper()
	start, right := append([]float32(nil), w.frame().Data...), w.policy
	w.setPolicy(p)
	step := 0
	for at, until := range checkpoints {
		for ; step < until; step++ {
			w.tick(t)
		}
		kernel := takeOff(p, w.frame(), w.genome(), 0)
		gaps := spread(apart(kernel.x, c.exact[at]))
		var ratio [3]float64
		for i := range gaps {
			ratio[i] = gaps[i] / c.ensemble[at][i]
			strays = strays || !(ratio[i] >= leastRatio[i] && ratio[i] <= mostRatio[i])
		}
		t.Logf("%3d steps: kernel %.2g, of the ensemble's %.2f", until, gaps, ratio)
	}
	w.setPolicy(right)
	copy(w.frame().Data, start)
	return strays
}

// TestHundredStepsOnItsOwn lets kernel and oracle fly from one frame without meeting
// again. It then wants the same comparison to find a number that is wrong by 1e-4.
func TestHundredStepsOnItsOwn(t *testing.T) {
	w := flyingWorld(t)
	c := courseOf(w)
	if c.strays(t, w, w.policy) {
		t.Error("kernel and oracle came apart other than by rounding")
	}
	for name, twist := range defects {
		p := w.policy
		twist(&p, 1e-4)
		t.Logf("%s wrong by 1e-4:", name)
		if !c.strays(t, w, p) {
			t.Errorf("%s wrong by 1e-4 was not found", name)
		}
	}
}

// TestFlightIsTheOracle ties the formulas of a flight to those of the oracle: one
// exact step is the oracle's, whose frame is rounded to float32 once.
func TestFlightIsTheOracle(t *testing.T) {
	w := flyingWorld(t)
	want, _ := oracle{w.policy, w.frame(), w.genome()}.step()
	got := takeOff(w.policy, w.frame(), w.genome(), 0)
	got.step()
	for i := range want.N {
		for axis := range copytax.Column(3) {
			x, v := float32(got.x[i][axis]), float32(got.v[i][axis])
			off := max(math.Abs(float64(x-want.Col(axis)[i])), math.Abs(float64(v-want.Col(copytax.VX + axis)[i])))
			if off > 8*roundoff { // one ulp of up to 8: where a float64 is near a half
				t.Fatalf("boid %d: %v, %v on axis %d are %v off", i, x, v, axis, off)
			}
		}
	}
}

// TestRandomRoundingIsFair checks the arithmetic: what 24 digits hold is left alone,
// and the rest is rounded up as often as it should be.
func TestRandomRoundingIsFair(t *testing.T) {
	a := arithmetic{state: 1}
	for _, x := range []float64{0, 1, -2.5, 1 << 23, float64(float32(0.1))} {
		if got := a.round(x); got != x {
			t.Errorf("%v became %v", x, got)
		}
	}
	const draws = 100_000
	ups, ulp := 0, 1.0/(1<<23)
	for range draws {
		switch got := a.round(-1 - 0.3*ulp); got {
		case -1 - ulp:
			ups++
		case -1:
		default:
			t.Fatalf("got %v, want a neighbour of -1", got)
		}
	}
	if share := float64(ups) / draws; math.Abs(share-0.3) > 0.01 { // seven standard deviations
		t.Errorf("rounded up %v of the time, want 0.3", share)
	}
}
