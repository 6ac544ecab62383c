package wasmhost

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/zerocopy"
)

// What scripts/wasm.sh links the module to: a stack from the bottom of memory
// upwards, and behind it its constants, which are far less than this.
const (
	moduleStack     = 1 << 16
	moduleConstants = 1 << 10
)

// A span is a range of bytes of linear memory.
type span struct{ from, to int }

// pattern is what the byte at an address holds: no float near another makes sense,
// and no word of it is an address or a count.
func pattern(at int) byte { return byte(0x81 + at*37 + at>>8*11) }

// spans of the memory that a call may read, of those that it may write, and of the
// stack, which it leaves to anybody between two calls.
func (w *testWorld) spans(to int) (reads, writes []span) {
	p, l := w.plan, w.plan.layout
	frame := 4 * copytax.Columns * copytax.Stride(w.model.Boids)
	genome := 4 * copytax.GenomeColumns * copytax.Stride(w.model.Boids)
	scratch := span{p.scratch, p.scratch + scratchBytes(w.model.Boids, w.model.Cells(), 1)}
	block := func(start, size int) span { return span{start, start + size} }
	reads = []span{
		{moduleStack, moduleStack + moduleConstants},
		block(p.desc, descBytes), block(p.policy, copytax.PolicyBytes),
		block(p.orders+l.PolicyOffset(0), copytax.PolicyBytes),
		block(p.orders+l.GenomeOffset(0), genome),
		block(p.frames+l.FrameOffset(w.slot), frame),
	}
	writes = []span{
		{0, moduleStack}, block(p.desc+descNeighbours, 8), block(p.desc+descCulprit, 4),
		scratch, block(p.frames+l.FrameOffset(to), frame),
	}
	return reads, writes
}

// paint fills all memory but spans with the pattern.
func paint(memory []byte, spans []span) {
	kept := slices.Clone(memory)
	for i := range memory {
		memory[i] = pattern(i)
	}
	for _, s := range spans {
		copy(memory[s.from:s.to], kept[s.from:s.to])
	}
}

// trespass returns the first byte outside of spans that differs from what it was.
func trespass(memory, before []byte, spans []span) (at int, found bool) {
	now := slices.Clone(memory)
	for _, s := range spans {
		copy(now[s.from:s.to], before[s.from:s.to])
	}
	if bytes.Equal(now, before) {
		return 0, false
	}
	for now[at] == before[at] {
		at++
	}
	return at, true
}

// inBounds calls f with all other memory painted, and wants nothing written but what
// the descriptor declares.
func (w *testWorld) inBounds(t *testing.T, what string, to int, f func() error, wantError bool) {
	t.Helper()
	reads, writes := w.spans(to)
	paint(w.all, reads)
	w.desc.put(descRenumber, 0) // fields that a call is prepared by
	w.aim(0, 0, 0, w.slot, to)
	before := slices.Clone(w.all)
	if err := f(); (err != nil) != wantError {
		t.Fatalf("%s: got error %v, want one: %v", what, err, wantError)
	}
	w.desc.put(descRenumber, 0)
	w.aim(0, 0, 0, w.slot, to)
	if at, found := trespass(w.all, before, writes); found {
		t.Errorf("%s: byte %d of %d was written; the plan is %+v", what, at, len(w.all), w.plan)
	}
	depth := moduleStack
	for depth > 0 && w.all[moduleStack-depth] == pattern(moduleStack-depth) {
		depth--
	}
	if depth > moduleStack/2 {
		t.Errorf("%s: %d bytes of stack, want at most half of %d", what, depth, moduleStack)
	}
	t.Logf("%s: %d bytes of stack", what, depth)
}

// TestCallsStayInTheirRanges paints every byte of linear memory that a call has no
// business with: the gaps between the ranges, the orders of the other parity, the
// space below the stack, and what a call may write anyway. Afterwards only that may
// differ. Inputs are among what must not.
func TestCallsStayInTheirRanges(t *testing.T) {
	for _, dimensions := range []int{2, 3} {
		for _, boids := range []int{0, 1, 37, 1000, 2600} {
			cfg := testConfig(boids, 8)
			if boids == 2600 {
				cfg.Neighbours = 2600 // more candidates than the engine collects at a time
			}
			m := flock.ModelOf(cfg)
			m.Dimensions = dimensions
			w := newModelTestWorld(t, m)
			w.tick(t)
			what, from, to := fmt.Sprintf("%d boids in %d dimensions", boids, dimensions), w.slot, 1-w.slot
			w.inBounds(t, what+", step", to, func() error { return w.Step(0, 0, from, to) }, false)
			w.inBounds(t, what+", renumber", to, func() error { return w.Renumber(0, 0, from, to) }, false)
			w.inBounds(t, what+", sort", to, func() error { return w.Sort(0, 0, from, to) }, false)
			w.inBounds(t, what+", perceive", to, func() error { return w.Perceive(0, 0, from, to) }, false)
			w.inBounds(t, what+", hash", to, func() error { _, err := w.GenomeHash(0); return err }, false)
			if boids > 0 {
				w.genome().Col(copytax.GeneGoal)[boids-1] = notFinite[0]
				w.inBounds(t, what+", refused", to, func() error { return w.Step(0, 0, from, to) }, true)
			}
			w.Close()
		}
	}
}

// TestTrespassIsSeen shows that a write beside a frame would be found.
func TestTrespassIsSeen(t *testing.T) {
	w := newTestWorld(t, testConfig(37, 8))
	reads, writes := w.spans(1 - w.slot)
	paint(w.all, reads)
	before := slices.Clone(w.all)
	for _, s := range writes {
		for _, at := range []int{s.from - 1, s.to} {
			if at < 0 || at >= len(w.all) {
				continue
			}
			w.all[at]++
			if got, found := trespass(w.all, before, writes); !found || got != at {
				t.Errorf("a write at %d was not seen", at)
			}
			w.all[at]--
		}
	}
	if len(w.all)%zerocopy.PageBytes != 0 {
		t.Errorf("a memory of %d bytes is no whole number of pages", len(w.all))
	}
}
