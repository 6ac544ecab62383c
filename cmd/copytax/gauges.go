package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/internal/bench"
	"github.com/copytax/copytax/internal/render"
	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/scenarios"
)

// gaugeWorkerVerb is the hidden verb with which copytax starts itself as a
// worker process of a gauge.
const gaugeWorkerVerb = "gauge-worker"

// allGauges stands for every gauge where a scenario is asked for.
const allGauges = "hub"

func newGaugeWorker() *cobra.Command {
	return &cobra.Command{
		Use:    gaugeWorkerVerb + " JOB",
		Short:  "Play a process of a gauge; started by run",
		Hidden: true,
		Args:   oneArgument("job"), // for people who list processes; the first line of the input says it again
		RunE: func(cmd *cobra.Command, _ []string) error {
			return gauge.Serve(cmd.InOrStdin(), cmd.OutOrStdout(), scenarios.Jobs())
		},
	}
}

// gauges returns the gauges that a list of scenarios names, nil if it names
// none. Gauges and scenarios with roles exclude each other in one run.
func gauges(list string) ([]gauge.Scenario, error) {
	if list == allGauges {
		return scenarios.Gauges(), nil
	}
	var found []gauge.Scenario
	var others []string
	for name := range strings.SplitSeq(list, ",") {
		if s, err := scenarios.FindGauge(strings.TrimSpace(name)); err == nil {
			found = append(found, s)
		} else {
			others = append(others, name)
		}
	}
	if len(found) > 0 && len(others) > 0 {
		return nil, fmt.Errorf("--scenario %s: %s cannot share a run with %s", list, strings.Join(others, ","), found[0].Name())
	}
	return found, nil
}

// gaugeFlags are the flags of run that a run of gauges takes; all others vary
// a flock.
var gaugeFlags = []string{"scenario", "profile", "blocks", "seed", "out", "json", "report"}

// planAny turns the flags into a plan of trials or of gauges.
func (f *runFlags) planAny(cmd *cobra.Command) (store.Plan, error) {
	chosen, err := gauges(f.scenario)
	if err != nil {
		return store.Plan{}, err
	}
	if len(chosen) == 0 {
		return f.plan()
	}
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		if !slices.Contains(gaugeFlags, flag.Name) && err == nil {
			err = fmt.Errorf("--%s cannot be given with --scenario %s: a gauge has no roles and no flock", flag.Name, f.scenario)
		}
	})
	if err != nil {
		return store.Plan{}, err
	}
	return f.gaugePlan(chosen)
}

// trials returns how many trials a plan has.
func trials(p store.Plan) int {
	if p.Gauges() {
		return len(bench.GaugeOrder(p))
	}
	return len(bench.Order(p))
}

// gaugePlan turns the flags into a plan of gauges.
func (f *runFlags) gaugePlan(chosen []gauge.Scenario) (store.Plan, error) {
	profile, err := gauge.ParseProfile(f.profile)
	if err != nil {
		return store.Plan{}, err
	}
	blocks := profile.Blocks()
	if f.blocks != 0 {
		blocks = f.blocks
	}
	if blocks < 1 || blocks > maxBlocks {
		return store.Plan{}, fmt.Errorf("--blocks %d: want 1 to %d", blocks, maxBlocks)
	}
	return bench.GaugePlan(chosen, profile, f.seed, blocks), nil
}

// carryOutGauges runs what is left of the run's plan of gauges.
func carryOutGauges(ctx context.Context, r *store.Run, p bench.Progress) (failed int, err error) {
	exe, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("find this program, whose copies are the workers: %w", err)
	}
	t := gauge.NewTroupe(exe, gaugeWorkerVerb)
	defer t.Close()
	return bench.GaugeRunner{Troupe: t, Scenario: scenarios.FindGauge, Progress: p}.Run(ctx, r)
}

// gaugeReports asks each gauge of a run what its samples mean.
func gaugeReports(r *store.Results) ([]render.GaugeReport, error) {
	var reports []render.GaugeReport
	for name := range strings.SplitSeq(r.Manifest.Plan.Scenario, ",") {
		s, err := scenarios.FindGauge(name)
		if err != nil {
			return nil, err
		}
		var samples []gauge.Sample
		for _, sample := range r.Gauged {
			if sample.Scenario == name && sample.Error == "" {
				samples = append(samples, sample)
			}
		}
		reports = append(reports, render.GaugeReport{Name: name, Summary: s.Summary(), Report: s.Report(samples)})
	}
	return reports, nil
}

// concludeGauges prints what the gauges of a finished run found.
func (f *runFlags) concludeGauges(cmd *cobra.Command, results *store.Results) error {
	reports, err := gaugeReports(results)
	if err != nil {
		return err
	}
	if f.json {
		return render.GaugesJSON(cmd.OutOrStdout(), results, reports)
	}
	return render.GaugesTerminal(cmd.OutOrStdout(), results, reports)
}
