package store

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/grow"
	"github.com/copytax/copytax/internal/judge"
)

// Verify checks every byte of every file of the run in dir, and that what they say
// can be true. It returns the run and what is wrong with it, nothing if all is well: an
// edited, truncated, missing or added file; a plan that makes no sense; lines that
// were moved, left out or added; a sample of another program; a trial that does not
// prove what it must; and a trial that saw another world than its reference. What
// an experiment that known does not have owes is not checked.
//
// A seal is no signature: it finds accidents and careless edits. Someone who
// invents figures that are all plausible, and recomputes all hashes, can only be
// found by running the plan again.
func Verify(dir string, known Catalogue) (*Results, []error) {
	r, errs := read(dir)
	if len(errs) > 0 {
		return nil, errs
	}
	i := &inspection{Results: r, known: known, worlds: maps.Clone(r.Manifest.Worlds)}
	note := func(where string, found ...error) {
		for _, err := range found {
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", where, err))
			}
		}
	}
	for _, a := range attempts(r.Samples) {
		note(fmt.Sprintf("%s: line %d", filepath.Join(dir, SamplesName), a.line), i.ledger.add(a.samples), i.judge(a))
	}
	note(filepath.Join(dir, ManifestName), timeSense(r.Manifest), i.missing(), i.strangers(), i.rounds())
	return r, errs
}

// maxTrials is how many trials a plan may have. It keeps a damaged manifest from
// filling the memory.
const maxTrials = 1 << 20

// maxSessions is how many sessions a plan may have.
const maxSessions = 1000

// sense returns what makes a run one that cannot be read or carried out.
func sense(m Manifest) error {
	if c := m.Converted; c != nil && (c.OwnOrder || c.Absent != 0) && !slices.Contains(conversions, *c) {
		return fmt.Errorf("it says that it was converted from %s with the hash %s: no such conversion was ever made", c.From, c.Hash)
	}
	p := m.Plan
	if m.State != Running && m.State != Complete {
		return fmt.Errorf("state %q, want %q or %q", m.State, Running, Complete)
	}
	if p.Blocks < 1 || len(p.Cells) < 1 {
		return fmt.Errorf("a plan of %d blocks and %d cells: want at least one of each", p.Blocks, len(p.Cells))
	}
	if p.Blocks > maxTrials/len(p.Cells) {
		return fmt.Errorf("a plan of %d blocks and %d cells: want at most %d trials", p.Blocks, len(p.Cells), maxTrials)
	}
	if p.Environment != nil {
		if err := p.Environment.Sense(); err != nil {
			return err
		}
	}
	seen := map[string]int{}
	for n, c := range p.Cells {
		if !slices.Contains(p.Experiments, c.Experiment) {
			return fmt.Errorf("cell %d is of experiment %q, the plan has %q", n, c.Experiment, p.Experiments)
		}
		name := c.Experiment + " " + c.Group + " " + c.Factors.Condition()
		if first, ok := seen[name]; ok {
			return fmt.Errorf("cell %d (%s) is the same as cell %d", n, c, first)
		}
		seen[name] = n
	}
	return growthSense(p)
}

