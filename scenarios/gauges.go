package scenarios

import (
	"fmt"
	"maps"
	"strings"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/scenarios/fanout"
	"github.com/copytax/copytax/scenarios/handoff"
	"github.com/copytax/copytax/scenarios/signal"
)

// Gauges returns every scenario that measures one thing of the hub by itself.
func Gauges() []gauge.Scenario { return []gauge.Scenario{signal.New(), handoff.New(), fanout.New()} }

// FindGauge returns the gauge called name.
func FindGauge(name string) (gauge.Scenario, error) {
	var names []string
	for _, s := range Gauges() {
		if s.Name() == name {
			return s, nil
		}
		names = append(names, s.Name())
	}
	return nil, fmt.Errorf("unknown gauge %q: want %s", name, strings.Join(names, ", "))
}

// Jobs returns what the worker processes of all gauges play, by name.
func Jobs() map[string]gauge.Job {
	all := map[string]gauge.Job{}
	for _, s := range Gauges() {
		maps.Copy(all, s.Jobs())
	}
	return all
}
