package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// modules is the folder of the packages of npm, below the one of package.json.
const modules = "node_modules"

// notices returns the names, versions and licence texts of the packages that folder's
// package.json depends on, as they are installed there. A package without a licence
// text, or of another version than is named, is an error.
func notices(folder string) ([]byte, error) {
	wanted, err := dependencies(folder)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintln(&b, "The scripts of this folder embed the packages of npm below, under the licences below.")
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if err := notice(&b, filepath.Join(folder, modules, name), name, wanted[name]); err != nil {
			return nil, fmt.Errorf("licence of %s: %w", name, err)
		}
	}
	return b.Bytes(), nil
}

// dependencies returns the versions by name of the packages that a script may embed.
func dependencies(folder string) (map[string]string, error) {
	var p struct {
		Dependencies map[string]string `json:"dependencies"`
	}
	err := readJSON(filepath.Join(folder, "package.json"), &p)
	return p.Dependencies, err
}

// notice appends what is to be said of the package in folder.
func notice(b *bytes.Buffer, folder, name, version string) error {
	var p struct{ Version, License string }
	if err := readJSON(filepath.Join(folder, "package.json"), &p); err != nil {
		return err
	}
	if p.Version != version {
		return fmt.Errorf("version %s is installed, %s wanted: npm ci", p.Version, version)
	}
	fmt.Fprintf(b, "\n%s\n%s %s (%s)\n", strings.Repeat("=", 80), name, version, p.License)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	texts := 0
	for _, e := range entries {
		if upper := strings.ToUpper(e.Name()); !strings.HasPrefix(upper, "LICEN") && !strings.HasPrefix(upper, "NOTICE") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "%s\n%s:\n\n%s\n", strings.Repeat("-", 80), e.Name(), bytes.Trim(text, "\r\n"))
		texts++
	}
	if texts == 0 {
		return errors.New("no file holds its text")
	}
	return nil
}

// checkEmbedded returns an error unless every package of which a bundle holds a file is
// among folder's dependencies, whose notices are given. Meta is what esbuild tells of a bundle.
func checkEmbedded(folder, meta string) error {
	wanted, err := dependencies(folder)
	if err != nil {
		return err
	}
	var m struct {
		Inputs map[string]json.RawMessage `json:"inputs"`
	}
	if err := json.Unmarshal([]byte(meta), &m); err != nil {
		return fmt.Errorf("read what the bundle holds: %w", err)
	}
	missing := map[string]bool{}
	for path := range m.Inputs {
		if name := packageOf(path); name != "" && wanted[name] == "" {
			missing[name] = true
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("a bundle embeds %s, which %s/package.json does not depend on", strings.Join(slices.Sorted(maps.Keys(missing)), ", "), folder)
	}
	return nil
}

// packageOf returns the name of the package that a file belongs to, or none.
func packageOf(path string) string {
	_, inside, found := strings.Cut(path, modules+"/")
	if !found {
		return ""
	}
	if at := strings.LastIndex(inside, modules+"/"); at >= 0 { // a package within another
		inside = inside[at+len(modules)+1:]
	}
	parts := strings.SplitN(inside, "/", 3)
	if strings.HasPrefix(inside, "@") && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}
