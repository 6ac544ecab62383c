package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/internal/machine"
)

func newDoctor() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine can and cannot measure, and why",
		Example: `  copytax doctor
  copytax doctor --json
  copytax doctor && copytax run --all`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			checks, err := machine.Doctor(machine.Options{})
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd, checks)
			}
			printChecks(cmd, checks)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printChecks(cmd *cobra.Command, checks []machine.Check) {
	out, width := cmd.OutOrStdout(), 0
	for _, c := range checks {
		width = max(width, len(c.Name))
	}
	indent := strings.Repeat(" ", 2+len(machine.Unavailable)+width)
	for _, c := range checks {
		fmt.Fprintf(out, "%-*s %-*s %s\n", len(machine.Unavailable), c.Status, width, c.Name, c.Detail)
		if c.Consequence != "" {
			fmt.Fprintf(out, "%s→ %s\n", indent, c.Consequence)
		}
		if c.Advice != "" {
			fmt.Fprintf(out, "%s  %s\n", indent, c.Advice)
		}
	}
}
