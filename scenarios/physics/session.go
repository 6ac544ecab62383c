package physics

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/physics/worker"
)

const (
	warmUp  = 60 // ticks before the first block: a flock has formed
	between = 7  // ticks from block to block: prime to a generation, so that the age of the numbering varies

	shortest = 20 * time.Millisecond // of a timing that can be trusted
	usual    = 35 * time.Millisecond // what a timing is made to last
	heating  = 60 * time.Millisecond // for which a phase runs before it is timed
	mostReps = 1 << 24
)

// tickOf is the tick at which a world is measured in a block.
func tickOf(block int) int { return warmUp + (block+1)*between }

// errWrong is a back end that computed something else.
var errWrong = errors.New("it computed another world")

// A session is one world in one block, with a fresh worker of each kind on it, so
// that no world is measured by a compiler that another one has taught.
type session struct {
	setup    setup
	lab      *lab.Lab
	world    world
	backends map[string]backend // of its cells, by name
	members  map[Kind]*member
	begun    bool
	referred chan struct{} // closed once truth is known
	truth    truth
}

// A member is the worker of a kind. It is nil when the last one has died, and when
// err says why there is none.
type member struct {
	*client
	err error
}

// A state is what a world has come to.
type state struct {
	chain      uint64 // FNV-1a over all frames since the first
	neighbours uint64 // of all boids together in the last tick
}

// A truth is what the reference found.
type truth struct {
	tick       int
	last       state   // after it, as an advance of the world gives it
	digest     uint64  // of the step that is timed
	neighbours uint64  // in it
	candidates float64 // boids in the cells around a boid, itself included: the mean
}

// Reference implements [experiment.Referenced].
func (s *session) Reference(ctx context.Context, t experiment.Trial) (map[string]string, error) {
	if err := s.begin(ctx, t.Block); err != nil {
		return nil, err
	}
	return s.truth.evidence(), nil
}

func (t *truth) evidence() map[string]string {
	return map[string]string{"chain": fmt.Sprintf("%016x", t.last.chain)}
}

// begin brings the reference and one worker of each kind to the tick of the block,
// all at once. A reference that fails fails the trial, and the next one begins anew.
func (s *session) begin(ctx context.Context, block int) error {
	if s.begun {
		return nil
	}
	s.truth.tick, s.referred = tickOf(block), make(chan struct{})
	var all sync.WaitGroup
	for kind, m := range s.members {
		all.Go(func() { m.client, m.err = s.enter(ctx, kind) })
	}
	err := s.refer(ctx)
	close(s.referred)
	all.Wait()
	if err != nil {
		s.lab.Clear()
		return fmt.Errorf("reference: %w", err)
	}
	s.begun = true
	return nil
}

// refer steps the world in this process, with the module of the engine, which the
// golden worlds hold to its bits. How fast it is stands in no result.
func (s *session) refer(ctx context.Context) error {
	w, err := worker.Open(s.world.Model, 1)
	if err != nil {
		return err
	}
	defer w.Close()
	for range s.truth.tick {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if s.truth.last.chain, s.truth.last.neighbours, err = w.Advance(1); err != nil {
			return err
		}
	}
	if s.truth.candidates, err = w.Candidates(); err != nil {
		return err
	}
	s.truth.digest, s.truth.neighbours, err = w.Digest(worker.Engine)
	return err
}

// enter starts a worker and brings it to the tick. It sends one away whose world is
// not the reference's.
func (s *session) enter(ctx context.Context, kind Kind) (*client, error) {
	c, err := s.setup.start(ctx, s.lab, kind)
	if err != nil {
		return nil, err
	}
	m := s.world.Model
	_, err = c.numbers(ctx, nil, "world %d %d %d %s %d", m.Boids, m.Dimensions, m.Seed, policyHex(m), s.setup.threads)
	var at []uint64
	if err == nil {
		at, err = c.numbers(ctx, []int{hash, count}, "advance %d", s.truth.tick)
	}
	<-s.referred
	if want := s.truth.last; err == nil && (state{at[0], at[1]}) != want {
		err = fmt.Errorf("%w: at tick %d the chain of the %s worker is %016x with %d neighbours, the reference's %016x with %d",
			errWrong, s.truth.tick, kind, at[0], at[1], want.chain, want.neighbours)
	}
	if err != nil {
		c.p.Kill()
		return nil, err
	}
	return c, nil
}

