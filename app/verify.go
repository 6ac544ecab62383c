package app

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/store"
)

func newVerify(c catalogue) *cobra.Command {
	return &cobra.Command{
		Use:   "verify RUN",
		Short: "Check the bytes of a run's results, and their sense",
		Long: `Check the results in the folder RUN, or in results/RUN: the seal of the manifest,
the hash of every file, that nothing else lies in the folder; that the samples are
those of the plan, all of them, in its order; and that every trial proves what it
must. METHODOLOGY.md says what a seal does not prove.`,
		Example: `  copytax verify results/reference
  copytax verify reference
  copytax verify reference && copytax report reference`,
		Args: oneArgument("run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := findRun(args[0])
			if err != nil {
				return err
			}
			results, problems := store.Verify(dir, c.Known)
			for _, p := range problems {
				fmt.Fprintln(cmd.ErrOrStderr(), "copytax:", p)
			}
			if len(problems) > 0 {
				return fmt.Errorf("verify %s: %d problem(s): these results cannot be trusted", dir, len(problems))
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: every byte is as it was written, and every trial proves what it must: %s\n", dir, results.Coverage())
			for _, note := range c.unchecked(results) {
				fmt.Fprintln(cmd.OutOrStdout(), "note:", note)
			}
			return err
		},
	}
}

// unchecked says what of a run this program could not check.
func (c catalogue) unchecked(results *store.Results) (notes []string) {
	for _, name := range results.Manifest.Plan.Experiments {
		e, ok := c.Known(name)
		if !ok {
			notes = append(notes, fmt.Sprintf("this program does not have the experiment %s: what its trials owe was not checked", name))
		} else if candid, ok := e.(experiment.Candid); ok {
			notes = append(notes, candid.Unchecked(results.Experiment())...)
		}
	}
	return notes
}
