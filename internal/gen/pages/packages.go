package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
)

const module = "github.com/copytax/copytax"

// A Package is one package of the module.
type Package struct {
	Path    string   // below the module; "." for the module's own
	Doc     string   // first sentence of its comment
	Imports []string // packages of the module that it imports, tests aside
}

// load lists the packages of the module in dir, in the order of their paths.
func load(dir string) ([]Package, error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Doc,Imports", "./...")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var all []Package
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath, Doc string
			Imports         []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		own := Package{Path: below(p.ImportPath), Doc: p.Doc}
		for _, path := range p.Imports {
			if path == module || strings.HasPrefix(path, module+"/") {
				own.Imports = append(own.Imports, below(path))
			}
		}
		all = append(all, own)
	}
}

func below(path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}

// layers are the floors of the module from the top down. A package may import
// those of lower floors, and of its own.
var layers = []struct {
	name     string
	prefixes []string
}{
	{"the commands", []string{"cmd/", "internal/gen"}},
	{"the catalogue", []string{"scenarios"}},
	{"experiments, and what plays and draws them", []string{"scenarios/", "internal/ladder", "internal/run", "internal/doc", "internal/export"}},
	{"transports", []string{"transports"}},
	{"machinery", []string{"internal/"}},
	{"shared memory", []string{"zerocopy"}},
	{"the vocabulary of what is measured", []string{"experiment"}},
	{"the vocabulary of the flock", []string{"."}},
}

// floor returns the layer of a package: that of the longest prefix.
func floor(path string) int {
	best, length := -1, -1
	for i, l := range layers {
		for _, prefix := range l.prefixes {
			if (path == prefix || strings.HasSuffix(prefix, "/") && strings.HasPrefix(path, prefix) ||
				strings.HasPrefix(path, prefix+"/")) && len(prefix) > length {
				best, length = i, len(prefix)
			}
		}
	}
	return best
}

// violations returns every import that the rules forbid: upwards, from a transport
// to a scenario or back, and any of the module by the module's own package.
func violations(all []Package) (wrong []string) {
	for _, p := range all {
		if floor(p.Path) < 0 {
			wrong = append(wrong, fmt.Sprintf("%s is on no floor of the map", p.Path))
		}
		for _, to := range p.Imports {
			if why := forbidden(p.Path, to); why != "" {
				wrong = append(wrong, fmt.Sprintf("%s imports %s: %s", p.Path, to, why))
			}
		}
	}
	return wrong
}

func forbidden(from, to string) string {
	isScenario := func(path string) bool { return strings.HasPrefix(path, "scenarios/") }
	isTransport := func(path string) bool { return strings.HasPrefix(path, "transports") }
	switch {
	case floor(to) < floor(from):
		return "arrows point down"
	case isScenario(from) && isTransport(to):
		return "scenarios know no transport"
	case strings.HasPrefix(from, "experiment") && !strings.HasPrefix(to, "experiment") && to != ".":
		return "the vocabulary imports nothing below internal"
	}
	return ""
}

// mapOf returns the map: the floors from the top down, each package with the
// first sentence of its comment.
func mapOf(all []Package) string {
	var b strings.Builder
	for i, l := range layers {
		fmt.Fprintf(&b, "**%s%s**\n\n", strings.ToUpper(l.name[:1]), l.name[1:])
		for _, p := range all {
			if floor(p.Path) == i {
				fmt.Fprintf(&b, "- `%s` %s\n", p.Path, sentence(p))
			}
		}
		b.WriteString("\n")
	}
	return strings.TrimSpace(b.String()) + "\n"
}

// sentence returns a package's comment without the words that name it again.
func sentence(p Package) string {
	text := strings.TrimSuffix(p.Doc, ".")
	for _, start := range []string{"Package ", "Command "} {
		if rest, ok := strings.CutPrefix(text, start); ok {
			_, text, _ = strings.Cut(rest, " ")
		}
	}
	return text
}

// undocumented returns the packages without a comment.
func undocumented(all []Package) (names []string) {
	for _, p := range all {
		if p.Doc == "" && !slices.ContainsFunc([]string{"/pb", "/fb"}, func(end string) bool { return strings.HasSuffix(p.Path, end) }) {
			names = append(names, p.Path)
		}
	}
	return names
}
