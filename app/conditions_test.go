package app

import (
	"strings"
	"testing"

	"github.com/copytax/copytax/internal/machine"
)

// A run goes on under the conditions that it was begun under alone.
func TestResumptionComparesConditions(t *testing.T) {
	was := machine.Info{Kernel: "6.1", CPU: machine.CPU{Model: "m", Usable: 2, Affinity: "0-1"}, Go: machine.Runtime{GOMAXPROCS: 2, GOGC: "default", GOMEMLIMIT: "default"}}
	if err := sameMachine(was, was); err != nil {
		t.Errorf("the same: got %v", err)
	}
	load := was
	load.LoadAverage[0] = 9
	if err := sameMachine(was, load); err != nil {
		t.Errorf("another load: got %v", err)
	}
	for want, change := range map[string]func(*machine.Info){
		"processor was":               func(i *machine.Info) { i.CPU.Model = "n" },
		"kernel was":                  func(i *machine.Info) { i.Kernel = "6.2" },
		"number of usable processors": func(i *machine.Info) { i.CPU.Usable = 3 },
		`list of usable processors was "0-1", here it is "2-3"`:         func(i *machine.Info) { i.CPU.Affinity = "2-3" },
		`limit of processor time (0 is none) was "0", here it is "1.5"`: func(i *machine.Info) { i.Limits.CPUs = 1.5 },
		"GOMAXPROCS": func(i *machine.Info) { i.Go.GOMAXPROCS = 1 },
		"GOGC":       func(i *machine.Info) { i.Go.GOGC = "off" },
		"GOMEMLIMIT": func(i *machine.Info) { i.Go.GOMEMLIMIT = "1GiB" },
		"GODEBUG":    func(i *machine.Info) { i.Go.GODEBUG = "madvdontneed=1" },
	} {
		is := was
		change(&is)
		if err := sameMachine(was, is); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), incomparable) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
