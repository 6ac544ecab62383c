package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/render"
	"github.com/copytax/copytax/internal/stats"
	"github.com/copytax/copytax/internal/store"
)

const (
	closureGate  = 0.05
	closureBoids = 1_000 // below, a tick is too short for its laps to be told apart
)

// conclude prints the summary of a finished run and draws its report.
func (f *runFlags) conclude(cmd *cobra.Command, dir string) error {
	results, err := store.Load(dir)
	if err != nil {
		return err
	}
	analysis, err := stats.Analyze(results)
	if err != nil {
		return err
	}
	for _, w := range closureWarnings(analysis) {
		fmt.Fprintln(cmd.ErrOrStderr(), "warning:", w)
	}
	if f.json {
		if err := render.JSON(cmd.OutOrStdout(), results); err != nil {
			return err
		}
	} else if err := render.Terminal(cmd.OutOrStdout(), results); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "results: %s\n", dir)
	if !f.report {
		return nil
	}
	written, err := report(dir, "")
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "report:  %s\n", filepath.Join(written, "index.md"))
	return nil
}

// closureWarnings names the cells with trials whose phases do not add up.
func closureWarnings(a *stats.Analysis) (warnings []string) {
	type cell struct {
		arm    string
		config copytax.Config
	}
	bad, worst := map[cell]int{}, map[cell]float64{}
	var order []cell
	for _, t := range a.Trials {
		if t.Config.Boids < closureBoids || t.ClosureError() <= closureGate {
			continue
		}
		c := cell{t.Arm, t.Config}
		if bad[c] == 0 {
			order = append(order, c)
		}
		bad[c]++
		worst[c] = max(worst[c], t.ClosureError())
	}
	for _, c := range order {
		warnings = append(warnings, fmt.Sprintf(
			"%s at %d boids: phases miss the process's CPU by more than %.0f%% in %d trial(s), by %.1f%% at worst: do not cite its phases",
			c.arm, c.config.Boids, 100*closureGate, bad[c], 100*worst[c]))
	}
	return warnings
}
