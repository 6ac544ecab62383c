package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/internal/render"
	"github.com/copytax/copytax/internal/store"
)

const (
	resultsDir = "results"
	reportsDir = "reports"
)

func newReport() *cobra.Command {
	out := ""
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "Draw the figures and tables of a run",
		Long: `Draw the figures (SVG, PNG), tables (CSV) and index of the run in the folder RUN,
or in results/RUN, to reports/RUN; of a run elsewhere, to RUN.report beside it.
The same results give the same bytes.`,
		Example: `  copytax report results/reference
  copytax report reference --out /tmp/figures
  copytax verify reference && copytax report reference`,
		Args: oneArgument("run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := findRun(args[0])
			if err != nil {
				return err
			}
			written, err := report(dir, out)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), filepath.Join(written, "index.md"))
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "folder to write to (default reports/RUN or RUN.report)")
	return cmd
}

// report draws the run in dir and returns the folder that it wrote.
func report(dir, out string) (string, error) {
	results, err := store.Load(dir)
	if err != nil {
		return "", err
	}
	if out == "" {
		out = reportFolder(dir)
	}
	if !results.Manifest.Plan.Gauges() {
		return out, render.Render(results, out)
	}
	reports, err := gaugeReports(results)
	if err != nil {
		return "", err
	}
	return out, render.Gauges(results, reports, out)
}

// reportFolder returns where the report on the run in dir belongs: reports/RUN
// for results/RUN, and beside any other folder, so that no two runs of one name
// share a report.
func reportFolder(dir string) string {
	dir = filepath.Clean(dir)
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
		}
	}
	return "", fmt.Errorf("no run %q: neither %s nor %s holds a %s",
		name, name, filepath.Join(resultsDir, name), store.ManifestName)
}
