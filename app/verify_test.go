package app

import (
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/scenarios"
)

// An experiment that is not compiled in owes nothing here, which verify says.
func TestVerifySaysWhatItCouldNotCheck(t *testing.T) {
	c := catalogue{scenarios.New(), Program{}}
	notes := c.unchecked(&store.Results{Manifest: store.Manifest{Plan: experiment.Plan{Experiments: []string{"flock", "signal", "of-a-plugin"}}}})
	if len(notes) != 1 || !strings.Contains(notes[0], "the experiment of-a-plugin: ") {
		t.Errorf("got the notes %q, want one of of-a-plugin", notes)
	}
}
