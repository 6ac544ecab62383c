package experiment

import (
	"reflect"
	"testing"
)

// Cells of a group stand together in every block, whole blocks one after the
// other, and neither groups nor cells in the same order each time.
func TestOrderKeepsGroupsTogether(t *testing.T) {
	plan := Plan{Seed: 3, Blocks: 20}
	for _, group := range []string{"a", "b", "c"} {
		for _, arm := range []string{"x", "y", "z"} {
			plan.Cells = append(plan.Cells, Cell{Experiment: "fake", Group: group, Factors: Factors{Arm: arm}})
		}
	}
	orders := map[string]int{}
	order := plan.Order()
	if again := plan.Order(); len(order) != 180 || !reflect.DeepEqual(order, again) {
		t.Fatalf("%d trials, or another order each time", len(order))
	}
	for b := range plan.Blocks {
		block := order[9*b : 9*b+9]
		seen, text := map[string]bool{}, ""
		for i, trial := range block {
			g := trial.Of.Group
			if trial.Block != b || trial.Number != 9*b+i || i%3 != 0 && g != block[i-1].Of.Group || i%3 == 0 && seen[g] {
				t.Fatalf("block %d: %+v", b, block)
			}
			seen[g] = true
			text += g + trial.Of.Factors[Arm]
		}
		orders[text]++
	}
	if len(orders) < 15 {
		t.Errorf("%d orders in %d blocks", len(orders), plan.Blocks)
	}
}

func TestMissingJoinsWhatLacksTheSame(t *testing.T) {
	plan := Plan{Unavailable: []Unavailable{{"a", "no pages"}, {"b", "no cores"}, {"c", "no pages"}}}
	want := []Unavailable{{"a; c", "no pages"}, {"b", "no cores"}}
	if got := plan.Missing(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
