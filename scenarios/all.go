// Package scenarios lists the experiments that are compiled in, and the workload
// with roles that one of them runs.
package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/doc"
	"github.com/copytax/copytax/internal/ladder"
	"github.com/copytax/copytax/scenarios/fanout"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/scenarios/flock/wasmhost"
	"github.com/copytax/copytax/scenarios/handoff"
	"github.com/copytax/copytax/scenarios/physics"
	"github.com/copytax/copytax/scenarios/rivals"
	"github.com/copytax/copytax/scenarios/signal"
	"github.com/copytax/copytax/transports"
	"github.com/copytax/copytax/transports/shm"
)

const (
	// Default is the experiment that is run when none is named.
	Default = "flock"
	// Hub stands for all gauges of the hub where an experiment is asked for.
	Hub = "hub"
)

// A Catalogue is what is compiled in. It belongs to one goroutine.
type Catalogue struct {
	Experiments []experiment.Experiment // in the order of a list
	Ladder      *ladder.Ladder          // one of them
	Transports  transports.Set
	Plugins     []experiment.Module
	own         int // experiments of this tree, which come first
}

// New returns the catalogue of everything in this tree and in plugins. Check says
// whether they go together.
func New(plugins ...experiment.Module) *Catalogue {
	all := transports.New(plugins...)
	flocks := ladder.New(ladder.Config{
		Scenario: workload(), Find: all.Find, Ladder: all.Ladder, Match: all.Match, Modules: all.Of,
		Attach: shm.AttachName, FirstPolicy: flock.DefaultPolicy, Browser: tabs{},
	})
	c := &Catalogue{
		Experiments: slices.Concat([]experiment.Experiment{flocks}, gauges(), []experiment.Experiment{physics.New(), rivals.New()}),
		Ladder:      flocks, Transports: all, Plugins: plugins,
	}
	c.own = len(c.Experiments)
	for _, m := range plugins {
		c.Experiments = append(c.Experiments, m.Experiments...)
	}
	return c
}

// Module returns the plugin that the experiment called name is of, if it is of one.
func (c *Catalogue) Module(name string) []experiment.Module {
	for _, m := range c.Plugins {
		if slices.ContainsFunc(m.Experiments, func(e experiment.Experiment) bool { return e.Name() == name }) {
			return []experiment.Module{m}
		}
	}
	return nil
}

// gauges measure one thing of the hub by itself.
func gauges() []experiment.Experiment {
	return []experiment.Experiment{signal.New(), handoff.New(), fanout.New()}
}

func workload() copytax.Scenario { return flock.New(wasmhost.Open) }

// Scenario returns the workload with roles that is called name.
func (c *Catalogue) Scenario(name string) (copytax.Scenario, error) {
	if s := workload(); s.Name() == name {
		return s, nil
	}
	return nil, fmt.Errorf("unknown workload %q: want %s", name, Default)
}

// Transport returns a fresh transport called name.
func (c *Catalogue) Transport(name string) (copytax.Transport, error) {
	return c.Transports.Find(name)
}

// Find returns the experiment called name.
func (c *Catalogue) Find(name string) (experiment.Experiment, error) {
	var names []string
	for _, e := range c.Experiments {
		if e.Name() == name {
			return e, nil
		}
		names = append(names, e.Name())
	}
	return nil, fmt.Errorf("unknown scenario %q: want %s", name, strings.Join(append(names, Hub), " or "))
}

// Known returns the experiment called name, if it is compiled in.
func (c *Catalogue) Known(name string) (experiment.Experiment, bool) {
	e, err := c.Find(name)
	return e, err == nil
}

// Parts lets every experiment of a run say what its samples mean.
func (c *Catalogue) Parts(all *experiment.Results) (parts []doc.Part, err error) {
	for _, name := range all.Plan.Experiments {
		e, err := c.Find(name)
		if l, ok := all.Plan.Level(experiment.ExperimentFactor, name); ok && err != nil {
			err = fmt.Errorf("%w; the run has it from %s: see copytax build", err, l.Facts[experiment.ModuleFact])
		}
		if err != nil {
			return nil, err
		}
		r, err := e.Report(all.Of(name))
		if err != nil {
			return nil, err
		}
		parts = append(parts, doc.Part{Name: name, Summary: e.Summary(), Report: r})
	}
	return parts, nil
}

// Named returns the experiments that a word on the command line stands for.
func (c *Catalogue) Named(word string) ([]experiment.Experiment, error) {
	if word == Hub {
		return gauges(), nil
	}
	e, err := c.Find(word)
	return []experiment.Experiment{e}, err
}

// Jobs returns what the worker processes of all experiments do, by name.
func (c *Catalogue) Jobs() map[string]lab.Job {
	all := map[string]lab.Job{}
	for _, e := range c.Experiments {
		maps.Copy(all, e.Jobs())
	}
	return all
}
