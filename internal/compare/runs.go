package compare

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/machine"
	"github.com/copytax/copytax/internal/store"
)

// ErrNothing is returned for runs that have nothing to compare.
var ErrNothing = errors.New("the two runs have no cell in common that can be compared")

// Runs compares two runs by the costs of a metric, of all if it is empty. The margin is
// the share by which a cost may grow and count as equal. Known are the experiments of
// this program.
func Runs(old, new *store.Results, known store.Catalogue, metric string, margin float64) (*Comparison, error) {
	c := &Comparison{Margin: margin}
	before, err := costsOf(old, known, c)
	if err != nil {
		return nil, err
	}
	after, err := costsOf(new, known, c)
	if err != nil {
		return nil, err
	}
	sameMachine, err := c.conditions(old.Manifest, new.Manifest)
	if err != nil {
		return nil, err
	}
	other := func(cost experiment.Cost) bool { return metric != "" && cost.Metric != metric }
	c.costs(slices.DeleteFunc(before, other), slices.DeleteFunc(after, other), sameMachine)
	if len(c.Rows) == 0 {
		return nil, fmt.Errorf("%s, %s: %w", old.Dir, new.Dir, ErrNothing)
	}
	return c, nil
}

// costsOf returns the costs of all experiments of a run that say theirs.
func costsOf(run *store.Results, known store.Catalogue, c *Comparison) (all []experiment.Cost, err error) {
	results := run.Experiment()
	for _, name := range results.Plan.Experiments {
		e, ok := known(name)
		comparable, is := e.(experiment.Comparable)
		if !ok || !is {
			c.note("%s: runs of the experiment %s cannot be compared, and are left out.", run.Name(), name)
			continue
		}
		costs, err := comparable.Costs(results.Of(name))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", run.Dir, err)
		}
		all = append(all, costs...)
	}
	if !results.Complete {
		c.note("%s is not complete: %s.", run.Name(), run.Coverage())
	} else if len(results.Failures) > 0 {
		c.note("%s: %s.", run.Name(), run.Coverage())
	}
	return all, nil
}

func (c *Comparison) note(format string, args ...any) {
	c.Notes = append(c.Notes, fmt.Sprintf(format, args...))
}

// conditions says where machines and programs differ, and whether costs that depend on
// the machine can be compared.
func (c *Comparison) conditions(old, new store.Manifest) (sameMachine bool, err error) {
	was, err := machine.Parse(old.Machine)
	if err != nil {
		return false, err
	}
	is, err := machine.Parse(new.Machine)
	if err != nil {
		return false, err
	}
	sameMachine = true
	for _, d := range machine.Differences(was, is) {
		sameMachine = sameMachine && !d.Other
		c.note("Machines differ: %s.", d)
	}
	if !sameMachine {
		c.note("These are two machines: costs are not comparable, and the taxes alone decide.")
	}
	a, b := old.Version, new.Version
	for _, p := range []struct{ what, was, is string }{
		{"copytax", a.Copytax, b.Copytax},
		{"program", short(a.Program), short(b.Program)},
		{"engine module", short(a.Wasm), short(b.Wasm)},
		{"native engine", engine(a), engine(b)},
		{"Go", a.Go, b.Go},
		{"modules", strings.Join(modules(a, b), ", "), strings.Join(modules(b, a), ", ")},
		{"profile", string(old.Plan.Profile), string(new.Plan.Profile)},
	} {
		if p.was != p.is {
			c.note("Programs differ: %s: %q, %q.", p.what, p.was, p.is)
		}
	}
	if old.Seal == new.Seal {
		c.note("Both are the same run.")
	}
	return sameMachine, nil
}

func short(hash string) string { return hash[:min(len(hash), store.ProgramDigits)] }

func engine(v store.Version) string {
	if v.Engine == nil {
		return ""
	}
	return v.Engine.Version + " " + short(v.Engine.BLAKE3)
}

// modules returns those of a version that are not in another one.
func modules(v, other store.Version) (all []string) {
	for _, path := range slices.Sorted(maps.Keys(v.Modules)) {
		if other.Modules[path] != v.Modules[path] {
			all = append(all, path+" "+v.Modules[path])
		}
	}
	return all
}
