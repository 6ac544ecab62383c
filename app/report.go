package app

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/internal/doc"
	"github.com/copytax/copytax/internal/store"
)

const (
	resultsDir = "results"
	reportsDir = "reports"
)

func newReport(c catalogue) *cobra.Command {
	out := ""
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "Draw the figures and tables of a run",
		Long: `Draw the figures (SVG, PNG), tables (CSV) and index of the run in the folder RUN,
or in results/RUN, to reports/RUN; of a run elsewhere, to RUN.report beside it.
The same results give the same bytes. A folder that holds anything but a report
is not written to.`,
		Example: `  copytax report results/reference
  copytax report reference --out /tmp/figures
  copytax verify reference && copytax report reference`,
		Args: oneArgument("run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := findRun(args[0])
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("out") {
				out = reportFolder(dir)
			}
			if err := doc.CheckTarget(out, dir); err != nil {
				return err
			}
			_, d, err := c.document(dir)
			if err != nil {
				return err
			}
			if err := doc.Write(out, d); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), filepath.Join(out, doc.IndexName))
			return err
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "`folder` to write to (default reports/RUN or RUN.report)")
	return cmd
}

// reportFolder returns where the report on the run in dir belongs: reports/RUN
// for results/RUN, and beside any other folder, so that no two runs of one name
// share a report.
func reportFolder(dir string) string {
	dir = filepath.Clean(dir)
	if base := filepath.Base(dir); base == "." || base == ".." {
		if abs, err := filepath.Abs(dir); err == nil {
			dir = abs
		}
	}
	if filepath.Base(filepath.Dir(dir)) == resultsDir {
		return filepath.Join(filepath.Dir(filepath.Dir(dir)), reportsDir, filepath.Base(dir))
	}
	return dir + ".report"
}

// findRun returns the folder of a run that was given by its path or its name.
func findRun(name string) (string, error) {
	for _, dir := range []string{name, filepath.Join(resultsDir, name)} {
		if st, err := os.Stat(filepath.Join(dir, store.ManifestName)); err == nil && st.Mode().IsRegular() {
			return dir, nil
		} else if err != nil && os.IsPermission(err) {
			return "", fmt.Errorf("run %q: %w", name, err)
		}
	}
	return "", fmt.Errorf("no run %q: neither %s nor %s holds a %s",
		name, name, filepath.Join(resultsDir, name), store.ManifestName)
}
