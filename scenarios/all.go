// Package scenarios lists the workloads that are compiled in.
package scenarios

import (
	"fmt"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
)

// All returns every scenario.
func All() []copytax.Scenario { return []copytax.Scenario{flock.New()} }

// Find returns the scenario called name.
func Find(name string) (copytax.Scenario, error) {
	var names []string
	for _, s := range All() {
		if s.Name() == name {
			return s, nil
		}
		names = append(names, s.Name())
	}
	for _, s := range Gauges() { // which can be asked for in the same place
		names = append(names, s.Name())
	}
	return nil, fmt.Errorf("unknown scenario %q: want %s", name, strings.Join(names, " or "))
}
