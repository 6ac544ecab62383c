package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/doc"
	"github.com/copytax/copytax/internal/legacy"
	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/scenarios/physics"
	"github.com/copytax/copytax/scenarios/rivals"
)

func newConvert() *cobra.Command {
	out := ""
	cmd := &cobra.Command{
		Use:   "convert FILE",
		Short: "Turn raw measurements of an earlier version into a run",
		Long: `Write the measurements of the physics (kernel.json) or of the rivals (rivals.json)
that an earlier version left, as a run that verify and report understand. The run
says what it was and keeps its hash. Runs of schema 1 need no conversion: every
verb reads them as they are.`,
		Example: `  copytax convert kernel.json --out results/physics
  copytax convert rivals.json --out results/rivals
  copytax convert old/kernel.json --out old-physics && copytax report old-physics`,
		Args: oneArgument("file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return usage(errors.New("--out: say which folder the run goes to"))
			}
			return convert(cmd, args[0], out)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "`folder` for the run")
	return cmd
}

func convert(cmd *cobra.Command, file, out string) error {
	if err := doc.CheckPlace(out); err != nil {
		return usage(err)
	}
	m, samples, err := read(file)
	if err != nil {
		return fmt.Errorf("convert %s: %w", file, err)
	}
	if err := legacy.Write(out, m, samples); err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), out)
	return err
}

// read reads a file by the name that it always had.
func read(file string) (store.Manifest, []experiment.Sample, error) {
	if filepath.Base(file) == "rivals.json" {
		return legacy.Rivals(file, rivals.Levels)
	}
	return legacy.Kernel(file, physics.Levels)
}
