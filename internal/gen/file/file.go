// Package file writes generated files, or names those that are not current. It
// renders nothing: each generator does, and hands what it rendered to [Main].
package file

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A File is a generated file.
type File struct {
	Path    string // below the module's root folder, with slashes
	Content string
}

// A Renderer renders every generated file of the module in root.
type Renderer func(root string) ([]File, error)

// Main is the generator that is called by command. It runs in the module's root
// folder; with the flag -check it writes nothing.
func Main(command string, render Renderer) {
	check := flag.Bool("check", false, "write nothing, and fail where a file is not current")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := Renew(command, render, ".", *check); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Renew writes the generated files of the module in root, or only checks that they
// are current: the error then names each that is not, and command as the remedy.
func Renew(command string, render Renderer, root string, check bool) error {
	files, err := render(root)
	if err != nil {
		return err
	}
	var failed []error
	for _, f := range files {
		path := filepath.Join(root, filepath.FromSlash(f.Path))
		if got, err := os.ReadFile(path); err == nil && string(got) == f.Content {
			continue
		}
		if check {
			failed = append(failed, fmt.Errorf("%s is not current: %s renews it", f.Path, command))
		} else if err := os.WriteFile(path, []byte(f.Content), 0o644); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// Within returns the document at path below root, with text between the marks that
// say that command has generated it.
func Within(root, path, command, text string) (string, error) {
	document, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		return "", err
	}
	begins, ends := "<!-- generated: "+command+" -->\n", "<!-- end of generated -->\n"
	before, rest, ok := strings.Cut(string(document), begins)
	_, after, closed := strings.Cut(rest, ends)
	if !ok || !closed {
		return "", fmt.Errorf("%s has no marks for what %s generates", path, command)
	}
	return before + begins + text + ends + after, nil
}
