package kernel

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// A stage is one world with all workers on it.
type stage struct {
	runner   *Runner
	launcher *launcher
	world    World
	results  *Results
	dice     *rand.Rand
	done     int // pieces of work before this world

	workers []*worker
	active  []Backend // those without a failure, in the order of the ladder
	referee Referee
	tick    int
	reps    map[act]int
}

// An act is what can be timed.
type act struct {
	backend string
	phase   Phase
}

// play measures the world. A back end that fails leaves the stage and the others
// go on; the error is for what concerns all of them.
func (s *stage) play(ctx context.Context) (err error) {
	s.doing(0, "warming up")
	if s.referee, err = s.runner.Referee(s.world.Model); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.referee.Close()) }()
	defer s.close()
	s.enter(ctx)
	measured := describeWorld(s.world)
	if err := s.prepare(ctx); err != nil {
		return err
	}
	for round := range s.runner.Rounds {
		if len(s.active) == 0 {
			break // each of them is among the failures
		}
		s.doing(1+round, fmt.Sprintf("round %d", round+1))
		census, err := s.round(ctx, round)
		if err != nil {
			return err
		}
		measured.Rounds = append(measured.Rounds, census)
	}
	s.results.Worlds = append(s.results.Worlds, measured)
	return nil
}

func describeWorld(w World) Measured {
	m := w.Model
	d := Measured{
		Name: w.Name, Series: w.Series, Source: w.Source, Differences: w.Differences, Boids: m.Boids,
		Dimensions: m.Dimensions, Seed: m.Seed, Radius: m.Policy.Radius, Cells: m.Cells(), Policy: policyHex(m),
	}
	for axis := range m.Dimensions {
		d.Edges[axis] = m.Policy.Max[axis] - m.Policy.Min[axis]
	}
	return d
}

func (s *stage) doing(piece int, what string) {
	s.runner.Progress.Doing(s.done+piece, s.runner.pieces(), s.world.Name+": "+what)
}

// enter starts a fresh worker of each kind that is needed, so that no world is
// measured by a compiler that another one has taught.
func (s *stage) enter(ctx context.Context) {
	for _, kind := range Kinds() {
		if len(ofKind(s.active, kind)) == 0 {
			continue
		}
		w, err := s.launcher.launch(s.runner.program(kind))
		if err != nil {
			s.dropKind(kind, err)
			continue
		}
		s.workers = append(s.workers, w)
	}
	s.each(func(w *worker) error { return w.make(ctx, s.world, s.runner.Threads) })
}

func (s *stage) close() {
	for _, w := range s.workers {
		w.close()
	}
}

// each does something with all workers at once, and drops those that fail.
func (s *stage) each(do func(*worker) error) {
	failed := make([]error, len(s.workers))
	var all sync.WaitGroup
	for i, w := range s.workers {
		all.Go(func() { failed[i] = do(w) })
	}
	all.Wait()
	for i, w := range slices.Clone(s.workers) {
		if failed[i] != nil {
			s.dropKind(w.kind, failed[i])
		}
	}
}

// dropKind ends a worker and takes its back ends off the stage.
func (s *stage) dropKind(kind Kind, why error) {
	for _, b := range ofKind(s.active, kind) {
		s.drop(b, why)
	}
	s.workers = slices.DeleteFunc(s.workers, func(w *worker) bool {
		if w.kind != kind {
			return false
		}
		w.p.kill() // nothing is expected of it any more
		w.close()
		return true
	})
}

// drop takes a back end off the stage. After a refusal its worker can still be
// asked for others.
func (s *stage) drop(b Backend, why error) {
	reason := strings.Join(strings.Fields(why.Error()), " ")
	s.results.Failures = append(s.results.Failures, Failure{s.world.Name, b.Name, reason})
	s.active = slices.DeleteFunc(s.active, func(a Backend) bool { return a.Name == b.Name })
}

// blame drops the back end, or all of its worker when that can be asked no more.
func (s *stage) blame(b Backend, err error) {
	var refused refusal
	if errors.As(err, &refused) || errors.Is(err, errWrong) {
		s.drop(b, err)
		return
	}
	s.dropKind(b.Kind, err)
}

// errWrong is a back end that computed something else.
var errWrong = errors.New("it computed another world")

func (s *stage) worker(kind Kind) *worker {
	i := slices.IndexFunc(s.workers, func(w *worker) bool { return w.kind == kind })
	if i < 0 {
		return nil
	}
	return s.workers[i]
}

// prepare brings all workers to the first round, holds every back end to the
// referee's digest, and finds how often each has to run.
func (s *stage) prepare(ctx context.Context) error {
	if _, err := s.advance(ctx, warmUp); err != nil {
		return err
	}
	want, _, err := s.referee.Digest()
	if err != nil {
		return fmt.Errorf("referee: %w", err)
	}
	s.reps = map[act]int{}
	for _, b := range slices.Clone(s.active) {
		if s.worker(b.Kind) == nil {
			continue // it died meanwhile, with another back end
		}
		err := s.examine(ctx, b, want)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			s.blame(b, err)
		}
	}
	return nil
}

