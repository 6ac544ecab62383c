package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// A moduleProxy is a folder that the go command takes modules from.
type moduleProxy struct {
	t   *testing.T
	dir string
}

// publish puts a folder's files up as a version of a module.
func (p moduleProxy) publish(path, version, dir string) {
	p.t.Helper()
	m := module.Version{Path: path, Version: version}
	var archive bytes.Buffer
	if err := zip.CreateFromDir(&archive, m, dir); err != nil {
		p.t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		p.t.Fatal(err)
	}
	info, err := json.Marshal(map[string]string{"Version": version})
	if err != nil {
		p.t.Fatal(err)
	}
	at := filepath.Join(p.dir, filepath.FromSlash(path), "@v")
	list, _ := os.ReadFile(filepath.Join(at, "list")) // the first version begins it
	if err := os.MkdirAll(at, 0o755); err != nil {
		p.t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"list": append(list, version+"\n"...), version + ".info": info, version + ".mod": mod, version + ".zip": archive.Bytes(),
	} {
		if err := os.WriteFile(filepath.Join(at, name), content, 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
}

// example returns a copy of an example that needs the published copytax, with files
// replaced; those without content are left out.
func (p moduleProxy) example(name string, pairs ...string) string {
	p.t.Helper()
	dir := p.t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "examples", name))); err != nil {
		p.t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		p.t.Fatal(err)
	}
	pairs = append([]string{"go.mod", strings.Replace(string(mod), "copytax v0.0.0", "copytax v1.99.0", 1)}, pairs...)
	for i := 0; i < len(pairs); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, pairs[i]), []byte(pairs[i+1]), 0o644); err != nil {
			p.t.Fatal(err)
		}
		if pairs[i+1] == "" {
			if err := os.Remove(filepath.Join(dir, pairs[i])); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	return dir
}

// output runs a command, which must succeed, and returns what it prints.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// tree returns a copy of what is or may be committed of this tree: what was built in it is
// larger than a module may be.
func tree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name := range strings.SplitSeq(output(t, "git", "-C", "..", "ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00") {
		content, err := os.ReadFile(filepath.Join("..", name))
		if name == "" || errors.Is(err, fs.ErrNotExist) { // deleted, and not yet committed so
			continue
		}
		at := filepath.Join(dir, name)
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, content, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// publishedModules makes a proxy with a version of this tree and of plugins of it, and has the
// go command use that and the modules that are on this machine, and nothing else.
func publishedModules(t *testing.T) {
	t.Helper()
	p := moduleProxy{t, t.TempDir()}
	cache := output(t, "go", "env", "GOMODCACHE")
	p.publish("github.com/copytax/copytax", "v1.99.0", tree(t))
	p.publish("example.com/cbor", "v0.1.0", p.example("cbor"))
	p.publish("example.com/cbor", "v0.2.0", p.example("cbor", "go.sum", "")) // for which the go command has to find sums
	// What copytax requires, in a version that only a plugin wants.
	raised := output(t, "go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/mod")
	p.publish("golang.org/x/mod", "v0.999.0", raised)
	const mod = "module example.com/%s\n\ngo 1.26.0\n\nrequire github.com/copytax/copytax v1.99.0\n"
	const source = "package %s\n\nimport (\n\t\"github.com/copytax/copytax/experiment\"\n\t_ \"golang.org/x/mod/semver\"\n%s)\n\nfunc Plugin() experiment.Catalogue { return experiment.Catalogue{} }\n"
	named := func(text, name, more string) string {
		return strings.Replace(strings.Replace(text, "%s", name, 1), "%s", more, 1)
	}
	p.publish("example.com/moves", "v0.1.0", folder(t, "moves.go", named(source, "moves", ""),
		"go.mod", named(mod, "moves", "")+"\nrequire golang.org/x/mod v0.999.0\n"))
	p.publish("example.com/untidy", "v0.1.0", folder(t, "untidy.go", named(source, "untidy", "\t_ \"example.com/cbor\"\n"),
		"go.mod", named(mod, "untidy", "")+"\nrequire golang.org/x/mod v0.999.0\n"))
	for name, value := range map[string]string{
		"GOPROXY":    "file://" + filepath.ToSlash(p.dir) + ",file://" + filepath.ToSlash(cache) + "/cache/download",
		"GOMODCACHE": t.TempDir(), "GOFLAGS": "-modcacherw", "GOSUMDB": "off", "GOPRIVATE": "", "GONOPROXY": "", "GOWORK": "off", "GOTOOLCHAIN": "local",
	} {
		t.Setenv(name, value)
	}
}

// A copytax that was installed by its version builds itself with versions of plugins,
// and the same again where nothing can be fetched.
func TestBuildVersions(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds six programs")
	}
	have := output(t, "go", "list", "-m", "-f", "{{.Version}}", "golang.org/x/mod")
	publishedModules(t)
	t.Chdir(t.TempDir())
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOBIN", here)
	output(t, "go", "install", "-trimpath", "github.com/copytax/copytax/cmd/copytax@v1.99.0")
	build := func(args ...string) string {
		t.Helper()
		return output(t, "./copytax", append([]string{"build", "--no-check"}, args...)...)
	}
	refused := func(want string, args ...string) {
		t.Helper()
		out, err := exec.Command("./copytax", append([]string{"build", "--no-check", "-o", "refused"}, args...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) || strings.Count(string(out), "\n") != 1 {
			t.Errorf("build %v: got %v and %q, want %q", args, err, out, want)
		}
	}
	build("--with", "example.com/cbor@v0.1.0", "-o", "mine")
	got := output(t, "./mine", "version")
	for _, want := range []string{"copytax v1.99.0, ", "with example.com/cbor v0.1.0 h1:"} {
		if !strings.Contains(got, want) {
			t.Errorf("got version %q, want %q", got, want)
		}
	}
	build("--with", "example.com/cbor", "-o", "latest")
	if got, want := output(t, "./latest", "version"), "with example.com/cbor v0.2.0 h1:"; !strings.Contains(got, want) {
		t.Errorf("got version %q, want %q", got, want)
	}
	refused("example.com/moves moves golang.org/x/mod from "+have+" to v0.999.0 (--allow golang.org/x/mod@v0.999.0)", "--with", "example.com/moves@v0.1.0")
	build("--with", "example.com/moves@v0.1.0", "--allow", "golang.org/x/mod@v0.999.0", "-o", "moved")
	if got, want := output(t, "./moved", "version", "--json"), `"golang.org/x/mod": "v0.999.0"`; !strings.Contains(got, want) {
		t.Errorf("got version %q, want %q", got, want)
	}
	refused("a plugin imports example.com/cbor, which no go.mod requires", "--with", "example.com/untidy@v0.1.0", "--allow", "golang.org/x/mod@v0.999.0")

	t.Setenv("GOPROXY", "off")
	build("--with", "example.com/cbor", "-o", "again", "--keep", "mine.build") // of the version that is kept
	first, err1 := os.ReadFile("mine")
	again, err2 := os.ReadFile("again")
	if err1 != nil || err2 != nil || !bytes.Equal(first, again) {
		t.Errorf("built again without a proxy: %v, %v, or another program", err1, err2)
	}
}
