package physics

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/scenarios/flock"
)

// A world is a flock that back ends are timed on.
type world struct {
	Name  string
	Model flock.Model
	// Series names the worlds that differ in the number of boids alone; "" for
	// a world on its own.
	Series      string
	Source      string // where the model was published; "" for the project's own
	Differences string // from the published model
}

// catalogue lists the worlds that this package knows, the published ones last.
func catalogue() []world {
	var list []world
	for _, s := range []struct{ neighbours, boids int }{
		{8, 1_000}, {8, 10_000}, {8, 100_000}, {8, 1_000_000}, {32, 10_000}, {32, 100_000}, {128, 10_000}, {128, 100_000},
	} {
		w := cube(fmt.Sprintf("3d-%d-%s", s.neighbours, report.Count(s.boids)), s.boids, s.neighbours)
		w.Series = fmt.Sprintf("3-D, %d neighbours", s.neighbours)
		list = append(list, w)
	}
	return append(list, published()...)
}

// quickWorlds are those of the quick profile.
const quickWorlds = "3d-8-1k,3d-8-10k,3d-8-100k,julia-*,flamegpu-2d"

// cube is a world of constant density in space.
func cube(name string, boids, neighbours int) world {
	cfg := copytax.Config{Boids: boids, Neighbours: neighbours, Mode: copytax.ConstantDensity, Seed: worldSeed}
	return world{Name: name, Model: flock.ModelOf(cfg)}
}

// worldSeed is the seed of every world: worlds differ, their dice need not.
const worldSeed = 1

// worlds are what a user can ask for.
func worlds() experiment.Names[world] {
	return experiment.Names[world]{What: "world", All: catalogue(), Of: func(w world) string { return w.Name }}
}

// policyHex is a world's policy in canonical form, in hex digits.
func policyHex(m flock.Model) string {
	var block [copytax.PolicyBytes]byte
	m.Policy.Put(block[:])
	return hex.EncodeToString(block[:])
}

// level describes a world for the plan. Edges and cells are along x, y and z.
func (w world) level(rank int) experiment.Level {
	m := w.Model
	facts := map[string]string{
		"boids": fmt.Sprint(m.Boids), "dimensions": fmt.Sprint(m.Dimensions), "seed": fmt.Sprint(m.Seed),
		"radius": float(m.Policy.Radius), "policy": policyHex(m), "series": w.Series, "source": w.Source, "differences": w.Differences,
	}
	var edges, cells []string
	for axis, n := range m.Cells() {
		cells = append(cells, fmt.Sprint(n))
		if axis < m.Dimensions {
			edges = append(edges, float(m.Policy.Max[axis]-m.Policy.Min[axis]))
		}
	}
	facts["edges"], facts["cells"] = strings.Join(edges, " "), strings.Join(cells, " ")
	maps.DeleteFunc(facts, func(_, fact string) bool { return fact == "" })
	return experiment.Level{Factor: World, Value: w.Name, Rank: rank, Facts: facts,
		Summary: fmt.Sprintf("%s boids in %d dimensions", report.Fixed(float64(m.Boids), 0), m.Dimensions)}
}

// worldAt reads what level wrote. The policy says all about place and size.
func worldAt(l experiment.Level) (world, error) {
	w := world{Name: l.Value, Series: l.Facts["series"], Source: l.Facts["source"], Differences: l.Facts["differences"]}
	m := &w.Model
	read, _ := fmt.Sscan(l.Facts["boids"]+" "+l.Facts["dimensions"], &m.Boids, &m.Dimensions)
	if read < 2 || m.Boids < 1 || m.Dimensions < 2 || m.Dimensions > 3 {
		return w, fmt.Errorf("world %s of %q boids in %q dimensions", l.Value, l.Facts["boids"], l.Facts["dimensions"])
	}
	block, err := hex.DecodeString(l.Facts["policy"])
	if err = errors.Join(err, m.Policy.Get(block)); err != nil {
		return w, fmt.Errorf("world %s: %w", l.Value, err)
	}
	return w, nil
}

// cellCount is the number of cells of the grid.
func (w world) cellCount() int {
	cells := w.Model.Cells()
	return int(cells[0]) * int(cells[1]) * int(cells[2])
}

func float(v float32) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) }
