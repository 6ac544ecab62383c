package store

import (
	"errors"
	"fmt"

	"github.com/copytax/copytax/experiment"
)

// surroundings are the environments of the tries of a run, and what the plan's rule
// says of them. What is written is held to it, and what is read: nobody can call a try
// void that the rule does not, nor the other way round.
type surroundings struct {
	rule    *experiment.EnvironmentRule // nil where the plan has none
	earlier []experiment.Environment    // in the order of recording
	due     *experiment.Sample          // the last try, if it was void and is to be repeated
}

// verdict returns why the next try is void if it succeeds in this environment.
func (s *surroundings) verdict(e *experiment.Environment) string {
	if s.rule == nil || e == nil {
		return ""
	}
	return s.rule.Verdict(*e, s.earlier)
}

// surround takes over a try.
func (s *surroundings) surround(first experiment.Sample) {
	if s.due = nil; s.rule != nil && first.Void != "" && first.Repeat < s.rule.Repeats {
		s.due = &first
	}
	if first.Environment != nil {
		s.earlier = append(s.earlier, *first.Environment)
	}
}

// repeat is the trial that is due.
func (l *ledger) repeat() experiment.Trial {
	t := l.trial(*l.due)
	t.Repeat++
	return t
}

// repeats returns why a try is not the repeat that is due.
func (l *ledger) repeats(s experiment.Sample) error {
	if l.due == nil {
		return fmt.Errorf("trial %d, repeat %d: there is no void try before it", s.Trial, s.Repeat)
	}
	if want := l.repeat(); s.Trial != want.Number || s.Attempt != want.Attempt || s.Repeat != want.Repeat {
		return fmt.Errorf("trial %d, repeat %d, where trial %d, repeat %d, is due: the try before was void", s.Trial, s.Repeat, want.Number, want.Repeat)
	}
	return nil
}

// surrounded returns what is wrong with what a try says of its environment. A failed
// try gives no numbers that could be void.
func (s *surroundings) surrounded(samples []experiment.Sample) error {
	first := samples[0]
	for _, other := range samples[1:] {
		if other.Environment != nil || other.Void != first.Void {
			return fmt.Errorf("trial %d: its environment is not on its first line alone, or its lines do not agree on being void", first.Trial)
		}
	}
	want := ""
	if first.Error == "" {
		if want = s.verdict(first.Environment); s.rule != nil && first.Environment == nil {
			return fmt.Errorf("trial %d: it does not say what its environment was, which the plan has a rule for", first.Trial)
		}
	}
	switch {
	case first.Void == want:
		return nil
	case want == "":
		return fmt.Errorf("trial %d is said to be void (%s), which it is not by the plan's rule", first.Trial, first.Void)
	case first.Void == "":
		return fmt.Errorf("trial %d is not said to be void, which it is by the plan's rule: %s", first.Trial, want)
	}
	return fmt.Errorf("trial %d is said to be void because of %q, by the plan's rule it is so because of %q", first.Trial, first.Void, want)
}

// Void returns why the try that is recorded next does not count in this environment by
// the plan's rule, the empty text if it does.
func (r *Run) Void(e *experiment.Environment) string { return r.ledger.verdict(e) }

// Due reports whether the last try that was recorded was void and is to be repeated,
// and as what.
func (r *Run) Due() (experiment.Trial, bool) {
	if r.ledger.due == nil {
		return experiment.Trial{}, false
	}
	return r.ledger.repeat(), true
}

// errUndone says that a run cannot end behind a void try.
var errUndone = errors.New("its last try was void and is to be repeated")
