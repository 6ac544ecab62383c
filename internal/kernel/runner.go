package kernel

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/copytax/copytax/scenarios/flock"
)

const (
	warmUp  = 60 // ticks before the first round: a flock has formed
	between = 7  // ticks before each round: prime to a generation, so that the age of the numbering varies

	shortest = 20 * time.Millisecond // of a timing that can be trusted
	usual    = 35 * time.Millisecond // what a timing is made to last
	heating  = 60 * time.Millisecond // for which a phase runs before it is timed
	mostReps = 1 << 24

	busy = 0.7 // load average before a run from which on it is worth a warning
)

// A Runner measures. Its fields must not change while it runs.
type Runner struct {
	Programs []Program
	Backends []Backend // wanted
	Worlds   []World
	Rounds   int
	Threads  int    // for back ends that use several
	Seed     uint64 // of the order of timings
	Referee  func(flock.Model) (Referee, error)
	Progress Progress
	// Save is called with the results so far after each world; nil for nobody.
	Save func(*Results) error
}

// Progress hears what a runner is doing.
type Progress interface {
	// Doing is called before each piece of work, of which there are total.
	Doing(done, total int, what string)
}

// Run measures every back end on every world and adds what it finds to results,
// whose plan and machine the caller has described. What cannot run here and what
// fails is in the results and is no error; the error is for a run that gives
// nothing, or was interrupted. No process is left when it returns.
func (r *Runner) Run(ctx context.Context, results *Results) error {
	l := newLauncher()
	defer l.close()
	r.Progress.Doing(0, r.pieces(), "the machine")
	found, err := r.probe(ctx, l)
	if err != nil {
		return err
	}
	results.describe(r, found)
	if len(found.backends) == 0 {
		return noBackends(found.missing)
	}
	for i, world := range r.Worlds {
		s := &stage{runner: r, launcher: l, world: world, results: results, active: slices.Clone(found.backends),
			dice: rand.New(rand.NewPCG(r.Seed, uint64(i))), done: 1 + i*(r.Rounds+1)}
		if err := s.play(ctx); err != nil {
			return fmt.Errorf("world %s: %w", world.Name, err)
		}
		results.Complete = i+1 == len(r.Worlds)
		results.Finished = time.Now().UTC().Truncate(time.Second)
		if r.Save != nil {
			if err := r.Save(results); err != nil {
				return err
			}
		}
	}
	return nil
}

// pieces is how often Progress hears of something.
func (r *Runner) pieces() int { return 1 + len(r.Worlds)*(r.Rounds+1) }

// describe notes what the probe found. Lists are empty rather than absent.
func (res *Results) describe(r *Runner, s *survey) {
	res.Format, res.Rounds, res.WarmUp, res.Between = format, r.Rounds, warmUp, between
	res.Threads, res.Seed, res.Calibration = r.Threads, r.Seed, s.calibration
	res.Backends, res.Worlds, res.Failures = []string{}, []Measured{}, []Failure{}
	res.Missing = append([]Missing{}, s.missing...)
	res.Warnings = append([]string{}, s.warnings...)
	if load := res.Machine.LoadAverage[0]; load > busy {
		res.Warnings = append(res.Warnings, fmt.Sprintf(
			"other programs shared the processors: the load average of the minute before was %.1f", load))
	}
	res.Ceilings = append([]Ceiling{}, s.ceilings...)
	for _, b := range s.backends {
		res.Backends = append(res.Backends, b.Name)
	}
}

func noBackends(missing []Missing) error {
	err := errors.New("no back end can run here")
	for _, m := range missing {
		err = fmt.Errorf("%w; %s: %s", err, m.Backend, m.Reason)
	}
	return err
}
