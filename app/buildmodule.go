package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/format"
	goversion "go/version"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/copytax/copytax/experiment"
)

// readBase finds out which copytax is built: a checkout, or the version of this program.
func (b *building) readBase(ctx context.Context) (err error) {
	b.base = with{path: experiment.Tree, dir: b.source}
	if b.source == "" {
		if b.base.version = ownVersion(); !semver.IsValid(b.base.version) {
			return errors.New("this copytax was built from a checkout, which no version names: say where it is with --source DIR")
		}
		b.revision = b.base.version
		return b.read(ctx, &b.base)
	}
	if b.base.mod, err = readMod(b.source, experiment.Tree); err != nil {
		return fmt.Errorf("--source %s: %w", b.source, err)
	}
	if b.base.sums, err = readSums(b.source); err != nil {
		return err
	}
	b.revision, err = revisionOf(ctx, b.source)
	return err
}

// ownVersion is the version of copytax that this program was built from, empty if it was
// built from a checkout: the one that the go command makes up for a commit may be nowhere.
func ownVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == experiment.Tree && published(m) {
			return m.Version
		}
	}
	return ""
}

// published reports whether a module that a program was built from can be had by its
// version. The go command knows the sum of one that it has fetched.
func published(m *debug.Module) bool {
	return m.Replace == nil && !strings.Contains(m.Version, "+dirty") && (m.Sum != "" || !module.IsPseudoVersion(m.Version))
}

// revisionOf names the state of a checkout: its git revision, or the hash of its files.
func revisionOf(ctx context.Context, dir string) (string, error) {
	git := func(args ...string) (string, error) {
		out, err := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...).Output()
		return strings.TrimSpace(string(out)), err
	}
	revision, err := git("rev-parse", "HEAD")
	top, err1 := git("rev-parse", "--show-prefix")
	changes, err2 := git("status", "--porcelain")
	switch {
	case errors.Join(err, err1, err2) != nil || top != "": // no repository, or one that it is only a folder of
		sum, err := hashFolder(dir, module.Version{Path: experiment.Tree, Version: folderVersion})
		return folderVersion + " " + sum, err
	case changes != "":
		return folderVersion + " " + revision + " modified", nil
	}
	return folderVersion + " " + revision, nil
}

