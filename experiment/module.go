package experiment

import (
	"slices"
	"strings"
)

// Tree is the path of the module whose transports and experiments every program has.
const Tree = "github.com/copytax/copytax"

// A Module is a catalogue and where it comes from.
type Module struct {
	Path    string // as its go.mod says
	Version string // as the go command has it, "(devel)" for a folder
	// Sum is the hash of its files as go.sum has it, h1:…; empty for the tree's own.
	Sum string
	Catalogue
}

// String returns path, version and sum.
func (m Module) String() string {
	return strings.Join(strings.Fields(m.Path+" "+m.Version+" "+m.Sum), " ")
}

// ModuleFact is the fact of a level that comes from a plugin: the modules that it is
// of, as [Module.String] has them, with semicolons between them.
const ModuleFact = "modules"

// ExperimentFactor is the factor whose levels are the experiments of a plan. Only
// those that come from plugins have one.
const ExperimentFactor = "experiment"

// Credit notes in a level the modules that it is of, if it is of any plugin.
func (l *Level) Credit(modules []Module) {
	var names []string
	for _, m := range modules {
		if m.Path != Tree {
			names = append(names, m.String())
		}
	}
	if len(names) > 0 {
		l.Facts = map[string]string{ModuleFact: strings.Join(slices.Compact(names), "; ")}
	}
}
