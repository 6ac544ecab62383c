package main

import (
	"fmt"
	"os/exec"
	"regexp"
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
	cmd := exec.Command("go", "list", "-f", `{{.ImportPath}}{{"\t"}}{{.Doc}}{{"\t"}}{{join .Imports " "}}`, "./...")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var all []Package
	for line := range strings.Lines(string(out)) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		path, _ := below(columns[0])
		p := Package{Path: path, Doc: columns[1]}
		for _, imported := range strings.Fields(columns[2]) {
			if own, ok := below(imported); ok {
				p.Imports = append(p.Imports, own)
			}
		}
		all = append(all, p)
	}
	return all, nil
}

// below returns the path of a package below the module, if it is one of its own.
func below(path string) (string, bool) {
	if path == module {
		return ".", true
	}
	return strings.CutPrefix(path, module+"/")
}

// layers are the floors of the module from the top down. A package may import
// those of lower floors, and of its own.
var layers = []struct {
	name     string
	prefixes []string
}{
	{"the commands", []string{"cmd/", "internal/gen", "internal/bundle"}},
	{"the command as a library", []string{"app"}},
	{"the catalogue", []string{"scenarios"}},
	{"experiments, and what runs and draws them", []string{"scenarios/", "internal/ladder", "internal/run", "internal/doc", "internal/export", "internal/compare", "internal/cite", "internal/claims"}},
	{"transports", []string{"transports"}},
	{"machinery", []string{"internal/", "browser"}},
	{"shared memory", []string{"zerocopy"}},
	{"the vocabulary of what is measured", []string{"experiment"}},
	{"the vocabulary of the flock", []string{"."}},
}

// floor returns the layer of a package: that of the longest prefix.
func floor(path string) int {
	best, length := -1, -1
	for i, l := range layers {
		for _, prefix := range l.prefixes {
			within := path == prefix || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/")
			if within && len(prefix) > length {
				best, length = i, len(prefix)
			}
		}
	}
	return best
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

// sentence returns a package's comment without the words that name it again. Only
// what another generator has written has none.
func sentence(p Package) string {
	if p.Doc == "" {
		return "is generated from the schema beside it"
	}
	named := regexp.MustCompile(`^(Package|Command) \S+ `)
	return named.ReplaceAllString(strings.TrimSuffix(p.Doc, "."), "")
}
