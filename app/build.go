package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/experiment"
)

// buildFlags are the flags of build as they were typed.
type buildFlags struct {
	program              Program
	with, allow          []string
	output, source, keep string
	noCheck              bool
	notes                io.Writer
}

func newBuild(c catalogue) *cobra.Command {
	f := buildFlags{program: c.program}
	cmd := &cobra.Command{
		Use:   "build --with MODULE[@VERSION][=DIR] -o FILE",
		Short: "Build a copytax with plugins",
		Long: `Build a copytax that has everything of this one and what each MODULE adds: of a
version, or as it lies in a folder DIR. A plugin's root package has

    func Plugin() experiment.Catalogue

The module that is built, with its go.mod and go.sum, is kept in FILE.build: commit it,
and the next build takes the same versions. Nothing is tidied, and neither copytax nor a
module that it uses is moved to another version unless --allow says so. The program
must pass the conformance kit.`,
		Example: `  copytax build --with example.com/tcp2@v0.1.0 -o copytax-tcp2
  copytax build --with example.com/cbor=../cbor --with example.com/pipe=../pipe -o copytax-mine
  copytax build --source . --with example.com/gate=../gate -o ../copytax-gate --no-check`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.notes = cmd.ErrOrStderr()
			return f.run(cmd.Context())
		},
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&f.with, "with", nil, "plugin, as `MODULE[@VERSION][=DIR]`; may be repeated")
	fl.StringVarP(&f.output, "output", "o", "", "`file` of the program")
	fl.StringVar(&f.source, "source", "", "build copytax from this `folder`, a checkout of it (default the version of this program)")
	fl.StringVar(&f.keep, "keep", "", "`folder` for the module that is built (default FILE.build)")
	fl.StringArrayVar(&f.allow, "allow", nil, "let a plugin move copytax, or a module that it uses, to `MODULE@VERSION`; may be repeated")
	fl.BoolVar(&f.noCheck, "no-check", false, "do not run the conformance kit on what the plugins add")
	return cmd
}

func (f *buildFlags) run(ctx context.Context) error {
	withs, err := f.parse()
	if err != nil {
		return usage(err)
	}
	g, err := findGo(ctx)
	if err != nil {
		return err
	}
	if err := f.outside(withs); err != nil {
		return usage(err)
	}
	// Beside what it will be, so that a rename will do and relative folders stay right.
	keep, err := filepath.Abs(f.keep)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(keep), ".copytax-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &building{buildFlags: f, goCommand: g, dir: dir, plugins: withs}
	return b.build(ctx)
}

// parse returns the plugins, or what is wrong with the command line.
func (f *buildFlags) parse() (all []with, err error) {
	if len(f.with) == 0 || f.output == "" {
		return nil, errors.New("say what to build: --with MODULE and -o FILE")
	}
	seen := map[string]bool{}
	for _, text := range f.with {
		w, err := parseWith(text)
		if err != nil {
			return nil, err
		}
		if seen[w.path] || w.path == experiment.Tree {
			return nil, fmt.Errorf("--with %s: %s is given twice, or is copytax itself", text, w.path)
		}
		seen[w.path] = true
		all = append(all, w)
	}
	if info, err := os.Stat(f.output); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("-o %s: it is there and is no file", f.output)
	}
	if f.keep == "" {
		f.keep = f.output + ".build"
	}
	f.output, f.keep = filepath.Clean(f.output), filepath.Clean(f.keep)
	return all, f.places()
}

// places says what is wrong with where the program and its module shall be.
func (f *buildFlags) places() error {
	if f.keep == f.output {
		return fmt.Errorf("--keep %s: it is the program that -o names", f.keep)
	}
	for _, path := range []string{f.output, f.keep} {
		if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
			return fmt.Errorf("there is no folder %s for %s", filepath.Dir(path), path)
		}
	}
	entries, err := os.ReadDir(f.keep)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--keep %s: it is there and is no folder", f.keep)
	}
	isMod := func(e fs.DirEntry) bool { return e.Name() == "go.mod" }
	if len(entries) > 0 && !slices.ContainsFunc(entries, isMod) {
		return fmt.Errorf("--keep %s: it is there and is of no earlier build", f.keep)
	}
	return nil
}

// outside returns an error where what is written would change what is built.
func (f *buildFlags) outside(withs []with) error {
	for _, w := range append(withs, with{path: experiment.Tree, dir: f.source}) {
		if w.dir == "" {
			continue
		}
		for _, path := range []string{f.output, f.keep} {
			if in, err := inside(path, w.dir); in && err == nil { // a folder that is not there is complained of later
				return fmt.Errorf("%s lies in %s, the folder of %s, whose hash it would change: put it elsewhere", path, w.dir, w.path)
			}
		}
	}
	return nil
}

// A building is one build under way, in a folder of its own.
type building struct {
	*buildFlags
	goCommand
	dir      string
	base     with // copytax
	revision string
	plugins  []with
}

