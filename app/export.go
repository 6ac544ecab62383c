package app

import (
	"bufio"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/internal/export"
)

func newExport(c catalogue) *cobra.Command {
	format := ""
	cmd := &cobra.Command{
		Use:   "export RUN",
		Short: "Print every number of a run as long rows",
		Long: `Print every metric of every worker of every trial of the run in the folder RUN, or
in results/RUN, a row each, with the factors of its cell in columns: for pandas, R
or DuckDB. docs/export.md shows the line that reads it in each. --format benchfmt
prints a line a trial instead, as a Go benchmark that benchstat reads.`,
		Example: `  copytax export reference > reference.csv
  copytax export reference --format benchfmt > reference.txt
  copytax export reference | grep process_cpu_ns`,
		Args: oneArgument("run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "csv" && format != "benchfmt" {
				return usage(fmt.Errorf("--format %q: want csv or benchfmt", format))
			}
			dir, err := findRun(args[0])
			if err != nil {
				return err
			}
			results, err := c.load(dir)
			if err != nil {
				return err
			}
			w := bufio.NewWriter(cmd.OutOrStdout())
			if format == "csv" {
				err = export.CSV(w, results)
			} else {
				var left []string
				left, err = export.Benchfmt(w, results, c.Known)
				for _, what := range left {
					if err == nil {
						fmt.Fprintln(cmd.ErrOrStderr(), "copytax:", what)
					}
				}
			}
			if err != nil {
				return err
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&format, "format", "csv", "csv or benchfmt")
	return cmd
}
