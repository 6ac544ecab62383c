package doc

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/copytax/copytax/experiment"
)

// surroundings say what the machine did around the trials of a run: which tries are
// void for that, and which of them count all the same. Nothing where it did nothing.
func surroundings(r *experiment.Results) (notes []string) {
	if n := len(r.Voided); n > 0 {
		notes = append(notes, fmt.Sprintf("Void: in %s the machine was disturbed, and they were repeated: %s. The first because %s.",
			tries(n), byArm(r.Voided, func(v experiment.Voided) experiment.Cell { return v.Of }), r.Voided[0].Reason))
	}
	cell := func(s experiment.Sample) experiment.Cell { return s.Of }
	if still := r.StillVoid(); len(still) > 0 {
		notes = append(notes, fmt.Sprintf("Void, and counted all the same: %s, whose last try was disturbed as well: %s. The first because %s.",
			plural(len(still), "trial"), byArm(still, cell), still[0].Void))
	}
	stopped := r.Samples.Keep(func(s experiment.Sample) bool {
		return s.Environment != nil && s.Environment.Throttles != nil && *s.Environment.Throttles > 0
	})
	if len(stopped) > 0 {
		notes = append(notes, fmt.Sprintf("Throttled: in %s a control group had used up its processor time and was stopped: %s. This voids none, "+
			"since who uses more is stopped more.", plural(len(stopped), "trial"), byArm(stopped, cell)))
	}
	return notes
}

func tries(n int) string {
	if n == 1 {
		return "1 try"
	}
	return fmt.Sprintf("%d tries", n)
}

// byArm counts tries by arm, in the order in which the arms come first.
func byArm[T any](all []T, cell func(T) experiment.Cell) string {
	var words []string
	arm := func(one T) string {
		c := cell(one)
		return cmp.Or(c.Factors[experiment.Arm], c.String())
	}
	for _, alike := range experiment.Groups(all, arm) {
		words = append(words, fmt.Sprintf("%d of %s", len(alike), arm(alike[0])))
	}
	return strings.Join(words, ", ")
}
