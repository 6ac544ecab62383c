package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/internal/render"
	"github.com/copytax/copytax/internal/store"
)

// conclude prints the summary of a finished run and draws its report.
func (f *runFlags) conclude(cmd *cobra.Command, dir string) error {
	results, err := store.Load(dir)
	if err != nil {
		return err
	}
	if err := f.print(cmd, results); err != nil {
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

// print prints the summary of a finished run.
func (f *runFlags) print(cmd *cobra.Command, results *store.Results) error {
	switch {
	case results.Manifest.Plan.Gauges():
		return f.concludeGauges(cmd, results)
	case f.json:
		return render.JSON(cmd.OutOrStdout(), results)
	}
	return render.Terminal(cmd.OutOrStdout(), results)
}
