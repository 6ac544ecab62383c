package app

import (
	"embed"
	"errors"
	"fmt"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"text/template"

	"github.com/spf13/cobra"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/copytax/copytax/experiment"
)

// starter holds a folder of templates for each kind of plugin. Those of examples/ are
// made of them, with nothing but names filled in.
//
//go:embed starter
var starter embed.FS

// newFlags are the flags of new as they were typed.
type newFlags struct {
	catalogue
	module, dir, source string
}

// kinds are what a plugin can be started as.
func kinds() []string { return []string{"carrier", "codec", "experiment", "transport"} }

func newNew(c catalogue) *cobra.Command {
	f := newFlags{catalogue: c}
	cmd := &cobra.Command{
		Use:   "new carrier|codec|transport|experiment NAME",
		Short: "Start a plugin: a module that works, to be changed",
		Long: `Write a module that adds a carrier, a codec, a transport or an experiment called NAME.
It is one of copytax's examples under that name: it compiles, passes the conformance
kit, and can be built in by copytax build.`,
		Example: `  copytax new carrier tcp2
  copytax new codec cbor2 --module example.com/cbor2 --dir plugins/cbor2
  copytax new experiment gate --source ../copytax`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(args); err != nil {
				return usage(err)
			}
			if err := f.write(args[0], args[1]); err != nil {
				return fmt.Errorf("new %s %s: %w", args[0], args[1], err)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s; build it in: copytax build %s--with %s=%s -o copytax-%s\n", f.dir, f.from(), f.module, f.dir, args[1])
			return err
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.module, "module", "", "`path` of the module (default example.com/NAME)")
	fl.StringVar(&f.dir, "dir", "", "`folder` to write it to, which must be empty or not there (default NAME)")
	fl.StringVar(&f.source, "source", "", "have go.mod replace copytax by this `folder`, a checkout of it")
	return cmd
}

// from is what build is to be told of copytax, where no version names this one.
func (f *newFlags) from() string {
	switch {
	case f.source != "":
		return "--source " + f.source + " "
	case semver.IsValid(ownVersion()):
		return ""
	}
	return "--source COPYTAX "
}

// check fills in what was left out, and says what is wrong with the rest.
func (f *newFlags) check(args []string) error {
	if len(args) != 2 || !slices.Contains(kinds(), args[0]) {
		return fmt.Errorf("new: want one of %s and a name", strings.Join(kinds(), ", "))
	}
	name := args[1]
	if !regexp.MustCompile(`^[a-z][a-z0-9]*$`).MatchString(name) || token.IsKeyword(name) {
		return fmt.Errorf("name %q: want small letters and digits, as of a Go package", name)
	}
	if _, err := fs.Stat(starter, "starter/"+args[0]+"/"+name+".go.tmpl"); err == nil || slices.Contains([]string{"internal", "main", "vendor"}, name) {
		return fmt.Errorf("name %q: it means something else in such a module", name)
	}
	if f.taken(args[0], name) {
		return fmt.Errorf("this program has the %s %s already", args[0], name)
	}
	if f.module == "" {
		f.module = "example.com/" + name
	}
	if f.dir == "" {
		f.dir = name
	}
	if err := module.CheckPath(f.module); err != nil {
		return fmt.Errorf("--module %s: %w", f.module, err)
	}
	if entries, err := os.ReadDir(f.dir); len(entries) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--dir %s: want a folder that is empty or not there", f.dir)
	}
	return nil
}

// taken reports whether the program has something of a name. A NAME that an example of
// this tree has is free: plugins are no part of it.
func (f *newFlags) taken(kind, name string) bool {
	l := newListing(f.catalogue)
	of := map[string][]entry{"carrier": l.Carriers, "codec": l.Codecs, "experiment": l.Experiments, "transport": l.Transports}[kind]
	return slices.ContainsFunc(of, func(e entry) bool { return e.Name == name })
}

// write writes the module.
func (f *newFlags) write(kind, name string) error {
	files, err := f.files(kind, name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return err
	}
	for path, content := range files {
		if err := os.WriteFile(filepath.Join(f.dir, path), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// files returns the module's files by name.
func (f *newFlags) files(kind, name string) (map[string][]byte, error) {
	files := map[string][]byte{}
	names, err := fs.Glob(starter, "starter/"+kind+"/*.tmpl")
	if err != nil {
		return nil, err
	}
	for _, path := range names {
		content, err := starter.ReadFile(path)
		if err != nil {
			return nil, err
		}
		t, err := template.New(path).Delims("«", "»").Parse(string(content))
		if err != nil {
			return nil, err
		}
		var out strings.Builder
		if err := t.Execute(&out, struct{ Name string }{name}); err != nil {
			return nil, err
		}
		base := strings.TrimSuffix(filepath.Base(path), ".tmpl")
		files[strings.Replace(base, "NAME", name, 1)] = []byte(out.String())
	}
	return files, f.goFiles(kind, files)
}

// goFiles adds go.mod and go.sum. With a checkout of copytax they need no further
// requirement, so that the module's tests run as they are.
func (f *newFlags) goFiles(kind string, files map[string][]byte) error {
	mod := new(modfile.File)
	version, goVersion, sums := ownVersion(), strings.TrimPrefix(runtime.Version(), "go"), ""
	errs := []error{mod.AddModuleStmt(f.module)}
	if f.source != "" {
		base, err := readMod(f.source, experiment.Tree)
		if err != nil {
			return fmt.Errorf("--source %s: %w", f.source, err)
		}
		for _, r := range base.Require {
			mod.AddNewRequire(r.Mod.Path, r.Mod.Version, true)
		}
		its, err := os.ReadFile(filepath.Join(f.source, "go.sum"))
		version, goVersion, sums = "", base.Go.Version, string(its)
		errs = append(errs, err, (&building{buildFlags: &buildFlags{keep: f.dir}}).replace(mod, with{path: experiment.Tree, dir: f.source}))
	}
	if !semver.IsValid(version) {
		version = nullVersion(experiment.Tree)
	}
	mod.AddNewRequire(experiment.Tree, version, false)
	own, _ := starter.ReadFile("starter/" + kind + "/deps.sum") // only where a library is imported
	for line := range strings.Lines(string(own)) {
		words := strings.Fields(line)
		if sums += line; !strings.HasSuffix(words[1], "/go.mod") {
			mod.AddNewRequire(words[0], words[1], !imports(files, words[0]))
		}
	}
	errs = append(errs, mod.AddGoStmt(goVersion))
	mod.SetRequireSeparateIndirect(mod.Require)
	mod.SortBlocks()
	mod.Cleanup()
	content, err := mod.Format()
	files["go.mod"] = content
	if sums != "" {
		files["go.sum"] = sorted(sums)
	}
	return errors.Join(append(errs, err)...)
}

// imports reports whether any of the files imports a package of a module.
func imports(files map[string][]byte, path string) bool {
	for _, content := range files {
		if strings.Contains(string(content), `"`+path) {
			return true
		}
	}
	return false
}

// sorted returns lines sorted.
func sorted(lines string) []byte {
	all := strings.Split(strings.TrimSuffix(lines, "\n"), "\n")
	slices.Sort(all)
	return []byte(strings.Join(all, "\n") + "\n")
}
