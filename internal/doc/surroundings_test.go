package doc

import (
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
)

func TestSurroundingsAreTold(t *testing.T) {
	run, r := madeUp()
	if got := surroundings(r); len(got) != 0 {
		t.Errorf("got %q of a run that says nothing of its machine", got)
	}
	times := 2.0
	for i := range r.Samples {
		if r.Samples[i].Factor(experiment.Arm) == "spin" {
			r.Samples[i].Environment = &experiment.Environment{Throttles: &times}
		}
	}
	r.Samples[0].Void = "other programs used 9% of it"
	for cell, c := range r.Plan.Cells {
		for range 1 + cell {
			r.Voided = append(r.Voided, experiment.Voided{Trial: experiment.Trial{Cell: cell, Of: c}, Reason: "time was stolen"})
		}
	}
	got := strings.Join(notes(run, r), "\n")
	for _, want := range []string{
		"Void: in 3 tries the machine was disturbed, and they were repeated: 1 of direct, 2 of spin. The first because time was stolen.",
		"Void, and counted all the same: 1 trial, whose last try was disturbed as well: 1 of direct. The first because other programs used 9% of it.",
		"Throttled: in 3 trials a control group had used up its processor time and was stopped: 3 of spin.",
	} {
		if !slices.ContainsFunc(strings.Split(got, "\n"), func(line string) bool { return strings.HasPrefix(line, want) }) {
			t.Errorf("got %s, want %q", got, want)
		}
	}
	if of := r.Of("signal"); len(of.Voided) != 2 {
		t.Errorf("got %d void tries of one experiment, want 2", len(of.Voided))
	}
}
