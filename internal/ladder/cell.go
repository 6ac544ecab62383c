package ladder

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// The factors of a cell: who carries, where the roles run, and the config. Any other
// factor is an option of the transport.
const (
	factorTransport  = "transport"
	factorPlacement  = "placement"
	factorEngine     = "engine" // of earlier runs: see placementOf
	factorBoids      = "boids"
	factorNeighbours = "neighbours"
	factorMode       = "mode"
	factorSeed       = "seed"
	factorBrowser    = "browser" // of a tab: its version, and what draws for it
)

// wholeNumbers are the factors of a config that are whole numbers.
func wholeNumbers(c *copytax.Config) map[string]*int {
	return map[string]*int{
		factorBoids: &c.Boids, factorNeighbours: &c.Neighbours, "warm_up": &c.WarmUp, "ticks": &c.Ticks, "slots": &c.Slots,
	}
}

// cellOf returns the cell of an arm with a config.
func (l *Ladder) cellOf(a side, c copytax.Config) experiment.Cell {
	f := experiment.Factors{
		experiment.Arm: a.name, factorTransport: a.transport, factorPlacement: a.placement.String(),
		factorMode: string(c.Mode), factorSeed: strconv.FormatUint(c.Seed, 10), factorPace: paceOf(c), factorFrames: framesOf(c),
	}
	for name, n := range wholeNumbers(&c) {
		f[name] = strconv.Itoa(*n)
	}
	if a.placement == inTab {
		f[factorBrowser] = l.browser
	}
	maps.Copy(f, a.options)
	return experiment.Cell{Experiment: l.Name(), Factors: f}
}

// worldFactors returns the factors that decide what the world does: those of the
// config alone, without when its ticks begin and who reads which frame.
func worldFactors(c experiment.Cell) experiment.Factors {
	f := experiment.Factors{factorMode: c.Factors[factorMode], factorSeed: c.Factors[factorSeed]}
	for name := range wholeNumbers(&copytax.Config{}) {
		f[name] = c.Factors[name]
	}
	return f
}

func worldOf(c experiment.Cell) string { return worldFactors(c).Condition() }

// configOf returns the config of a cell, the options of its transport included.
func configOf(cell experiment.Cell) (c copytax.Config, err error) {
	if _, err := placementOf(cell); err != nil {
		return c, err
	}
	c.Mode = copytax.Mode(cell.Factors[factorMode])
	if c.Seed, err = strconv.ParseUint(cell.Factors[factorSeed], 10, 64); err != nil {
		return c, fmt.Errorf("factor %s of %s: %w", factorSeed, cell, err)
	}
	whole := wholeNumbers(&c)
	for _, name := range slices.Sorted(maps.Keys(whole)) {
		if *whole[name], err = strconv.Atoi(cell.Factors[name]); err != nil {
			return c, fmt.Errorf("factor %s of %s: %w", name, cell, err)
		}
	}
	known := worldFactors(cell)
	others := []string{experiment.Arm, factorTransport, factorPlacement, factorEngine, factorPace, factorFrames, factorBrowser}
	for name, value := range cell.Factors {
		if _, ok := known[name]; !ok && !slices.Contains(others, name) {
			c = c.WithOption(name, value)
		}
	}
	return c, setPace(&c, cell)
}
