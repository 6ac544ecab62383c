package app

import (
	"errors"
	"fmt"
	"math"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/stats"
	"github.com/copytax/copytax/internal/compare"
)

// compareFlags are the flags of compare as they were typed.
type compareFlags struct {
	catalogue
	json   bool
	metric string
	margin string

	builds     []string
	trial      compare.Trial
	transports string
	boids      string
}

// The defaults of two programs: what moves columns, and what costs most.
const (
	comparedTransports = "unix+raw,unix+protobuf,unix+json,http+protobuf,http+json"
	comparedBoids      = "1k,10k"
)

func newCompare(c catalogue) *cobra.Command {
	f := compareFlags{catalogue: c}
	cmd := &cobra.Command{
		Use:   "compare OLD NEW",
		Short: "Say what got dearer from one run to another, or from one program to another",
		Long: `Compare the runs in the folders OLD and NEW, or in results/OLD and results/NEW: CPU,
latency and taxes of the cells that both have, with the ratio new ÷ old and one of three
verdicts a row: it differs by more than the margin, is equivalent within it, or neither can
be said. Of two machines the taxes alone are compared. Exit status 1 says that a row got
worse with certainty.

With --build twice, compare two programs by their CPU: they run in turn, in pairs of
trials. Exit status 1 says that the interval of a ratio new ÷ old reaches --limit. It is
for a change that should cost nothing, and takes Linux.`,
		Example: `  copytax compare reference results/mine
  copytax compare reference mine --metric tax --margin 5% --json
  copytax compare --build ./copytax-old --build ./copytax --transport unix+raw --boids 10k`,
		Args: func(cmd *cobra.Command, args []string) error {
			if want := 2; len(f.builds) == 0 && len(args) != want {
				return usage(fmt.Errorf("%s: want two runs, got %d arguments", cmd.CommandPath(), len(args)))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(f.builds) > 0 {
				return f.compareBuilds(cmd, args)
			}
			return f.compareRuns(cmd, args[0], args[1])
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.json, "json", false, "print JSON")
	fl.StringVar(&f.metric, "metric", "", "compare this `cost` alone: cpu, p50 or tax")
	fl.StringVar(&f.margin, "margin", "3%", "`share` by which a cost may differ and count as equal")
	fl.StringArrayVar(&f.builds, "build", nil, "compare this `program` with another one; given twice, the old one first")
	fl.StringVar(&f.transports, "transport", comparedTransports, "of two programs: transports, separated by commas")
	fl.StringVar(&f.boids, "boids", comparedBoids, "of two programs: numbers of boids, separated by commas")
	fl.IntVar(&f.trial.Pairs, "pairs", 60, "of two programs: pairs of trials of each transport and size")
	fl.Float64Var(&f.trial.Limit, "limit", 1.03, "of two programs: ratio that no interval may reach")
	fl.Uint64Var(&f.trial.Seed, "seed", 1, "of two programs: seed of the order")
	return cmd
}

// ofBuilds are the flags that two programs alone have.
func ofBuilds() []string { return []string{"transport", "boids", "pairs", "limit", "seed"} }

// exclude returns an error where a flag was typed that has no meaning.
func exclude(cmd *cobra.Command, why string, names ...string) error {
	for _, name := range names {
		if cmd.Flags().Changed(name) {
			return usage(fmt.Errorf("--%s %s", name, why))
		}
	}
	return nil
}

func (f *compareFlags) compareRuns(cmd *cobra.Command, oldName, newName string) error {
	if err := exclude(cmd, "is for two programs: give --build twice, and no run", ofBuilds()...); err != nil {
		return err
	}
	margin, err := parseMargin(f.margin)
	if err != nil {
		return usage(err)
	}
	if m := f.metric; cmd.Flags().Changed("metric") && m != experiment.CPUCost && m != experiment.P50Cost && m != experiment.TaxCost {
		return usage(fmt.Errorf("--metric %q: want %s, %s or %s", m, experiment.CPUCost, experiment.P50Cost, experiment.TaxCost))
	}
	oldDir, err := findRun(oldName)
	if err != nil {
		return err
	}
	newDir, err := findRun(newName)
	if err != nil {
		return err
	}
	old, err := f.load(oldDir)
	if err != nil {
		return err
	}
	new, err := f.load(newDir)
	if err != nil {
		return err
	}
	c, err := compare.Runs(old, new, f.Known, f.metric, margin)
	if errors.Is(err, compare.ErrNothing) {
		return usage(err) // status 0 would say that nothing got worse
	}
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	print := c.Terminal
	if f.json {
		print = c.JSON
	}
	if err := print(cmd.OutOrStdout(), old, new); err != nil {
		return err
	}
	if worse := c.Summary(); worse != "" {
		return errors.New("compare: " + worse)
	}
	return nil
}

// parseMargin reads a share such as 3% or 0.03.
func parseMargin(word string) (float64, error) {
	digits, percent := strings.CutSuffix(strings.TrimSpace(word), "%")
	share, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if percent {
		share /= 100
	}
	if err != nil || !(share >= 0 && share < 1) {
		return 0, fmt.Errorf("--margin %q: want a share from 0%% to below 100%%, such as 3%%", word)
	}
	return share, nil
}

func (f *compareFlags) compareBuilds(cmd *cobra.Command, args []string) error {
	if err := exclude(cmd, "is for two runs, and cannot be given with --build", "json", "metric", "margin"); err != nil {
		return err
	}
	t := f.trial
	t.Transports, t.Boids = strings.Split(f.transports, ","), strings.Split(f.boids, ",")
	switch {
	case len(args) > 0:
		return usage(fmt.Errorf("%s: unexpected argument %q beside --build", cmd.CommandPath(), args[0]))
	case len(f.builds) != 2:
		return usage(fmt.Errorf("--build: want two programs, the old one first, got %d", len(f.builds)))
	case t.Pairs < stats.FewestSigns:
		return usage(fmt.Errorf("--pairs %d: want %d at least, fewer have no interval", t.Pairs, stats.FewestSigns))
	case !(t.Limit > 1) || math.IsInf(t.Limit, 0):
		return usage(fmt.Errorf("--limit %v: want a ratio above 1", t.Limit))
	case runtime.GOOS != "linux":
		return copytax.ErrPlatform
	}
	for i, at := range []*string{&t.Old, &t.New} {
		path, err := exec.LookPath(f.builds[i])
		if err != nil {
			return usage(fmt.Errorf("--build %s: %w", f.builds[i], err))
		}
		*at = path
	}
	if err := compare.Builds(cmd.Context(), cmd.OutOrStdout(), t); err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	return nil
}
