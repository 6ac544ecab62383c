package wasmhost

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
)

// A dose is a place where a bad number can be handed in, and what the error says.
type dose struct {
	at   *float32
	want string
}

// doses lists every column and gene of three boids, and every float of the policy.
func doses(w *testWorld) (all []dose) {
	for _, boid := range []int{0, 17, 36} {
		for c := range copytax.Column(copytax.Columns) {
			what := "velocity, energy or fitness"
			if c <= copytax.Z {
				what = "position"
			}
			all = append(all, dose{&w.frame().Col(c)[boid], fmt.Sprintf("%s of boid %d ", what, boid)})
		}
		for c := range copytax.Column(copytax.GenomeColumns) {
			all = append(all, dose{&w.genome().Col(c)[boid], fmt.Sprintf("gene of boid %d ", boid)})
		}
	}
	for at := 16; at < policyFloatsEnd; at += 4 {
		all = append(all, dose{&zerocopy.Floats(w.memory.Policies[0])[at/4], fmt.Sprintf("byte %d ", at)})
	}
	return all
}

// TestPoisonLeavesNoTrace steps a world that is handed one bad number after the
// other beside one that is not. Each must be refused by name, into new numbers and
// not; taken back, the next frame must have the bits of the other world's.
func TestPoisonLeavesNoTrace(t *testing.T) {
	clean, sick := newTestWorld(t, testConfig(37, 8)), newTestWorld(t, testConfig(37, 8))
	bad := append([]float32{math.MaxFloat32, float32(math.Copysign(math.MaxFloat32, -1))}, notFinite...)
	for round := range len(doses(sick)) {
		d := doses(sick)[round] // slots take turns, and so do the columns
		good := *d.at
		for _, v := range bad {
			*d.at = v
			for _, step := range []func(uint64, uint64, int, int) error{sick.Step, sick.Renumber} {
				if err := step(0, 0, sick.slot, 1-sick.slot); err == nil || !strings.Contains(err.Error(), d.want) {
					t.Fatalf("%v: got error %v, want one that says %q", v, err, d.want)
				}
			}
		}
		*d.at = good
		clean.advance(t, round)
		sick.advance(t, round)
		sameBits(t, d.want, clean.frame(), sick.frame())
		if a, b := clean.Neighbours(), sick.Neighbours(); a != b {
			t.Fatalf("%s: %d neighbours, want %d", d.want, b, a)
		}
	}
}

// TestPoisonedPartsAreRefused lanes bad numbers to the calls that do a part of a
// step, which must not answer for what they did not look at.
func TestPoisonedPartsAreRefused(t *testing.T) {
	w := newTestWorld(t, testConfig(37, 8))
	parts := map[string]func(uint64, uint64, int, int) error{"sort": w.Sort, "perceive": w.Perceive}
	for name, part := range parts {
		for _, d := range doses(w) {
			if !strings.Contains(d.want, "position") && !strings.Contains(d.want, "byte") {
				continue // velocities and genes are looked at where they are used
			}
			good := *d.at
			*d.at = notFinite[0]
			err := part(0, 0, w.slot, 1-w.slot)
			if err == nil || !strings.Contains(err.Error(), d.want) || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: got error %v, want one that says %q", name, err, d.want)
			}
			*d.at = good
		}
	}
	zerocopy.Floats(w.first)[16/4] = notFinite[0]
	if err := w.Seed(w.slot); err == nil || !strings.Contains(err.Error(), "byte 16 ") {
		t.Errorf("seed: got error %v, want one that names byte 16", err)
	}
}
