package flock_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/scenarios/flock/wasmhost"
	"github.com/copytax/copytax/zerocopy"
)

// A fakeLink is an engine's link without a carrier: it writes the policy of
// each epoch itself and hands out the slots in turn. Its knobs break one
// promise each.
type fakeLink struct {
	cfg       copytax.Config
	memory    *copytax.EngineMemory
	calls     []string
	published []uint64

	staleEpoch bool                                  // leave the policy of the epoch before
	loan       func(epoch uint64) (f *copytax.Frame) // in place of the slot in turn
}

var errNoMap = errors.New("no hub")

func (l *fakeLink) Bind(m *copytax.EngineMemory) error {
	l.memory = m
	l.calls = append(l.calls, "bind")
	return nil
}

func (l *fakeLink) AcquirePolicy(epoch uint64) (uint64, error) {
	generation := epoch / copytax.GenerationTicks
	p := flock.DefaultPolicy(l.cfg)
	p.Epoch, p.Generation = epoch, generation
	if l.staleEpoch {
		p.Epoch--
	}
	p.Put(l.memory.Policies[epoch%2])
	if epoch%copytax.GenerationTicks == 0 {
		flock.NewPool(l.cfg.Boids, generation).Seed(l.memory.Genomes[generation%2])
	}
	return generation, nil
}

func (l *fakeLink) LoanFrame(epoch uint64) (*copytax.Frame, error) {
	if l.loan != nil {
		return l.loan(epoch), nil
	}
	return l.memory.Frames[epoch%uint64(l.cfg.Slots)], nil
}

func (l *fakeLink) PublishFrame(f *copytax.Frame) error {
	l.published = append(l.published, f.Epoch)
	return nil
}

func (l *fakeLink) Close() error { return nil }

// A fakeMapper is a fakeLink whose hub is to lie in the engine's memory.
type fakeMapper struct {
	fakeLink
	orders, frames []byte
	failFrames     bool
}

func (m *fakeMapper) MapOrders(at []byte) error {
	m.orders = at
	m.calls = append(m.calls, "orders")
	return nil
}

func (m *fakeMapper) MapFrames(at []byte) error {
	m.frames = at
	m.calls = append(m.calls, "frames")
	if m.failFrames {
		return errNoMap
	}
	return nil
}

