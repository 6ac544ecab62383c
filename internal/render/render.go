package render

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/copytax/copytax/internal/store"
)

// IndexName is the file of a report that a reader opens first.
const IndexName = "index.md"

// Render writes the report on a run to dir, which it makes if it must: each
// figure as SVG and PNG, tables as CSV, and an index. Results come from
// [store.Load], which has verified them. Files of an earlier report are
// replaced, and its figures that this one has not are removed; other files in
// dir are left alone. It writes nothing when the run has no complete block.
func Render(results *store.Results, dir string) error {
	r, err := newReport(results)
	if err != nil {
		return err
	}
	files, err := r.files()
	if err != nil {
		return fmt.Errorf("report on %s: %w", results.Dir, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("report on %s: %w", results.Dir, err)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.name), f.content, 0o644); err != nil {
			return fmt.Errorf("report on %s: %w", results.Dir, err)
		}
	}
	return removeOthers(dir, files, regexp.MustCompile(`^(phases|taxes|latency|scaling)(-[0-9a-z-]+)?\.(svg|png)$`))
}

// A document is a file of a report.
type document struct {
	name    string
	content []byte
}

// files returns the whole report, so that one that cannot be drawn leaves an
// earlier one as it was.
func (r *report) files() ([]document, error) {
	var files []document
	figures := r.figures()
	for _, f := range figures {
		svg, err := f.svg(r.fonts)
		if err != nil {
			return nil, err
		}
		png, err := f.png(r.fonts, sharpness*pixelsPerInch)
		if err != nil {
			return nil, err
		}
		files = append(files, document{f.name + ".svg", svg}, document{f.name + ".png", png})
	}
	for _, t := range r.tables() {
		content, err := t.bytes()
		if err != nil {
			return nil, err
		}
		files = append(files, document{t.name, content})
	}
	return append(files, document{IndexName, []byte(r.index(figures))}), nil
}

// removeOthers removes figures of an earlier report that this one does not have:
// those files that look like ours.
func removeOthers(dir string, files []document, ours *regexp.Regexp) error {
	written := map[string]bool{}
	for _, f := range files {
		written[f.name] = true
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("clean report: %w", err)
	}
	for _, e := range entries {
		if written[e.Name()] || !ours.MatchString(e.Name()) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("clean report: %w", err)
		}
	}
	return nil
}
