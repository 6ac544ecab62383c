package app

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/cite"
)

func newCite(c catalogue) *cobra.Command {
	format := ""
	formats := experiment.Names[citeFormat]{What: "format", Of: func(f citeFormat) string { return f.name }, All: []citeFormat{
		{"bibtex", (*cite.Citation).BibTeX}, {"cff", (*cite.Citation).CFF}, {"text", (*cite.Citation).Text},
	}}
	cmd := &cobra.Command{
		Use:   "cite RUN",
		Short: "Say how to cite a run",
		Long: `Print the citation of the run in the folder RUN, or in results/RUN: its seal, which
fixes every byte of it, date, machine and the version of copytax that made it. The run is
checked first, and must be complete.`,
		Example: `  copytax cite reference
  copytax cite reference --format cff >> CITATION.cff
  copytax cite results/hub --format text`,
		Args: oneArgument("run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			as, err := formats.Find(format)
			if err != nil {
				return usage(fmt.Errorf("--format: %w", err))
			}
			dir, err := findRun(args[0])
			if err != nil {
				return err
			}
			results, err := c.load(dir)
			if err != nil {
				return err
			}
			citation, err := cite.Of(results)
			if err != nil {
				return fmt.Errorf("cite: %w", err)
			}
			_, err = io.WriteString(cmd.OutOrStdout(), as.write(citation))
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", "bibtex", "bibtex, cff or text")
	return cmd
}

// A citeFormat is one way to write a citation.
type citeFormat struct {
	name  string
	write func(*cite.Citation) string
}