// growthSense returns what makes the growth or the rounds of a plan ones that cannot be
// carried out.
func growthSense(p experiment.Plan) error {
	g := p.Growth
	switch {
	case p.Sessions() > maxSessions || slices.ContainsFunc(p.Cells, func(c experiment.Cell) bool { return c.Session < 0 }):
		return fmt.Errorf("a plan of %d sessions, or a cell of a session below 0: want 1 to %d", p.Sessions(), maxSessions)
	case g == nil && len(p.Rounds) == 0:
		return nil
	case g == nil:
		return fmt.Errorf("a plan of %d rounds that does not grow", len(p.Rounds))
	case len(p.Experiments) != 1 || len(g.Comparisons) == 0 || !(g.Seconds > 0) || g.MostBlocks < p.Blocks:
		return fmt.Errorf("a plan of %d experiments that grows by %d comparisons, in %v s and to %d blocks: want one experiment, and some of each",
			len(p.Experiments), len(g.Comparisons), g.Seconds, g.MostBlocks)
	}
	for n, c := range g.Comparisons {
		for _, cell := range []int{c.Cell, c.With} {
			if cell < 0 || cell >= len(p.Cells) {
				return fmt.Errorf("comparison %d is of cell %d: the plan has %d", n, cell, len(p.Cells))
			}
		}
		if p.Cells[c.Cell].Group != p.Cells[c.With].Group || !(c.Width > 0) {
			return fmt.Errorf("comparison %d is of cells %d and %d, to a width of %v: want two of one group, and a width", n, c.Cell, c.With, c.Width)
		}
	}
	trials := p.Blocks * len(p.Cells)
	for n, r := range p.Rounds {
		if before := (experiment.Plan{Cells: p.Cells, Growth: g, Rounds: p.Rounds[:n]}); before.Ended() {
			return fmt.Errorf("round %d, and those before say that the run ended", n)
		}
		for _, s := range r.Groups {
			if s.More < 0 || s.Blocks < 0 || s.More > maxTrials || s.Blocks > maxTrials {
				return fmt.Errorf("round %d: group %q has %d blocks and gets %d", n, s.Group, s.Blocks, s.More)
			}
			for _, c := range p.Cells {
				if c.Group == s.Group {
					trials += s.More
				}
			}
			if trials > maxTrials {
				return fmt.Errorf("a plan of more than %d trials", maxTrials)
			}
		}
	}
	return nil
}

// timeSense returns what is wrong with when the run was made.
func timeSense(m Manifest) error {
	switch {
	case m.Created.IsZero():
		return errors.New("it was not created at any time")
	case m.State == Complete && m.Finished.Before(m.Created):
		return fmt.Errorf("finished at %v, before it was created at %v", m.Finished, m.Created)
	case m.State == Running && !m.Finished.IsZero():
		return fmt.Errorf("finished at %v, and still running", m.Finished)
	}
	return nil
}

// An inspection goes through a run, trial by trial.
type inspection struct {
	*Results
	known  Catalogue
	worlds map[string]map[string]string // the references
}

// judge returns why a successful trial proves nothing. The first one of a world is
// the reference of the others where none is recorded, as it is in a run.
func (i *inspection) judge(a attempt) error {
	if a.failed() {
		return nil
	}
	t := i.ledger.trial(a.samples[0])
	exp, _ := i.known(t.Of.Experiment)
	world := experiment.World(exp, t)
	if err := judge.Trial(i.Manifest.Plan, t, a.samples, exp, i.worlds[world]); err != nil {
		return fmt.Errorf("trial %d: %w", t.Number, err)
	}
	if _, ok := i.worlds[world]; !ok && world != "" {
		i.worlds[world] = judge.Evidence(a.samples)
	}
	return nil
}

// rounds checks that the run went on as its plan says.
func (i *inspection) rounds() error {
	return grow.Verify(i.Manifest.Plan, i.Samples, func(name string) experiment.Growing {
		e, _ := i.known(name)
		g, _ := e.(experiment.Growing)
		return g
	})
}

// missing says how many trials a complete run lacks.
func (i *inspection) missing() error {
	if i.Manifest.State == Complete && i.ledger.due != nil {
		return fmt.Errorf("the run is complete, and %w", errUndone)
	}
	absent, want := i.ledger.size-len(i.ledger.last), 0
	if i.ledger.own {
		want = i.Manifest.Converted.Absent
	}
	if i.Manifest.State == Running {
		return nil
	}
	if i.ledger.grows {
		return errors.New("the run is complete, and no round says that it ended")
	}
	if absent == want {
		return nil
	}
	return fmt.Errorf("the run is complete, and lacks %d of the plan's %d trials (%d of them are known to be absent)", absent, i.ledger.size, want)
}

// strangers returns a reference whose world no trial of the plan is of, if the
// experiments of the plan are known. A changed cell leaves one behind.
func (i *inspection) strangers() error {
	worlds := map[string]bool{}
	for n, c := range i.Manifest.Plan.Cells {
		exp, ok := i.known(c.Experiment)
		if !ok {
			return nil
		}
		for block := range i.Manifest.Plan.Blocks {
			worlds[experiment.World(exp, experiment.Trial{Block: block, Cell: n, Of: c})] = true
		}
	}
	for world := range i.Manifest.Worlds {
		if !worlds[world] {
			return fmt.Errorf("a reference of world %q: no cell of the plan has it", world)
		}
	}
	return nil
}