func newTestEngine(t *testing.T, link *fakeLink) copytax.Actor {
	t.Helper()
	e, err := flock.New(wasmhost.Open).NewEngine(copytax.Env{Config: link.cfg}, link)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func engineConfig() copytax.Config {
	return copytax.Config{Boids: 50, Neighbours: 8, Mode: copytax.ConstantDensity, Seed: 42, Slots: 3}
}

// TestEngineTicks follows an engine over a change of genome and compares its
// last frame with that of a world stepped by hand.
func TestEngineTicks(t *testing.T) {
	link := &fakeLink{cfg: engineConfig()}
	e := newTestEngine(t, link)
	const ticks = copytax.GenerationTicks + 5
	for epoch := range uint64(ticks) {
		if err := e.Tick(epoch); err != nil {
			t.Fatal(err)
		}
	}
	if len(link.published) != ticks || !slices.IsSorted(link.published) || link.published[ticks-1] != ticks-1 {
		t.Errorf("published epochs %v, want 0 to %d", link.published, ticks-1)
	}
	w := byHand(t, link.cfg, ticks)
	if got, want := link.memory.Frames[(ticks-1)%3].Data, w.Memory().Frames[(ticks-1)%3].Data; !slices.Equal(got, want) {
		t.Error("the engine stepped another world than its link asked for")
	}
	checkEvidence(t, e, w)
}

// byHand steps the world that a fakeLink asks for without an engine.
func byHand(t *testing.T, cfg copytax.Config, ticks int) flock.World {
	t.Helper()
	w, err := wasmhost.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	p := flock.DefaultPolicy(cfg)
	p.Put(w.Memory().Policies[0])
	from := cfg.Slots - 1
	err = w.Seed(from)
	for tick := range ticks {
		step, to := w.Step, tick%cfg.Slots
		if tick%copytax.GenerationTicks == 0 {
			flock.NewPool(cfg.Boids, uint64(tick/copytax.GenerationTicks)).Seed(w.Memory().Genomes[0])
			step = w.Renumber
		}
		err = errors.Join(err, step(0, 0, from, to))
		from = to
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func checkEvidence(t *testing.T, e copytax.Actor, w flock.World) {
	t.Helper()
	evidence, err := e.Evidence()
	if err != nil {
		t.Fatal(err)
	}
	hash, err := w.GenomeHash(0)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%016x", hash); evidence.Genome != want {
		t.Errorf("genome %s, want %s", evidence.Genome, want)
	}
	if want := float64(w.Neighbours()) / float64(engineConfig().Boids); evidence.MeanNeighbours != want || want == 0 {
		t.Errorf("mean neighbours %v, want %v, not 0", evidence.MeanNeighbours, want)
	}
}

func TestEngineMapsBeforeItBinds(t *testing.T) {
	link := &fakeMapper{fakeLink: fakeLink{cfg: engineConfig()}}
	e, err := flock.New(wasmhost.Open).NewEngine(copytax.Env{Config: link.cfg}, link)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if want := []string{"orders", "frames", "bind"}; !slices.Equal(link.calls, want) {
		t.Errorf("calls %v, want %v", link.calls, want)
	}
	layout := zerocopy.Layout{Boids: link.cfg.Boids, Slots: link.cfg.Slots}
	if len(link.orders) != layout.OrdersBytes() || len(link.frames) != layout.FramesBytes() {
		t.Errorf("regions of %d and %d bytes, want %d and %d",
			len(link.orders), len(link.frames), layout.OrdersBytes(), layout.FramesBytes())
	}
	if &link.memory.Frames[0].Data[0] != &layout.Frame(link.frames, 0).Data[0] {
		t.Error("the frames bound are not those mapped")
	}
}

func TestEngineReportsAFailedMap(t *testing.T) {
	link := &fakeMapper{fakeLink: fakeLink{cfg: engineConfig()}, failFrames: true}
	if _, err := flock.New(wasmhost.Open).NewEngine(copytax.Env{Config: link.cfg}, link); !errors.Is(err, errNoMap) {
		t.Errorf("got error %v, want %v", err, errNoMap)
	}
}

func TestEngineHoldsItsLinkToItsPromises(t *testing.T) {
	for said, spoil := range map[string]func(*fakeLink){
		"holds the policy of epoch": func(l *fakeLink) { l.staleEpoch = true },
		"previous frame is in slot 2": func(l *fakeLink) {
			l.loan = func(uint64) *copytax.Frame { return l.memory.Frames[2] }
		},
		"loaned slot 3 of 3": func(l *fakeLink) {
			l.loan = func(uint64) *copytax.Frame { return &copytax.Frame{Slot: 3} }
		},
		"is not the engine's memory": func(l *fakeLink) {
			l.loan = func(uint64) *copytax.Frame { return copytax.NewFrame(50) }
		},
	} {
		link := &fakeLink{cfg: engineConfig()}
		e := newTestEngine(t, link)
		spoil(link)
		if err := e.Tick(0); err == nil || !strings.Contains(err.Error(), said) {
			t.Errorf("got error %v, want one that says %q", err, said)
		}
		if len(link.published) != 0 {
			t.Errorf("%s: a frame was published", said)
		}
	}
}

func TestEngineNeedsABoid(t *testing.T) {
	link := &fakeLink{}
	if _, err := flock.New(wasmhost.Open).NewEngine(copytax.Env{Config: link.cfg}, link); err == nil {
		t.Error("an engine without boids was made")
	}
}

func TestEngineWithoutATickHasNoEvidence(t *testing.T) {
	e := newTestEngine(t, &fakeLink{cfg: engineConfig()})
	if got, err := e.Evidence(); err != nil || !reflect.DeepEqual(got, copytax.Evidence{}) {
		t.Errorf("got %+v, %v before the first tick", got, err)
	}
}
