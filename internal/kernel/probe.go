package kernel

import (
	"context"
	"fmt"
	"slices"
)

// A survey is what the workers of this machine offer.
type survey struct {
	backends    []Backend // in the order of the ladder
	missing     []Missing
	calibration map[string]float64
	ceilings    []Ceiling
	warnings    []string
}

func (s *survey) warn(format string, args ...any) {
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}

func (s *survey) miss(b Backend, reason string) {
	s.missing = append(s.missing, Missing{b.Name, reason})
}

// probe starts every worker that one of the wanted back ends needs and asks what
// it has. A worker that cannot be started, or answers nonsense, is no error: what
// it would have offered is listed as missing.
func (r *Runner) probe(ctx context.Context, l *launcher) (*survey, error) {
	s := &survey{calibration: map[string]float64{}}
	for _, kind := range Kinds() {
		wanted := ofKind(r.Backends, kind)
		// The machine's constants come from the native worker, wanted or not.
		if len(wanted) == 0 && kind != Native {
			continue
		}
		if err := r.ask(ctx, l, s, kind, wanted); err != nil {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			for _, b := range wanted {
				s.miss(b, err.Error())
			}
			if kind == Native {
				s.warn("the machine's limits are not known: %v", err)
			}
		}
	}
	slices.SortStableFunc(s.backends, func(a, b Backend) int { return rank(a.Name) - rank(b.Name) })
	slices.SortStableFunc(s.missing, func(a, b Missing) int { return rank(a.Backend) - rank(b.Backend) })
	return s, nil
}

// ask asks one worker. An error means that it offers nothing.
func (r *Runner) ask(ctx context.Context, l *launcher, s *survey, kind Kind, wanted []Backend) error {
	program := r.program(kind)
	w, err := l.launch(program)
	if err != nil {
		return err
	}
	defer w.close()
	offered, err := w.backends(ctx)
	if err != nil {
		return err
	}
	found := &survey{}
	for _, b := range wanted {
		reason, listed := offered[b.Own]
		switch {
		case !listed && program.Lacks[b.Own] != "":
			found.miss(b, program.Lacks[b.Own])
		case !listed:
			found.miss(b, fmt.Sprintf("the %s worker has no %s for this processor", kind, b.Own))
		case reason != "":
			found.miss(b, reason)
		default:
			found.backends = append(found.backends, b)
		}
	}
	if kind == Native {
		if s.calibration, err = w.calibrate(ctx); err != nil {
			s.warn("the machine's limits are not known: %v", err)
		}
	}
	if err := findCeilings(ctx, w, s, found.backends); err != nil {
		s.warn("not every ceiling is known: %v", err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.backends = append(s.backends, found.backends...)
	s.missing = append(s.missing, found.missing...)
	return nil
}

// findCeilings measures the empirical ceiling of those back ends that have one.
func findCeilings(ctx context.Context, w *worker, s *survey, backends []Backend) error {
	for _, b := range backends {
		if b.Crew || (b.Kind != Native && b.Kind != NativeScalar) {
			continue
		}
		ceiling, err := w.ceiling(ctx, b)
		if err != nil {
			return err
		}
		s.ceilings = append(s.ceilings, ceiling)
	}
	return nil
}

// ceiling repeats the dense world until it has run for long enough to be timed.
func (w *worker) ceiling(ctx context.Context, b Backend) (Ceiling, error) {
	for reps := 1; ; reps *= 4 {
		counts, err := w.dense(ctx, b.Own, reps)
		if err != nil {
			return Ceiling{}, err
		}
		c := Ceiling{b.Name, counts[0], counts[1], counts[2], counts[3]}
		if c.NS == 0 || c.Boids == 0 || c.Candidates < c.Boids || c.Candidates < c.Neighbours {
			return Ceiling{}, fmt.Errorf("%s: dense: %d candidates and %d neighbours of %d boids in %d ns",
				w.kind, c.Candidates, c.Neighbours, c.Boids, c.NS)
		}
		if c.NS >= 4*uint64(shortest) || reps >= 1<<24 {
			return c, nil
		}
	}
}

func (r *Runner) program(kind Kind) Program {
	for _, p := range r.Programs {
		if p.Kind == kind {
			return p
		}
	}
	return Program{Kind: kind, Unavailable: fmt.Sprintf("no %s worker was given", kind)}
}

func ofKind(all []Backend, kind Kind) (list []Backend) {
	for _, b := range all {
		if b.Kind == kind {
			list = append(list, b)
		}
	}
	return list
}

// rank is the place of a back end in the ladder.
func rank(name string) int {
	return slices.IndexFunc(Ladder(), func(b Backend) bool { return b.Name == name })
}
