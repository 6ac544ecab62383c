package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/internal/store"
)

func newVerify() *cobra.Command {
	return &cobra.Command{
		Use:   "verify RUN",
		Short: "Check that every byte of a run's results is what run wrote",
		Long: `Check the results in the folder RUN, or in results/RUN: the seal of the manifest,
the hash of every file, that the digests of all trials agree, and that nothing
else lies in the folder.`,
		Example: `  copytax verify results/reference
  copytax verify reference
  copytax verify reference && copytax report reference`,
		Args: oneArgument("run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := findRun(args[0])
			if err != nil {
				return err
			}
			problems := store.Verify(dir)
			for _, p := range problems {
				fmt.Fprintln(cmd.ErrOrStderr(), "copytax:", p)
			}
			if len(problems) > 0 {
				return fmt.Errorf("verify %s: %d problem(s): these results cannot be trusted", dir, len(problems))
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: every byte is as it was written\n", dir)
			return nil
		},
	}
}
