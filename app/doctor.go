package app

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/internal/machine"
)

func newDoctor() *cobra.Command {
	return printing(&cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine can and cannot measure, and why",
		Example: `  copytax doctor
  copytax doctor --json
  copytax doctor && copytax run --all`,
	}, "print JSON", machine.Doctor, printChecks)
}

func printChecks(out io.Writer, checks []machine.Check) error {
	width := 0
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
	return nil
}