func (b *building) build(ctx context.Context) error {
	if err := b.readBase(ctx); err != nil {
		return err
	}
	for i := range b.plugins {
		if err := b.read(ctx, &b.plugins[i]); err != nil {
			return err
		}
	}
	if err := b.sufficesFor(); err != nil {
		return err
	}
	if err := b.writeModule(); err != nil {
		return err
	}
	if err := b.unmoved(ctx); err != nil {
		return err
	}
	program := filepath.Join(b.dir, "program.exe") // a name that every system can start
	if _, err := b.goCommand.run(ctx, b.dir, "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", program, "."); err != nil {
		return b.explained(err)
	}
	if err := b.check(ctx, program); err != nil {
		return err
	}
	if err := b.unchanged(ctx); err != nil {
		return err
	}
	return b.deliver(program)
}

// unchanged returns an error where a folder is no longer what was read of it.
func (b *building) unchanged(ctx context.Context) error {
	if b.source != "" {
		if now, err := revisionOf(ctx, b.source); err != nil || now != b.revision {
			return errors.Join(fmt.Errorf("%s has changed while it was built: build again", b.source), err)
		}
	}
	for _, w := range b.plugins {
		was := w.sum
		if w.dir == "" {
			continue
		}
		if err := w.readFolder(); err != nil || w.sum != was {
			return errors.Join(fmt.Errorf("%s has changed while it was built: build again", w.dir), err)
		}
	}
	return nil
}

// sufficesFor compares what the modules need with the go command.
func (b *building) sufficesFor() error {
	for _, w := range append([]with{b.base}, b.plugins...) {
		if w.mod.Go == nil {
			continue
		}
		if err := b.suffices(w.mod.Go.Version, w.path, b.notes); err != nil {
			return err
		}
	}
	return nil
}

// explained says in this program's words what most often keeps a plugin from compiling.
func (b *building) explained(err error) error {
	text := err.Error()
	for i, w := range b.plugins {
		call := fmt.Sprintf("plugin%d.Plugin", i)
		for _, sign := range []string{
			"undefined: " + call, "cannot use " + call, call + "() (value", "providing package " + w.path + ":",
			fmt.Sprintf("import %q is a program", w.path), "does not contain package " + w.path + ";",
		} {
			if strings.Contains(text, sign) {
				return fmt.Errorf("%s is no plugin: its root package needs func Plugin() experiment.Catalogue (%w)", w.path, err)
			}
		}
	}
	if strings.Contains(text, "no required module provides package") || strings.Contains(text, "cannot find module providing package") {
		return fmt.Errorf("a plugin imports what its go.mod, or that in %s, does not require: run go mod tidy in the plugin, remove %[1]s to resolve again (%w)", b.keep, err)
	}
	return err
}

// check starts the program, which refuses names that collide, and lets it check what
// the plugins add.
func (b *building) check(ctx context.Context, program string) error {
	verbs := [][]string{{"version"}, {"conformance", "--plugins"}}
	if b.noCheck {
		verbs = verbs[:1]
	}
	for _, args := range verbs {
		cmd := exec.CommandContext(ctx, program, args...)
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it ends its own processes
		cmd.WaitDelay = 10 * time.Second
		out, err := cmd.CombinedOutput()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return errors.New(failure(string(out), err))
		}
		for line := range strings.Lines(string(out)) {
			if strings.HasPrefix(line, "skipped ") {
				fmt.Fprint(b.notes, line)
			}
		}
	}
	return nil
}

// failure returns what went wrong with a program that was built, from what it printed.
func failure(out string, err error) string {
	refused, last := "", ""
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		if line != "" {
			last = line
		}
		if said, ok := strings.CutPrefix(line, "copytax: "); ok {
			refused = said
		}
		if said, ok := strings.CutPrefix(line, "FAIL "); ok {
			return "conformance: " + strings.TrimSpace(said) + " (--no-check builds it all the same)"
		}
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
			return "the program does not start: " + line
		}
	}
	if refused != "" {
		return refused
	}
	return fmt.Sprintf("the program does not start: %v: %s", err, last)
}

// deliver puts the module into the folder that is kept, and the program beside it: all
// is copied first, so that only renames are left that could fail.
func (b *building) deliver(program string) error {
	aside, err := b.aside(program)
	if err != nil {
		return err
	}
	defer os.Remove(aside) // it is no longer there once it has its name
	if err := os.Mkdir(b.keep, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	for _, name := range []string{"go.mod", "go.sum", "main.go"} {
		if err := os.Rename(filepath.Join(b.dir, name), filepath.Join(b.keep, name)); err != nil {
			return err
		}
	}
	if err := os.Rename(aside, b.output); err != nil {
		return err
	}
	fmt.Fprintf(b.notes, "built %s; commit %s to build the same again\n", b.output, b.keep)
	return nil
}

// aside copies the program beside its place, which may be on another file system than
// the folder that it was built in, and returns the name of the copy.
func (b *building) aside(program string) (string, error) {
	content, err := os.ReadFile(program)
	if err != nil {
		return "", err
	}
	aside, err := os.CreateTemp(filepath.Dir(b.output), "."+filepath.Base(b.output)+"-")
	if err != nil {
		return "", err
	}
	_, err = aside.Write(content)
	if err = errors.Join(err, aside.Chmod(0o755), aside.Close()); err != nil {
		return "", errors.Join(err, os.Remove(aside.Name()))
	}
	return aside.Name(), nil
}
