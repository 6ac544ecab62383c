package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/zip"
)

// A with is a module that a program is built with.
type with struct {
	path    string
	version string // as given or found, empty where a folder has none
	dir     string // that replaces it, as given
	sum     string
	mod     *modfile.File
	sums    []byte // its go.sum, nil without
}

// folderVersion is what the go command calls a module that is no version.
const folderVersion = "(devel)"

// parseWith reads MODULE[@VERSION][=DIR].
func parseWith(text string) (w with, err error) {
	named, dir, replaced := strings.Cut(text, "=")
	path, version, versioned := strings.Cut(named, "@")
	w = with{path: path, version: version, dir: dir}
	err = module.CheckPath(path)
	switch {
	case err != nil:
	case replaced && dir == "":
		err = errors.New("no folder behind =")
	case versioned && version == "":
		err = errors.New("no version behind @")
	case replaced && versioned && !semver.IsValid(version):
		err = fmt.Errorf("version %q of a folder: want one such as v1.2.3", version)
	}
	if err != nil {
		return w, fmt.Errorf("--with %s: %w; want MODULE[@VERSION][=DIR]", text, err)
	}
	return w, nil
}

// readFolder reads the module in w's folder.
func (w *with) readFolder() (err error) {
	if w.mod, err = readMod(w.dir, w.path); err != nil {
		return fmt.Errorf("--with %s=%s: %w", w.path, w.dir, err)
	}
	if w.sums, err = readSums(w.dir); err != nil {
		return err
	}
	if w.sum, err = hashFolder(w.dir, module.Version{Path: w.path, Version: w.shown()}); err != nil {
		return fmt.Errorf("hash %s: %w", w.dir, err)
	}
	return nil
}

// shown is the version as version and list tell it.
func (w *with) shown() string {
	if w.version == "" {
		return folderVersion
	}
	return w.version
}

// required is the version that go.mod must require.
func (w *with) required() string {
	if w.version != "" {
		return w.version
	}
	return nullVersion(w.path)
}

// nullVersion is the least version of a module path, for one that a folder replaces.
func nullVersion(path string) string {
	_, major, _ := module.SplitPathVersion(path)
	if prefix := module.PathMajorPrefix(major); prefix != "" {
		return prefix + ".0.0"
	}
	return "v0.0.0"
}

// readMod reads the go.mod in a folder, which must be that of the module called path.
func readMod(dir, path string) (*modfile.File, error) {
	name := filepath.Join(dir, "go.mod")
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("no module there: %w", err)
	}
	mod, err := modfile.ParseLax(name, content, nil)
	if err != nil {
		return nil, err
	}
	if mod.Module == nil || mod.Module.Mod.Path != path {
		return nil, fmt.Errorf("%s is not of module %s", name, path)
	}
	return mod, nil
}

// readSums reads the go.sum in a folder. A module without dependencies has none.
func readSums(dir string) ([]byte, error) {
	sums, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return sums, err
}

// inside reports whether a file is a folder, or lies below it, wherever links lead. Only
// the last element of its path need not be there.
func inside(file, dir string) (bool, error) {
	beside, err1 := filepath.Abs(filepath.Dir(file))
	beside, err2 := filepath.EvalSymlinks(beside)
	dir, err3 := filepath.Abs(dir)
	dir, err4 := filepath.EvalSymlinks(dir)
	below, err5 := filepath.Rel(dir, filepath.Join(beside, filepath.Base(file)))
	return err5 == nil && filepath.IsLocal(below), errors.Join(err1, err2, err3, err4)
}

// hashFolder returns the hash that go.sum would have of a folder if it were published
// as a version: of the files that belong to the module, and nothing else. It is an error
// if the go command could compile what the hash does not cover.
func hashFolder(dir string, as module.Version) (string, error) {
	found, err := zip.CheckDir(dir)
	if err != nil {
		return "", err
	}
	for _, f := range found.Omitted {
		if info, err := os.Lstat(f.Path); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
			return "", f
		}
	}
	prefix := as.Path + "@" + as.Version + "/"
	var names []string
	for _, name := range found.Valid {
		below, err := filepath.Rel(dir, name)
		if err != nil {
			return "", err
		}
		names = append(names, prefix+filepath.ToSlash(below))
	}
	return dirhash.Hash1(names, func(name string) (io.ReadCloser, error) {
		return os.Open(filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(name, prefix))))
	})
}
