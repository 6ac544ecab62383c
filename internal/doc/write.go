package doc

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/internal/figure"
	"github.com/copytax/copytax/internal/store"
)

// IndexName is the file of a report that a reader opens first.
const IndexName = "index.md"

// A file is a file of a report.
type file struct {
	name    string
	content []byte
}

// Write writes the report on a run to the folder dir: the page, each figure as SVG
// and PNG, and the data as CSV. It replaces an earlier report as a whole, and
// nothing else: see [CheckTarget]. The new folder is made aside and swapped in, so
// that an error leaves what was there.
func Write(dir string, d *Document) error {
	path, err := target(dir, "")
	if err != nil {
		return err
	}
	all, err := files(d)
	if err == nil {
		err = replace(path, all, os.WriteFile)
	}
	if err != nil {
		return fmt.Errorf("report on %s: %w", d.Run, err)
	}
	return nil
}

// files returns the whole report.
func files(d *Document) ([]file, error) {
	all := []file{{IndexName, Markdown(d)}}
	for p, f := range each[*report.Figure](d.Parts...) {
		svg, err := figure.SVG(p.captioned(f))
		if err != nil {
			return nil, err
		}
		png, err := figure.PNG(p.captioned(f), figure.Sharp)
		if err != nil {
			return nil, err
		}
		all = append(all, file{f.Name + ".svg", svg}, file{f.Name + ".png", png})
	}
	for _, p := range d.Parts {
		for _, data := range p.Report.Data {
			content, err := CSV(data)
			if err != nil {
				return nil, err
			}
			all = append(all, file{data.Name + ".csv", content})
		}
	}
	return all, checkNames(all)
}

// checkNames refuses names that could leave the folder, and two files of one name.
func checkNames(files []file) error {
	plain, seen := regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.+-]*\.[a-z]+$`), map[string]bool{}
	for _, f := range files {
		if !plain.MatchString(f.name) {
			return fmt.Errorf("file %q: that is no name for one", f.name)
		}
		name := strings.ToLower(f.name)
		if seen[name] {
			return fmt.Errorf("file %q: there are two of that name", f.name)
		}
		seen[name] = true
	}
	return nil
}

// replace makes a folder of files aside and swaps it with what is at path. Where
// it fails, the folder at path and its parent are as they were.
//
// Note: files are not flushed to the disk first. A report that a loss of power
// damages is made again from the results.
func replace(path string, files []file, write func(string, []byte, fs.FileMode) error) (err error) {
	undo, err := makeParents(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			undo()
		}
	}()
	removeLeftovers(path)
	aside, err := os.MkdirTemp(filepath.Dir(path), leftoverPrefix(path))
	if err != nil {
		return err
	}
	defer claim(aside).Close()
	defer discard(aside, path)
	fresh := filepath.Join(aside, "new")
	if err := os.Mkdir(fresh, 0o755); err != nil {
		return err
	}
	for _, f := range files {
		if err := write(filepath.Join(fresh, f.name), f.content, 0o644); err != nil {
			return err
		}
	}
	if old, err := os.Stat(path); err == nil {
		if err := os.Chmod(fresh, old.Mode().Perm()); err != nil {
			return err
		}
	}
	return swap(fresh, path)
}

// discard removes the folder in which a report was made, with what it replaced,
// but not the only copy of an earlier report that could not be put back.
func discard(aside, path string) {
	if exists(path) || !exists(filepath.Join(aside, "old")) {
		_ = os.RemoveAll(aside) // the next report tries again
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// makeParents makes a folder and its parents. The function that it returns removes
// those that it made, as long as they are empty.
func makeParents(dir string) (undo func(), err error) {
	all := parents(dir)
	missing := all[:slices.IndexFunc(all, exists)] // the deepest first; the root exists
	undo = func() {
		for _, at := range missing {
			_ = os.Remove(at) // it may not be there, or somebody else uses it by now
		}
	}
	if err = os.MkdirAll(dir, 0o755); err != nil {
		undo()
	}
	return undo, err
}

func leftoverPrefix(path string) string { return "." + filepath.Base(path) + ".new-" }

// removeLeftovers removes what reports to the same path left that were killed
// before they were done. What cannot be removed is left for the next time.
func removeLeftovers(path string) {
	entries, _ := os.ReadDir(filepath.Dir(path))
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), leftoverPrefix(path)) {
			continue
		}
		dir := filepath.Join(filepath.Dir(path), e.Name())
		if held := claim(dir); held != nil {
			_ = os.RemoveAll(dir)
			_ = held.Close()
		}
	}
}

// claim locks a folder until the file that it returns is closed, at the latest by
// the end of this program. It returns nil, which can be closed too, if another
// program holds it, and where the system knows no such locks: what a killed report
// has left then stays.
func claim(dir string) *os.File {
	held, err := store.Lock(dir)
	if err != nil {
		return nil
	}
	return held
}

// swapByRenames puts the folder fresh in the place of path, with a moment at which
// there is neither. The old one lands beside fresh.
func swapByRenames(fresh, path string) error {
	old := filepath.Join(filepath.Dir(fresh), "old")
	if err := os.Rename(path, old); err != nil && !os.IsNotExist(err) {
		return err
	}
	err := os.Rename(fresh, path)
	if err != nil {
		_ = os.Rename(old, path) // there may have been none
	}
	return err
}