// worker returns the worker of a kind, a new one where the last has died. A death
// is told once; one that computes another world would do so again.
func (s *session) worker(ctx context.Context, kind Kind) (*client, error) {
	m := s.members[kind]
	if m.client == nil && m.err == nil {
		m.client, m.err = s.enter(ctx, kind)
	}
	err := m.err
	if !errors.Is(err, errWrong) {
		m.err = nil
	}
	return m.client, err
}

// Measure implements [experiment.Session]. A back end that computes another world
// is not timed. After anything but a refusal its worker is not asked again.
func (s *session) Measure(ctx context.Context, t experiment.Trial) ([]experiment.Sample, error) {
	if err := s.begin(ctx, t.Block); err != nil {
		return nil, err
	}
	b := s.backends[t.Of.Factors[Backend]]
	c, err := s.worker(ctx, b.Kind)
	if err != nil {
		return nil, err
	}
	metrics, err := s.measure(ctx, c, b, t)
	if err != nil {
		if refused := (refusal{}); !errors.As(err, &refused) && !errors.Is(err, errWrong) {
			c.p.Kill()
			s.members[b.Kind].client = nil
		}
		return nil, err
	}
	return []experiment.Sample{{Worker: b.Name, PID: c.p.PID(), Metrics: metrics, Evidence: s.truth.evidence()}}, nil
}

// measure holds a back end to the world and times its phases in random order.
func (s *session) measure(ctx context.Context, c *client, b backend, t experiment.Trial) (map[string]float64, error) {
	metrics := map[string]float64{"tick": float64(s.truth.tick), "candidates": s.truth.candidates}
	check := s.compare
	if b.Shader {
		check = s.judge
	}
	if err := check(ctx, c, b, t, metrics); err != nil {
		return nil, err
	}
	reps, phases := map[worker.Phase]int{}, b.phases()
	for _, phase := range phases {
		var err error
		if reps[phase], err = tune(ctx, c, b.Own, phase); err != nil {
			return nil, err
		}
	}
	rand.New(rand.NewPCG(t.Seed, 0)).Shuffle(len(phases), func(i, j int) { phases[i], phases[j] = phases[j], phases[i] })
	for _, phase := range phases {
		if err := s.time(ctx, c, b, phase, reps[phase], metrics); err != nil {
			return nil, err
		}
	}
	return metrics, nil
}

// compare holds a back end to the digest of the step that is timed.
func (s *session) compare(ctx context.Context, c *client, b backend, _ experiment.Trial, _ map[string]float64) error {
	digest, err := c.numbers(ctx, []int{hash}, "digest %s", b.Own)
	if err != nil {
		return err
	}
	if got, want := digest[0], s.truth.digest; got != want && !b.Inexact {
		return fmt.Errorf("%w: the digest of %s after tick %d is %016x, want %016x", errWrong, b.Name, s.truth.tick+1, got, want)
	}
	return nil
}

// time times a phase into metrics, and holds the back end to the neighbours that the
// reference found. The digest has shown that it can find them; this shows that it
// still looked for them.
func (s *session) time(ctx context.Context, c *client, b backend, phase worker.Phase, reps int, metrics map[string]float64) error {
	took, neighbours, err := c.time(ctx, b.Own, phase, reps)
	if err != nil {
		return err
	}
	metrics[string(phase)+"_ns"], metrics[string(phase)+"_runs"] = float64(took), float64(reps)
	if phase == worker.Sort {
		return nil
	}
	metrics["neighbours"] = float64(neighbours)
	if want := s.truth.neighbours; neighbours != want && (!b.Inexact || b.Shader) {
		return fmt.Errorf("%w: at tick %d %s found %d neighbours, the reference %d", errWrong, s.truth.tick, b.Name, neighbours, want)
	}
	return nil
}

// tune returns how many runs of a phase last about as long as a timing should.
// By then the phase has run for long enough for a compiler to have seen it.
func tune(ctx context.Context, c *client, own string, phase worker.Phase) (int, error) {
	reps, spent := 1, time.Duration(0)
	for {
		took, _, err := c.time(ctx, own, phase, reps)
		if err != nil {
			return 0, err
		}
		spent += took
		next := int(max(1, min(mostReps, float64(reps)*float64(usual)/float64(took))))
		if (took >= shortest && spent >= heating) || reps >= mostReps {
			return next, nil
		}
		reps = min(next, 8*reps) // one cold run says little about a thousand
	}
}

// Close implements [experiment.Session].
func (s *session) Close() error {
	for _, m := range s.members {
		if m.client != nil {
			m.leave()
		}
	}
	return nil
}