// advance plays ticks everywhere. Workers whose world is not the referee's leave.
func (s *stage) advance(ctx context.Context, ticks int) (state, error) {
	var want state
	var err error
	var play sync.WaitGroup
	got := map[Kind]state{}
	var mu sync.Mutex
	play.Go(func() { want.Chain, want.Neighbours, err = s.referee.Advance(ticks) })
	s.each(func(w *worker) error {
		st, err := w.advance(ctx, ticks)
		mu.Lock()
		defer mu.Unlock()
		got[w.kind] = st
		return err
	})
	play.Wait()
	s.tick += ticks
	if ctx.Err() != nil {
		return want, context.Cause(ctx)
	}
	if err != nil {
		return want, fmt.Errorf("referee: %w", err)
	}
	for _, w := range slices.Clone(s.workers) {
		if st := got[w.kind]; st != want {
			s.dropKind(w.kind, fmt.Errorf("%w: at tick %d the chain of the %s worker is %016x with %d neighbours, the referee's %016x with %d",
				errWrong, s.tick, w.kind, st.Chain, st.Neighbours, want.Chain, want.Neighbours))
		}
	}
	return want, nil
}

// examine compares a back end's digest and runs each of its phases for a while.
func (s *stage) examine(ctx context.Context, b Backend, want uint64) error {
	w := s.worker(b.Kind)
	got, err := w.digest(ctx, b.Own)
	if err != nil {
		return err
	}
	if got != want && !b.Inexact {
		return fmt.Errorf("%w: the digest of %s after tick %d is %016x, want %016x", errWrong, b.Name, s.tick+1, got, want)
	}
	for _, phase := range Phases() {
		if s.reps[act{b.Name, phase}], err = tune(ctx, w, b.Own, phase); err != nil {
			return err
		}
	}
	return nil
}

// tune returns how many runs of a phase last about as long as a timing should.
// By then the phase has run for long enough for a compiler to have seen it.
func tune(ctx context.Context, w *worker, own string, phase Phase) (int, error) {
	reps, spent := 1, time.Duration(0)
	for {
		ns, _, err := w.time(ctx, own, phase, reps)
		if err != nil {
			return 0, err
		}
		took := time.Duration(ns)
		spent += took
		next := int(max(1, min(mostReps, float64(reps)*float64(usual)/float64(took))))
		if (took >= shortest && spent >= heating) || reps >= mostReps {
			return next, nil
		}
		reps = min(next, 8*reps) // one cold run says little about a thousand
	}
}

// round plays on a little and times every act once, in random order.
func (s *stage) round(ctx context.Context, round int) (Census, error) {
	st, err := s.advance(ctx, between)
	if err != nil {
		return Census{}, err
	}
	_, neighbours, err := s.referee.Digest()
	if err != nil {
		return Census{}, fmt.Errorf("referee: %w", err)
	}
	census := Census{s.tick, fmt.Sprintf("%016x", st.Chain), neighbours, s.referee.Candidates()}
	var acts []act
	for _, b := range s.active {
		for _, phase := range Phases() {
			acts = append(acts, act{b.Name, phase})
		}
	}
	s.dice.Shuffle(len(acts), func(i, j int) { acts[i], acts[j] = acts[j], acts[i] })
	for _, a := range acts {
		if err := s.measure(ctx, round, a, census); err != nil {
			return census, err
		}
	}
	return census, nil
}

// measure times one act, unless its back end has failed since.
func (s *stage) measure(ctx context.Context, round int, a act, census Census) error {
	i := slices.IndexFunc(s.active, func(b Backend) bool { return b.Name == a.backend })
	if i < 0 {
		return nil
	}
	b, reps := s.active[i], s.reps[a]
	ns, neighbours, err := s.worker(b.Kind).time(ctx, b.Own, a.phase, reps)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err == nil && a.phase != Sort && !b.Inexact {
		err = census.agree(b, neighbours)
	}
	if err != nil {
		s.blame(b, err)
		return nil
	}
	s.results.Timings = append(s.results.Timings, Timing{s.world.Name, round, a.backend, a.phase, reps, ns, neighbours})
	return nil
}

// agree holds a back end to the neighbours that the referee found. The digest has
// shown that it can find them; this shows that it still looked for them.
func (c Census) agree(b Backend, neighbours uint64) error {
	if neighbours != c.Neighbours {
		return fmt.Errorf("%w: at tick %d %s found %d neighbours, the referee %d", errWrong, c.Tick, b.Name, neighbours, c.Neighbours)
	}
	return nil
}
