package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/copytax/copytax/experiment"
)

// A ledger knows which trial of a plan may be recorded next. What is written is
// held to it, and what is read.
//
// All trials are run once, in the plan's order, before failed ones are run again;
// those are in the plan's order too. So attempts of one number ascend by trial,
// and a line that was moved, left out or added shows. A void try is followed by its
// repeat at once.
type ledger struct {
	order []experiment.Trial // by number
	own   bool               // the order is that of the lines
	cells []experiment.Cell
	size  int  // trials of the plan, with the rounds that it has
	grows bool // there will be another round, or the end of them
	begun int  // trials with an attempt
	last  map[int]experiment.Sample
	again map[int]int    // highest trial by number of attempt, from 1
	taken map[[2]int]int // trial by block and cell, in an own order
	surroundings
}

func newLedger(m Manifest) *ledger {
	l := &ledger{
		own: m.Converted != nil && m.Converted.OwnOrder, cells: m.Plan.Cells, size: m.Plan.Blocks * len(m.Plan.Cells), grows: !m.Plan.Ended(),
		last: map[int]experiment.Sample{}, again: map[int]int{}, taken: map[[2]int]int{},
		surroundings: surroundings{rule: m.Plan.Environment},
	}
	if !l.own {
		l.extend(m.Plan)
	}
	return l
}

// extend takes over the rounds that a plan has got.
func (l *ledger) extend(p experiment.Plan) {
	l.order, l.grows = p.Order(), !p.Ended()
	l.size = len(l.order)
}

// add takes over an attempt. An error says why it cannot stand where it does; it
// is taken over all the same, so that those behind it are not blamed for it.
func (l *ledger) add(samples []experiment.Sample) error {
	s, err := samples[0], l.check(samples)
	if s.Trial >= l.size {
		return err
	}
	if s.Attempt == 0 {
		l.begun = max(l.begun, s.Trial+1)
	} else {
		l.again[s.Attempt] = max(l.again[s.Attempt], s.Trial)
	}
	if l.own && s.Trial == len(l.order) {
		l.order = append(l.order, experiment.Trial{Number: s.Trial, Block: s.Block, Cell: s.Cell, Of: l.cells[s.Cell]})
		l.taken[[2]int{s.Block, s.Cell}] = s.Trial
	}
	l.last[s.Trial] = s
	l.surround(s)
	return err
}

// check returns why an attempt cannot stand behind those that were added.
func (l *ledger) check(samples []experiment.Sample) error {
	s := samples[0]
	if s.Trial >= l.size {
		return fmt.Errorf("trial %d: the plan has %d trials", s.Trial, l.size)
	}
	return errors.Join(l.place(s), l.identity(samples), l.surrounded(samples))
}

// place checks that an attempt is the next one.
func (l *ledger) place(s experiment.Sample) error {
	before, run := l.last[s.Trial]
	if l.due != nil || s.Repeat > 0 {
		return l.repeats(s)
	}
	switch {
	case s.Attempt == 0 && run:
		return fmt.Errorf("trial %d is recorded already", s.Trial)
	case s.Attempt == 0 && s.Trial != l.begun:
		return fmt.Errorf("trial %d where trial %d is due", s.Trial, l.begun)
	case s.Attempt == 0 && len(l.again) > 0:
		return fmt.Errorf("trial %d behind trials that were run again", s.Trial)
	case s.Attempt == 0:
		return nil
	case !run || before.Attempt != s.Attempt-1 || before.Error == "":
		return fmt.Errorf("trial %d, attempt %d: there is no failed attempt %d before it", s.Trial, s.Attempt, s.Attempt-1)
	case l.grows:
		return fmt.Errorf("trial %d was run again before the last round", s.Trial)
	case l.begun < l.size && !l.own:
		return fmt.Errorf("trial %d was run again before trial %d was run", s.Trial, l.begun)
	}
	if highest, ok := l.again[s.Attempt]; ok && highest >= s.Trial {
		return fmt.Errorf("trial %d, attempt %d, behind that of trial %d", s.Trial, s.Attempt, highest)
	}
	return nil
}

// identity checks that the samples are of the block and the cell that the plan
// has the trial in.
func (l *ledger) identity(samples []experiment.Sample) error {
	for _, s := range samples {
		if !sameAttempt(s, samples[0]) {
			return fmt.Errorf("trial %d: sample of trial %d among its own", samples[0].Trial, s.Trial)
		}
		if s.Block != samples[0].Block || s.Cell != samples[0].Cell || (s.Error != "" && len(samples) > 1) {
			return fmt.Errorf("trial %d: its samples contradict each other", s.Trial)
		}
	}
	s := samples[0]
	if l.own {
		return l.ownIdentity(s)
	}
	if want := l.order[s.Trial]; s.Block != want.Block || s.Cell != want.Cell {
		return fmt.Errorf("trial %d is of block %d and cell %d (%s), the plan has it in block %d with cell %d (%s)",
			s.Trial, s.Block, s.Cell, l.cells[s.Cell], want.Block, want.Cell, want.Of)
	}
	return nil
}

// ownIdentity checks that a trial of an own order has a place in the plan to itself.
func (l *ledger) ownIdentity(s experiment.Sample) error {
	if first, ok := l.taken[[2]int{s.Block, s.Cell}]; ok && first != s.Trial {
		return fmt.Errorf("trial %d is of block %d and cell %d (%s), as trial %d is", s.Trial, s.Block, s.Cell, l.cells[s.Cell], first)
	}
	if s.Block*len(l.cells)+s.Cell >= l.size {
		return fmt.Errorf("trial %d is of block %d: the plan has %d", s.Trial, s.Block, l.size/len(l.cells))
	}
	return nil
}

// trial returns the trial that a sample is of, which was added before.
func (l *ledger) trial(s experiment.Sample) experiment.Trial {
	t := experiment.Trial{Number: s.Trial, Block: s.Block, Cell: s.Cell, Of: s.Of}
	if s.Trial < len(l.order) {
		t = l.order[s.Trial]
	}
	t.Attempt, t.Repeat = s.Attempt, s.Repeat
	return t
}

// pending returns what is left to run of a plan in its own order: the one whose last
// try was void, the trials that were never run, and then those whose last attempt
// failed, once more. While the plan grows there are none of these, for a round rests on
// what was run before it.
func (l *ledger) pending() (left []experiment.Trial) {
	if l.due != nil {
		left = append(left, l.repeat())
	}
	left = append(left, l.order[l.begun:]...)
	if l.grows {
		return left
	}
	for _, t := range l.failed() {
		t.Attempt, t.Repeat = t.Attempt+1, 0
		left = append(left, t)
	}
	return left
}

// failed returns the trials whose last attempt failed, by number.
func (l *ledger) failed() (failed []experiment.Trial) {
	for _, n := range slices.Sorted(maps.Keys(l.last)) {
		if s := l.last[n]; s.Error != "" {
			failed = append(failed, l.trial(s))
		}
	}
	return failed
}
