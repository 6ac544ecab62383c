package scenarios

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/copytax/copytax/experiment"
)

// claims are the names of a program, each with who has it and what it means there.
type claims struct {
	owners map[[2]string]claim // by what is named, and its name
	errs   []error
}

type claim struct {
	of      string // module
	meaning any
}

// take notes that a module has a name. A name of another module is a collision, unless
// it means the same in both.
func (c *claims) take(of experiment.Module, what, name string, meaning any) {
	first, taken := c.owners[[2]string{what, name}]
	switch {
	case !taken:
		c.owners[[2]string{what, name}] = claim{of.String(), meaning}
	case meaning == nil || meaning != first.meaning:
		c.errs = append(c.errs, fmt.Errorf("%s %q is of %s and of %s: one program cannot have both", what, name, first.of, of))
	}
}

// plain is what names look like that can stand in a list, beside a pattern and in the
// name of a file.
const plain = `^[a-z0-9][a-z0-9.:_-]*$`

// joined is what names of transports look like: those of a carrier and a codec are joined.
const joined = `^[a-z0-9][a-z0-9.:+_-]*$`

// Check returns an error where the modules of the program do not go together: a name
// that two of them have, or one that nobody could ask for. The reserved names are
// those of options that every experiment has.
func (c *Catalogue) Check(reserved ...string) error {
	all := &claims{owners: map[[2]string]claim{}}
	own := experiment.Module{Path: experiment.Tree}
	for _, name := range reserved {
		all.take(own, "option", name, nil)
	}
	all.take(own, "experiment", Hub, nil)
	for _, m := range c.Transports.Modules() {
		all.take(m, "module", m.Path, nil)
		for _, f := range m.Codecs {
			all.plain(m, "codec", f.Name)
		}
		for _, carrier := range m.Carriers {
			all.plain(m, "carrier", carrier.Name())
			if carrier.Info().Rung == nil {
				all.errs = append(all.errs, fmt.Errorf("carrier %q of %s: its Info has no Rung", carrier.Name(), m))
			}
		}
	}
	if len(all.errs) > 0 {
		return errors.Join(all.errs...) // what follows asks the carriers
	}
	for _, o := range c.Transports.Offers() {
		all.held(o.Of[0], "transport", o.Name(), joined)
		all.take(o.Of[0], "transport", o.Name(), nil)
	}
	for _, e := range c.Experiments[:c.own] {
		all.experiment(own, e)
	}
	for _, m := range c.Plugins {
		for _, e := range m.Experiments {
			all.experiment(m, e)
		}
	}
	return errors.Join(all.errs...)
}

func (c *claims) plain(of experiment.Module, what, name string) {
	c.held(of, what, name, plain)
	c.take(of, what, name, nil)
}

// held notes that a module has a name, which must match a pattern.
func (c *claims) held(of experiment.Module, what, name, pattern string) {
	if !regexp.MustCompile(pattern).MatchString(name) {
		c.errs = append(c.errs, fmt.Errorf("%s %q of %s: want a name that matches %s", what, name, of, pattern))
	}
}

func (c *claims) experiment(of experiment.Module, e experiment.Experiment) {
	c.plain(of, "experiment", e.Name())
	for job := range e.Jobs() {
		c.held(of, "job", job, "^"+regexp.QuoteMeta(e.Name())+"-")
		c.take(of, "job", job, nil)
	}
	seen := map[string]bool{}
	for _, o := range e.Options() {
		if c.held(of, "option", o.Name, plain); !seen[o.Name] {
			c.take(of, "option", o.Name, o)
		}
		seen[o.Name] = true
	}
}