// read finds a plugin: its go.mod, its go.sum and its hash.
func (b *building) read(ctx context.Context, w *with) error {
	if w.dir != "" {
		return w.readFolder()
	}
	if w.version == "" {
		if w.version = b.keptVersion(w.path); strings.ContainsAny(w.version, `/\`) {
			return fmt.Errorf("%s has %s as %s: ask for --with %[2]s=DIR, or remove %s to resolve again", filepath.Join(b.keep, "go.mod"), w.path, w.version, b.keep)
		}
	}
	d, err := b.download(ctx, b.dir, w.path+"@"+w.version)
	if err != nil {
		return fmt.Errorf("--with %s@%s: %w", w.path, w.version, err)
	}
	if w.mod, err = readMod(d.Dir, w.path); err != nil {
		return fmt.Errorf("--with %s@%s: %w", w.path, w.version, err)
	}
	w.version, w.sum = d.Version, d.Sum
	sums, err := readSums(d.Dir)
	if err != nil {
		return err
	}
	w.sums = fmt.Appendf(sums, "%[1]s %[2]s %[3]s\n%[1]s %[2]s/go.mod %[4]s\n", w.path, d.Version, d.Sum, d.GoModSum)
	return nil
}

// kept returns the go.mod of an earlier build, nil without one.
func (b *building) kept() *modfile.File {
	name := filepath.Join(b.keep, "go.mod")
	content, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	mod, err := modfile.Parse(name, content, nil)
	if err != nil {
		return &modfile.File{} // which requires nothing, so that it is complained of
	}
	return mod
}

// keptVersion is the version of a module in an earlier build, or the folder that
// replaced it there, and latest if it was not in one.
func (b *building) keptVersion(path string) string {
	if mod := b.kept(); mod != nil && pinOf(mod, path) != nothing {
		return pinOf(mod, path)
	}
	return "latest"
}

// requires returns the versions that a go.mod requires, by path.
func requires(mod *modfile.File) map[string]string {
	all := map[string]string{}
	for _, r := range mod.Require {
		all[r.Mod.Path] = r.Mod.Version
	}
	return all
}

// writeModule writes main.go, and go.mod and go.sum or those of the earlier build.
func (b *building) writeModule() (err error) {
	var content, sums []byte
	if mod := b.kept(); mod == nil {
		content, sums, err = b.resolve()
	} else {
		content, sums, err = b.reuse(mod)
	}
	if err != nil {
		return err
	}
	return errors.Join(b.write("go.mod", content), b.write("go.sum", sums), b.writeMain())
}

func (b *building) write(name string, content []byte) error {
	return os.WriteFile(filepath.Join(b.dir, name), content, 0o644)
}

// writeMain writes main.go as far as it is known what the program is made of.
func (b *building) writeMain() error {
	main, err := b.mainFile()
	if err != nil {
		return err
	}
	return b.write("main.go", main)
}

// reuse returns the files of the earlier build, if it was one of the same plugins.
func (b *building) reuse(mod *modfile.File) (content, sums []byte, err error) {
	fresh, _, err := b.resolve()
	if err != nil {
		return nil, nil, err
	}
	want, err := modfile.Parse("go.mod", fresh, nil)
	if err != nil {
		return nil, nil, err
	}
	for _, w := range append([]with{b.base}, b.plugins...) {
		got, wanted := pinOf(mod, w.path), pinOf(want, w.path)
		if got != wanted {
			return nil, nil, fmt.Errorf("%s has %s as %s, asked for is %s: edit it, or remove %s to resolve again",
				filepath.Join(b.keep, "go.mod"), w.path, got, wanted, b.keep)
		}
	}
	for _, path := range chosen(mod) {
		if !b.has(path) {
			return nil, nil, fmt.Errorf("%s has %s as %s, which is not asked for: ask for --with %[2]s, or remove %s to resolve again",
				filepath.Join(b.keep, "go.mod"), path, pinOf(mod, path), b.keep)
		}
	}
	content, err1 := os.ReadFile(filepath.Join(b.keep, "go.mod"))
	sums, err2 := readSums(b.keep) // the go command says what is missing
	return content, sums, errors.Join(err1, err2)
}

// chosen returns the modules that a go.mod is there for: those that it requires
// directly or replaces.
func chosen(mod *modfile.File) (paths []string) {
	for _, r := range mod.Require {
		if !r.Indirect {
			paths = append(paths, r.Mod.Path)
		}
	}
	for _, r := range mod.Replace {
		paths = append(paths, r.Old.Path)
	}
	return paths
}

// has reports whether a module is copytax or one of the plugins.
func (b *building) has(path string) bool {
	return path == b.base.path || slices.ContainsFunc(b.plugins, func(w with) bool { return w.path == path })
}

// nothing is what a go.mod has a module as that it does not name.
const nothing = "nothing"

// pinOf says what a go.mod has a module as: a version, or a folder.
func pinOf(mod *modfile.File, path string) string {
	for _, r := range mod.Replace {
		if r.Old.Path == path {
			return strings.TrimSpace(r.New.Path + " " + r.New.Version)
		}
	}
	if version, ok := requires(mod)[path]; ok {
		return version
	}
	return nothing
}

// resolve returns a go.mod that requires what copytax and the plugins do, each module in
// the highest version that any of them requires, which is how the go command chooses
// too, and the hashes that they know.
func (b *building) resolve() (content, sums []byte, err error) {
	versions, lines := map[string]string{}, map[string]bool{}
	raise := func(path, version string) {
		if semver.Compare(version, versions[path]) > 0 || versions[path] == "" {
			versions[path] = version
		}
	}
	mod := new(modfile.File)
	errs := []error{mod.AddModuleStmt(built)}
	direct, goVersion := map[string]bool{}, ""
	for _, w := range append([]with{b.base}, b.plugins...) {
		direct[w.path] = true
		raise(w.path, w.required())
		for path, version := range requires(w.mod) {
			raise(path, version)
		}
		for line := range strings.Lines(string(w.sums)) {
			lines[strings.TrimSpace(line)] = true
		}
		if w.mod.Go != nil && (goVersion == "" || goversion.Compare("go"+w.mod.Go.Version, "go"+goVersion) > 0) {
			goVersion = w.mod.Go.Version
		}
	}
	errs = append(errs, mod.AddGoStmt(goVersion))
	for _, path := range slices.Sorted(maps.Keys(versions)) {
		mod.AddNewRequire(path, versions[path], !direct[path])
	}
	mod.SetRequireSeparateIndirect(mod.Require)
	for _, w := range append([]with{b.base}, b.plugins...) {
		if w.dir != "" {
			errs = append(errs, b.replace(mod, w))
		}
	}
	mod.Cleanup()
	content, err = mod.Format()
	return content, []byte(strings.Join(slices.Sorted(maps.Keys(lines)), "\n") + "\n"), errors.Join(append(errs, err)...)
}

// replace adds the folder of a module, relative to the one that is kept if it was given so.
func (b *building) replace(mod *modfile.File, w with) error {
	dir := w.dir
	if !filepath.IsAbs(dir) {
		from, err1 := filepath.Abs(b.keep)
		to, err2 := filepath.Abs(dir)
		var err3 error
		if dir, err3 = filepath.Rel(from, to); errors.Join(err1, err2, err3) != nil {
			return errors.Join(err1, err2, err3)
		}
		if dir = filepath.ToSlash(dir); !strings.HasPrefix(dir, "../") {
			dir = "./" + dir
		}
	}
	return mod.AddReplace(w.path, "", dir, "")
}

// unmoved lets the go command choose the versions, and returns an error where they are
// not those that copytax was made with and nobody has allowed it.
func (b *building) unmoved(ctx context.Context) error {
	selected, err := b.selected(ctx)
	if err != nil {
		return b.explained(err)
	}
	was := requires(b.base.mod)
	if b.base.dir == "" {
		was[experiment.Tree], b.revision = b.base.version, selected[experiment.Tree]
	}
	var moved []string
	for _, path := range slices.Sorted(maps.Keys(was)) {
		is, used := selected[path]
		if as := path + "@" + is; used && is != was[path] && !slices.Contains(b.allow, as) {
			moved = append(moved, fmt.Sprintf("%s moves %s from %s to %s (--allow %s)", b.mover(path, is), path, was[path], is, as))
		}
	}
	for _, w := range b.plugins {
		if is := selected[w.path]; w.dir == "" && is != w.version {
			return fmt.Errorf("%s needs %s in version %s: ask for --with %[2]s@%[3]s", b.mover(w.path, is), w.path, is)
		}
	}
	if len(moved) > 0 {
		return fmt.Errorf("copytax was not made with these versions, which only --allow takes: %s", strings.Join(moved, ", "))
	}
	for _, w := range b.plugins {
		b.sayRaised(w, selected)
	}
	return b.writeMain()
}

// sayRaised says which modules a plugin is not built with as its go.mod has them.
func (b *building) sayRaised(w with, selected map[string]string) {
	var raised []string
	was := requires(w.mod)
	for _, path := range slices.Sorted(maps.Keys(was)) {
		if is, used := selected[path]; used && is != was[path] && !b.has(path) {
			raised = append(raised, fmt.Sprintf("%s %s instead of %s", path, is, was[path]))
		}
	}
	if len(raised) > 0 {
		fmt.Fprintf(b.notes, "%s is built with %s\n", w.path, strings.Join(raised, ", "))
	}
}

// selected returns the version of each module that the program has something of.
func (b *building) selected(ctx context.Context) (map[string]string, error) {
	list := []string{"list", "-mod=readonly", "-deps", "-f", "{{with .Module}}{{.Path}} {{.Version}}{{end}}", "."}
	out, err := b.goCommand.run(ctx, b.dir, list...)
	if err != nil && b.kept() == nil && (strings.Contains(err.Error(), "updates to go.mod needed") || strings.Contains(err.Error(), "missing go.sum entry")) {
		list[1] = "-mod=mod" // a version that was raised requires more, or a plugin's go.sum lacks something
		if out, err = b.goCommand.run(ctx, b.dir, list...); err == nil {
			err = b.required(ctx)
		}
	}
	if err != nil && b.kept() != nil {
		err = fmt.Errorf("%w: %s is of an earlier build: edit it, or remove %s to resolve again", err, filepath.Join(b.keep, "go.mod"), b.keep)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, version, _ := strings.Cut(strings.TrimSpace(line), " ")
		all[path] = version
	}
	return all, err
}

// required returns an error where the go command has added a module to go.mod that no
// other requires: it would be of whatever version is the latest today.
func (b *building) required(ctx context.Context) error {
	graph, err := b.goCommand.run(ctx, b.dir, "mod", "graph")
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for line := range strings.Lines(string(graph)) {
		from, to, _ := strings.Cut(strings.TrimSpace(line), " ")
		path, _, _ := strings.Cut(to, "@")
		known[path] = known[path] || from != built
	}
	mod, err := readMod(b.dir, built)
	if err != nil {
		return err
	}
	for path := range requires(mod) {
		if !known[path] && !b.has(path) {
			return fmt.Errorf("a plugin imports %s, which no go.mod requires: run go mod tidy there", path)
		}
	}
	return nil
}

// built is the path of the module that is built.
const built = "local/copytax"

// mover names the plugin that requires a version, as far as its go.mod says.
func (b *building) mover(path, version string) string {
	for _, w := range b.plugins {
		if requires(w.mod)[path] == version {
			return w.path
		}
	}
	return "a plugin"
}

// mainFile returns the program's main.go.
func (b *building) mainFile() ([]byte, error) {
	var s bytes.Buffer
	fmt.Fprintf(&s, "// Code generated by copytax build; DO NOT EDIT.\n\n// Command copytax is copytax with plugins.\npackage main\n\nimport (\n%q\n%q\n\n",
		experiment.Tree+"/app", experiment.Tree+"/experiment")
	for i, w := range b.plugins {
		fmt.Fprintf(&s, "plugin%d %q\n", i, w.path)
	}
	fmt.Fprintf(&s, ")\n\n// What the program is made of.\nconst (\nrevision = %q\n", b.revision)
	for i, w := range b.plugins {
		fmt.Fprintf(&s, "sum%d = %q // %s %s\n", i, w.sum, w.path, w.shown())
	}
	fmt.Fprintf(&s, ")\n\nfunc main() {\napp.Main(app.Program{Revision: revision, Plugins: []experiment.Module{\n")
	for i, w := range b.plugins {
		fmt.Fprintf(&s, "{Path: %q, Version: %q, Sum: sum%[3]d, Catalogue: plugin%[3]d.Plugin()},\n", w.path, w.shown(), i)
	}
	s.WriteString("}})\n}\n")
	return format.Source(s.Bytes())
}
