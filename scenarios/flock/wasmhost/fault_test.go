package wasmhost

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/zerocopy"
)

var notFinite = []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 2e6, -2e6}

// refuses steps w and wants an error that says all of want.
func refuses(t *testing.T, w *testWorld, want ...string) {
	t.Helper()
	err := w.try()
	if err == nil {
		t.Fatalf("a step was taken, want an error that says %q", want)
	}
	for _, text := range want {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("got error %v, want one that says %q", err, text)
		}
	}
}

// spoil puts each bad value into a float and wants the step refused, and taken
// once the float is good again.
func spoil(t *testing.T, w *testWorld, at *float32, want ...string) {
	t.Helper()
	good := *at
	for _, v := range notFinite {
		*at = v
		refuses(t, w, want...)
	}
	*at = good
	if err := w.Step(0, 0, w.slot, 1-w.slot); err != nil {
		t.Errorf("after %v: %v", want, err)
	}
}

// TestBadFramesAndGenesAreRefused spoils one float of each column: of the
// first boid, of one inside, and of one in the last block, which is not full.
func TestBadFramesAndGenesAreRefused(t *testing.T) {
	w := newTestWorld(t, testConfig(37, 8))
	for _, boid := range []int{0, 17, 36} {
		who := fmt.Sprintf("boid %d ", boid)
		for c := range copytax.Column(copytax.Columns) {
			what := "velocity, energy or fitness of "
			if c <= copytax.Z {
				what = "position of "
			}
			spoil(t, w, &w.frame().Col(c)[boid], what+who)
		}
		for c := range copytax.Column(copytax.GenomeColumns) {
			spoil(t, w, &w.genome().Col(c)[boid], "gene of "+who)
		}
	}
}

// TestPaddingIsOfNoConcern fills what lies behind the last boid with NaN.
func TestPaddingIsOfNoConcern(t *testing.T) {
	clean, dirty := newTestWorld(t, testConfig(37, 8)), newTestWorld(t, testConfig(37, 8))
	for c := range copytax.Columns {
		fill(dirty.frame().Data[c*40+37:c*40+40], notFinite[0])
	}
	for c := range copytax.GenomeColumns {
		fill(dirty.genome().Data[c*40+37:c*40+40], notFinite[0])
	}
	clean.tick(t)
	dirty.tick(t)
	if !slices.Equal(clean.frame().Data, dirty.frame().Data) {
		t.Error("the padding of the input changed the output")
	}
}

// TestScratchHasNoMemory fills the scratch with garbage between two steps.
func TestScratchHasNoMemory(t *testing.T) {
	clean, dirty := newTestWorld(t, testConfig(301, 8)), newTestWorld(t, testConfig(301, 8))
	for range 5 {
		clean.tick(t)
		scratch := dirty.scratch()
		for i := range scratch {
			scratch[i] = 0xff
		}
		dirty.tick(t)
	}
	if !slices.Equal(clean.frame().Data, dirty.frame().Data) {
		t.Error("what was left in the scratch changed the output")
	}
}

// TestPositionOutsideTheBoundsIsRefused moves a boid by one ulp.
func TestPositionOutsideTheBoundsIsRefused(t *testing.T) {
	w := newTestWorld(t, testConfig(37, 8))
	y := &w.frame().Col(copytax.Y)[5]
	*y = math.Nextafter32(w.policy.Max[1], 1e9)
	refuses(t, w, "position of boid 5 ")
	*y = math.Nextafter32(w.policy.Min[1], -1)
	refuses(t, w, "position of boid 5 ")
	*y = w.policy.Max[1]
	w.tick(t)
}

// TestBadPoliciesAreRefused spoils each float of a policy, and orders that
// contradict each other.
func TestBadPoliciesAreRefused(t *testing.T) {
	w := newTestWorld(t, testConfig(37, 8))
	block := zerocopy.Floats(w.memory.Policies[0])
	for at := 4; at < policyFloatsEnd/4; at++ {
		spoil(t, w, &block[at], fmt.Sprintf("byte %d ", 4*at))
	}
	for said, twist := range map[string]func(*copytax.Policy){
		"byte 16 ":   func(p *copytax.Policy) { p.Dt = 0 },
		"byte 20 ":   func(p *copytax.Policy) { p.Radius = 0 },
		"byte 84 ":   func(p *copytax.Policy) { p.MinSpeed = p.MaxSpeed + 1 },
		"byte 56 ":   func(p *copytax.Policy) { p.Min[1] = p.Max[1] },
		"byte 104 ":  func(p *copytax.Policy) { p.FitDecay = 1.5 },
		"more cells": func(p *copytax.Policy) { p.Max[2] += 1 },
		"need more":  func(p *copytax.Policy) { p.Radius /= 2 },
	} {
		p := flock.DefaultPolicy(w.cfg)
		twist(&p)
		w.setPolicy(p)
		refuses(t, w, "policy of epoch 0", said)
	}
}

// TestBadDescriptorsAreRefused points the module at memory that is not there,
// not aligned, too small, or declared twice.
func TestBadDescriptorsAreRefused(t *testing.T) {
	w := newTestWorld(t, testConfig(37, 8))
	field := func(at int) int { return int(binary.LittleEndian.Uint32(w.desc[at:])) }
	for name, twist := range map[string]func(){
		"policy outside":   func() { w.desc.put(descPolicy, w.plan.total-255) },
		"genome outside":   func() { w.desc.put(descGenome, w.plan.total) },
		"frame outside":    func() { w.desc.put(descTo, math.MaxUint32-3) },
		"frame misaligned": func() { w.desc.put(descFrom, field(descFrom)+2) },
		"frame nowhere":    func() { w.desc.put(descFrom, 0) },
		"in place":         func() { w.desc.put(descTo, field(descFrom)) },
		"over the genome":  func() { w.desc.put(descTo, field(descGenome)) },
		"scratch short":    func() { w.desc.put(descScratchBytes, field(descScratchBytes)-4) },
		"scratch in frame": func() { w.desc.put(descScratch, field(descFrom)) },
		"too many boids":   func() { w.desc.put(descBoids, 1<<31) },
		"no cells":         func() { w.desc.put(descCells, 0) },
		"too many cells":   func() { w.desc.put(descCells, 1<<30) },
	} {
		t.Run(name, func(t *testing.T) {
			w.aim(0, 0, 0, w.slot, 1-w.slot)
			good := slices.Clone(w.desc)
			twist()
			err := w.do(callStep, 0)
			if err == nil || !strings.Contains(err.Error(), "descriptor") {
				t.Errorf("got error %v, want one about the descriptor", err)
			}
			copy(w.desc, good)
			if err := w.do(callStep, 0); err != nil {
				t.Error(err)
			}
		})
	}
}
