package physics

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/tab"
)

// tabSession opens the back ends in a tab on a world, or skips the test where there is
// no browser that can.
func tabSession(t *testing.T, world string) (experiment.Experiment, experiment.Plan, *session) {
	t.Helper()
	if _, err := tab.Probe(t.Context(), ""); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("no browser: %v", err)
	}
	w := newWorkplace(t, "")
	exp, plan, err := w.plan(t, map[string]string{"world": world, "backend": "tab,webgpu", "browser": ""})
	if err != nil {
		t.Fatal(err)
	}
	plan.Cells = slices.DeleteFunc(plan.Cells, func(c experiment.Cell) bool { return c.Group == machineGroup })
	opened, err := exp.Open(t.Context(), w.lab, plan.Cells)
	if err != nil {
		t.Fatal(err)
	}
	s := opened.(*session)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return exp, plan, s
}

// The module in a tab gives the reference's bits, and the shaders give the oracle's
// numbers to within rounding. Both name what they ran on.
func TestTabAgreesWithTheReference(t *testing.T) {
	exp, plan, s := tabSession(t, "3d-8-1k")
	for i, c := range plan.Cells {
		found, err := measureOne(t, exp, plan, s, experiment.Trial{Cell: i, Of: c, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		m := found[0].Metrics
		if m["step_ns"] <= 0 || m["neighbours"] != float64(s.truth.neighbours) || !strings.Contains(c.Factors[Browser], ", ") {
			t.Errorf("%v: got %v", c, m)
		}
		if _, divided := m["sort_ns"]; divided == (found[0].Worker == webGPU) {
			t.Errorf("%v: got %v", c, m)
		}
		if found[0].Worker == webGPU && !(m[ofBoundMetric] > 0 && m[judgedMetric] == 1000) {
			t.Errorf("%v of the bound, for %v boids", m[ofBoundMetric], m[judgedMetric])
		}
	}
}

// A tab that computes another world gives no number, whichever of its back ends it is.
func TestTabOfAnotherWorldIsRefused(t *testing.T) {
	_, plan, s := tabSession(t, "3d-8-1k")
	trial := experiment.Trial{Seed: 1}
	if err := s.begin(t.Context(), trial.Block); err != nil {
		t.Fatal(err)
	}
	s.truth.digest++
	s.truth.neighbours++
	for _, trial.Of = range plan.Cells {
		if found, err := s.Measure(t.Context(), trial); !errors.Is(err, errWrong) {
			t.Errorf("%v: got %v (%v), want %v", trial.Of, found, err, errWrong)
		}
	}
	s.truth.neighbours--
	trial.Of = experiment.Cell{Factors: experiment.Factors{World: "3d-8-1k", Backend: webGPU, Browser: "Netscape 4, nobody"}}
	if _, err := s.Measure(t.Context(), trial); err == nil || !strings.Contains(err.Error(), "the plan was made with") {
		t.Errorf("on another adapter: got %v", err)
	}
}

// What shaders cannot step is listed, and not measured.
func TestShadersTakeWorldsInSpaceOnly(t *testing.T) {
	_, plan, _ := tabSession(t, "3d-8-1k,julia-small")
	if len(plan.Cells) != 3 || len(plan.Unavailable) != 1 || plan.Unavailable[0].What != "webgpu on julia-small" {
		t.Errorf("got cells %v and %v", plan.Cells, plan.Unavailable)
	}
}
