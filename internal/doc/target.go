package doc

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// CheckTarget says why a report must not be written to the folder dir, nil if it
// may. It may where there is nothing, an empty folder, or a report of this program
// and nothing else. It may not where that lies in a run, or a run in it: links are
// followed first. run is the folder of the run that the report is on, which need
// not exist yet; it may be empty.
func CheckTarget(dir, run string) error {
	_, err := target(dir, run)
	return err
}

// CheckPlace says why a new run must not be written to the folder dir: it would lie
// in another run. It returns nil if it may.
func CheckPlace(dir string) error {
	path, err := resolve(dir)
	if err == nil {
		err = checkRuns(filepath.Dir(path), "")
	}
	if err != nil {
		return fmt.Errorf("refuse to write a run to %s: %w", dir, err)
	}
	return nil
}

// target checks a folder, and returns its path without links.
func target(dir, run string) (string, error) {
	path, err := resolve(dir)
	if err == nil {
		err = cmp.Or(checkRuns(path, run), checkContent(path))
	}
	if err != nil {
		return "", fmt.Errorf("refuse to write a report to %s: %w", dir, err)
	}
	return path, nil
}

// resolve returns the absolute path of what exists of a path, links followed, and
// behind it what does not.
//
// Note: the path is not cleaned first, since a name before ".." may be a link.
func resolve(path string) (string, error) {
	if !filepath.IsAbs(path) {
		wd, err := os.Getwd()
		if err != nil {
			return "", err
		}
		path = wd + string(filepath.Separator) + path
	}
	real, err := filepath.EvalSymlinks(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return real, err
	}
	path = strings.TrimRight(path, string(filepath.Separator))
	parent, name := filepath.Split(path)
	if exists(path) || name == ".." || parent == "" {
		return "", fmt.Errorf("%s leads nowhere", path)
	}
	if parent, err = resolve(parent); err != nil {
		return "", err
	}
	return filepath.Join(parent, name), nil
}

// parents returns a path and all folders that it lies in.
func parents(path string) []string {
	all := []string{path}
	for up := filepath.Dir(path); up != path; path, up = up, filepath.Dir(up) {
		all = append(all, up)
	}
	return all
}

// checkRuns refuses a path in a run, and one that the run lies in.
func checkRuns(path, run string) error {
	for _, at := range parents(path) {
		if isRun(at) {
			return fmt.Errorf("%s is a run, whose files are sealed", at)
		}
	}
	if run == "" {
		return nil
	}
	real, err := resolve(run)
	if err != nil {
		return err
	}
	if contains(parents(path), real) {
		return fmt.Errorf("it lies in the run %s", run)
	}
	if contains(parents(real), path) {
		return fmt.Errorf("the run %s lies in it", run)
	}
	return nil
}

// contains reports whether one of the paths is the same folder as another.
func contains(paths []string, other string) bool {
	info, _ := os.Stat(other) // what does not exist is the same as nothing
	return slices.ContainsFunc(paths, func(at string) bool {
		here, _ := os.Stat(at)
		return at == other || os.SameFile(here, info)
	})
}

// isRun reports whether a folder is a run: it has a manifest that is one, or that
// cannot be read as anything else.
func isRun(dir string) bool {
	raw, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return errors.Is(err, fs.ErrPermission)
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return true
	}
	return fields["plan"] != nil || fields["schema"] != nil || fields["seal"] != nil
}

// checkContent refuses a path at which there is anything but a report.
func checkContent(path string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	index, err := os.ReadFile(filepath.Join(path, IndexName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !isReport(index) {
		return fmt.Errorf("it is not empty, and not a report: it has no %s that begins as that of a report does", IndexName)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !belongs(e.Name(), index) {
			return fmt.Errorf("%s in it belongs to no report: move it away first", e.Name())
		}
	}
	return nil
}

// isReport tells the page of a report, or of what the physics had before it was
// one, from others.
func isReport(index []byte) bool {
	return bytes.HasPrefix(index, []byte("# Report on run ")) || bytes.HasPrefix(index, []byte("# The kernel benchmark"))
}

// belongs reports whether a file is the page of a report, or one of those that the
// page links to: a figure, which has two formats, or data.
func belongs(name string, index []byte) bool {
	links := func(file string) bool { return bytes.Contains(index, []byte("("+file+")")) }
	switch ending := filepath.Ext(name); ending {
	case ".svg", ".png":
		stem := strings.TrimSuffix(name, ending)
		return links(stem+".svg") || links(stem+".png")
	case ".csv":
		return links(name)
	}
	return name == IndexName
}
