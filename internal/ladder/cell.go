package ladder

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// The factors of a cell: who carries and who steps, and the config. Any other
// factor is an option of the transport.
const (
	factorTransport  = "transport"
	factorEngine     = "engine"
	factorBoids      = "boids"
	factorNeighbours = "neighbours"
	factorMode       = "mode"
	factorSeed       = "seed"
	factorWarmUp     = "warm_up"
	factorTicks      = "ticks"
	factorSlots      = "slots"
)

// configFactors are those that decide what the world does.
func configFactors() []string {
	return []string{factorBoids, factorNeighbours, factorMode, factorSeed, factorWarmUp, factorTicks, factorSlots}
}

// cellOf returns the cell of an arm with a config.
func (l *Ladder) cellOf(a side, c copytax.Config) experiment.Cell {
	f := experiment.Factors{
		experiment.Arm: a.name, factorTransport: a.transport, factorEngine: a.engine,
		factorBoids: strconv.Itoa(c.Boids), factorNeighbours: strconv.Itoa(c.Neighbours), factorMode: string(c.Mode),
		factorSeed: strconv.FormatUint(c.Seed, 10), factorWarmUp: strconv.Itoa(c.WarmUp),
		factorTicks: strconv.Itoa(c.Ticks), factorSlots: strconv.Itoa(c.Slots),
	}
	maps.Copy(f, a.options)
	return experiment.Cell{Experiment: l.Name(), Factors: f}
}

// worldFactors returns the factors of the config alone.
func worldFactors(c experiment.Cell) experiment.Factors {
	f := experiment.Factors{}
	for _, name := range configFactors() {
		f[name] = c.Factors[name]
	}
	return f
}

func worldOf(c experiment.Cell) string { return worldFactors(c).Condition() }

// configOf returns the config of a cell, the options of its transport included.
func configOf(cell experiment.Cell) (c copytax.Config, err error) {
	numbers := map[string]*int{
		factorBoids: &c.Boids, factorNeighbours: &c.Neighbours, factorWarmUp: &c.WarmUp, factorTicks: &c.Ticks, factorSlots: &c.Slots,
	}
	c.Mode = copytax.Mode(cell.Factors[factorMode])
	if c.Seed, err = strconv.ParseUint(cell.Factors[factorSeed], 10, 64); err != nil {
		return c, fmt.Errorf("factor %s of %s: %w", factorSeed, cell, err)
	}
	for _, name := range slices.Sorted(maps.Keys(numbers)) {
		if *numbers[name], err = strconv.Atoi(cell.Factors[name]); err != nil {
			return c, fmt.Errorf("factor %s of %s: %w", name, cell, err)
		}
	}
	known := append(configFactors(), experiment.Arm, factorTransport, factorEngine)
	for _, name := range slices.Sorted(maps.Keys(cell.Factors)) {
		if !slices.Contains(known, name) {
			c = c.WithOption(name, cell.Factors[name])
		}
	}
	return c, nil
}
