package app

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/internal/doc"
)

// showFlags are the flags of show as they were typed.
type showFlags struct {
	catalogue
	json   bool
	metric string
	figure string
}

func newShow(c catalogue) *cobra.Command {
	f := showFlags{catalogue: c}
	cmd := &cobra.Command{
		Use:   "show RUN",
		Short: "Print a finished run again",
		Long: `Print the summary of the run in the folder RUN, or in results/RUN: as run did at
its end, one metric of all its cells with intervals over blocks, or the numbers
that one figure plots; each also as JSON.`,
		Example: `  copytax show reference
  copytax show reference --metric process_cpu_ns
  copytax show reference --figure taxes-10000 --json`,
		Args: oneArgument("run"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.json, "json", false, "print JSON")
	fl.StringVar(&f.metric, "metric", "", "print this `metric`, or histogram, of every cell and worker")
	fl.StringVar(&f.figure, "figure", "", "print the numbers that this `figure` plots")
	cmd.MarkFlagsMutuallyExclusive("metric", "figure")
	return cmd
}

func (f *showFlags) run(cmd *cobra.Command, name string) error {
	for flag, value := range map[string]string{"metric": f.metric, "figure": f.figure} {
		if cmd.Flags().Changed(flag) && value == "" {
			return usage(errors.New("--" + flag + ": want a name"))
		}
	}
	dir, err := findRun(name)
	if err != nil {
		return err
	}
	results, d, err := f.document(dir)
	if err == nil && f.metric != "" {
		d, err = doc.Metric(d, results, f.metric)
	}
	if err == nil && f.figure != "" {
		d, err = doc.Select(d, f.figure)
	}
	switch {
	case err != nil:
		return fmt.Errorf("show %s: %w", dir, err)
	case f.json:
		return doc.JSON(cmd.OutOrStdout(), d)
	}
	return doc.Terminal(cmd.OutOrStdout(), d)
}
