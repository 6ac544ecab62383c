package app

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// asked carries out a command line in the test's process.
func asked(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, complaints bytes.Buffer
	status = Program{}.execute(t.Context(), args, &out, &complaints)
	return status, out.String(), complaints.String()
}

// folder writes files, as "go.mod", "module …", and returns their folder.
func folder(t *testing.T, pairs ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(pairs); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, pairs[i]), []byte(pairs[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// What is asked for and cannot be built is told in one line, and nothing is left.
func TestBuildRefusals(t *testing.T) {
	plugin := folder(t, "go.mod", "module example.com/plugin\n\ngo 1.26.0\n", "plugin.go", "package plugin\n")
	later := folder(t, "go.mod", "module example.com/later\n\ngo 1.999.0\n", "later.go", "package later\n")
	main := folder(t, "go.mod", "module example.com/main\n\ngo 1.26.0\n", "main.go", "package main\n\nfunc main() {}\n")
	linked := folder(t, "go.mod", "module example.com/linked\n\ngo 1.26.0\n")
	if err := os.Symlink(filepath.Join(plugin, "plugin.go"), filepath.Join(linked, "linked.go")); err != nil {
		t.Fatal(err)
	}
	unreadable := folder(t, "go.mod", "module example.com/unreadable\n\ngo 1.26.0\n")
	if err := os.Mkdir(filepath.Join(unreadable, "go.sum"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOTOOLCHAIN", "local")
	for name, c := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"no plugin":          {[]string{"-o", "p"}, exitUsage, "say what to build"},
		"no output":          {[]string{"--with", "example.com/plugin=" + plugin}, exitUsage, "say what to build"},
		"no module path":     {[]string{"--with", "Not A Path", "-o", "p"}, exitUsage, "malformed module path"},
		"no version":         {[]string{"--with", "example.com/plugin@", "-o", "p"}, exitUsage, "no version behind @"},
		"no folder":          {[]string{"--with", "example.com/plugin=", "-o", "p"}, exitUsage, "no folder behind ="},
		"twice":              {[]string{"--with", "example.com/plugin=" + plugin, "--with", "example.com/plugin@v1.0.0", "-o", "p"}, exitUsage, "is given twice"},
		"output is a folder": {[]string{"--with", "example.com/plugin=" + plugin, "-o", plugin}, exitUsage, "it is there and is no file"},
		"output in nowhere":  {[]string{"--with", "example.com/plugin=" + plugin, "-o", "nowhere/p"}, exitUsage, "there is no folder nowhere"},
		"kept in nowhere":    {[]string{"--with", "example.com/plugin=" + plugin, "-o", "p", "--keep", "nowhere/b/"}, exitUsage, "there is no folder nowhere"},
		"kept as program":    {[]string{"--with", "example.com/plugin=" + plugin, "-o", "p", "--keep", "./p/"}, exitUsage, "it is the program that -o names"},
		"kept with others":   {[]string{"--with", "example.com/plugin=" + plugin, "-o", "p", "--keep", filepath.Dir(plugin)}, exitUsage, "is of no earlier build"},
		"output in a plugin": {[]string{"--with", "example.com/plugin=" + plugin, "-o", plugin + "/p"}, exitUsage, "the folder of example.com/plugin, whose hash it would change"},
		"kept in a plugin":   {[]string{"--with", "example.com/plugin=" + plugin, "-o", "p", "--keep", plugin + "/b"}, exitUsage, "the folder of example.com/plugin, whose hash it would change"},
		"a link":             {[]string{"--with", "example.com/linked=" + linked, "-o", "p"}, exitFailure, "linked.go: not a regular file"},
		"unreadable go.sum":  {[]string{"--with", "example.com/unreadable=" + unreadable, "-o", "p"}, exitFailure, "go.sum: is a directory"},
		"no module":          {[]string{"--with", "example.com/plugin=" + t.TempDir(), "-o", "p"}, exitFailure, "no module there"},
		"another module":     {[]string{"--with", "example.com/other=" + plugin, "-o", "p"}, exitFailure, "go.mod is not of module example.com/other"},
		"source is none":     {[]string{"--with", "example.com/plugin=" + plugin, "-o", "p", "--source", plugin}, exitFailure, "go.mod is not of module github.com/copytax/copytax"},
		"a later Go":         {[]string{"--with", "example.com/later=" + later, "-o", "p"}, exitFailure, "example.com/later needs Go 1.999.0; "},
		"a program":          {[]string{"--with", "example.com/main=" + main, "-o", "p"}, exitFailure, "example.com/main is no plugin: its root package needs func Plugin()"},
	} {
		t.Run(name, func(t *testing.T) {
			source, err := filepath.Abs("..")
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			args := append([]string{"build", "--source", source}, c.args...)
			status, _, complaint := asked(t, args...)
			if first, _, _ := strings.Cut(complaint, "\n"); status != c.status || !strings.Contains(first, c.want) {
				t.Errorf("got status %d and %q, want %d and %q", status, complaint, c.status, c.want)
			}
			if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// A folder to keep is the same in each spelling, and a build that fails leaves none.
func TestKeepSpellings(t *testing.T) {
	main := folder(t, "go.mod", "module example.com/main\n\ngo 1.26.0\n", "main.go", "package main\n\nfunc main() {}\n")
	source, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, keep := range []string{".", "b/", "./b"} {
		t.Run(keep, func(t *testing.T) {
			work := t.TempDir()
			if err := os.Mkdir(filepath.Join(work, "here"), 0o755); err != nil {
				t.Fatal(err)
			}
			t.Chdir(filepath.Join(work, "here"))
			relative, err := filepath.Rel(filepath.Join(work, "here"), main)
			if err != nil {
				t.Fatal(err)
			}
			_, _, got := asked(t, "build", "--source", source, "--with", "example.com/main="+relative, "-o", "../p", "--keep", keep)
			if want := "example.com/main is no plugin"; !strings.Contains(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func TestNoCrossBuild(t *testing.T) {
	plugin := folder(t, "go.mod", "module example.com/plugin\n")
	t.Setenv("GOOS", "plan9")
	t.Chdir(t.TempDir())
	status, _, got := asked(t, "build", "--with", "example.com/plugin="+plugin, "-o", "p")
	if want := "the go command builds for plan9/"; status != exitFailure || !strings.Contains(got, want) {
		t.Errorf("got status %d and %q, want %q", status, got, want)
	}
}

// What a plugin gets in another version than its go.mod has is told.
func TestRaised(t *testing.T) {
	b := madeBuilding(t, "p.build", pluginMod)
	var notes strings.Builder
	b.notes = &notes
	b.sayRaised(b.plugins[0], map[string]string{"example.com/a": "v1.0.0", "example.com/b": "v1.6.0"})
	if got, want := notes.String(), "example.com/plugin/v2 is built with example.com/a v1.0.0 instead of v0.9.0\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Only what can be fetched again is a version of copytax.
func TestPublished(t *testing.T) {
	const made = "v0.0.0-20261128190000-b8ac92f00000"
	for m, want := range map[debug.Module]bool{
		{Version: "v1.0.0"}:                             true,
		{Version: made, Sum: "h1:x="}:                   true,
		{Version: made}:                                 false,
		{Version: "v1.0.0+dirty"}:                       false,
		{Version: "v1.0.0", Replace: new(debug.Module)}: false,
	} {
		if got := published(&m); got != want {
			t.Errorf("%+v: got %v, want %v", m, got, want)
		}
	}
}

// A program whose modules do not go together says so, whatever it is asked for.
func TestCollisionAtStart(t *testing.T) {
	plugin := experiment.Module{Path: "example.com/clash", Version: "v0.1.0", Sum: "h1:x="}
	plugin.Codecs = []copytax.Format{{Name: "raw"}}
	var out, complaints bytes.Buffer
	status := Program{Plugins: []experiment.Module{plugin}}.execute(t.Context(), []string{"version"}, &out, &complaints)
	want := `copytax: codec "raw" is of github.com/copytax/copytax and of example.com/clash v0.1.0 h1:x=: one program cannot have both` + "\n"
	if got := complaints.String(); status != exitFailure || got != want || out.Len() > 0 {
		t.Errorf("got status %d, %q and %q, want %q", status, out.String(), got, want)
	}
}

func TestBuildNeedsGo(t *testing.T) {
	plugin := folder(t, "go.mod", "module example.com/plugin\n")
	t.Setenv("PATH", t.TempDir())
	t.Chdir(t.TempDir())
	status, _, got := asked(t, "build", "--with", "example.com/plugin="+plugin, "-o", "p")
	if want := "there is no go command in PATH"; status != exitFailure || !strings.Contains(got, want) {
		t.Errorf("got status %d and %q, want %q", status, got, want)
	}
}

// The hash of a folder is what go.sum would have of it as a version.
func TestHashOfFolder(t *testing.T) {
	out, err := exec.Command("go", "mod", "download", "-json", "golang.org/x/mod").Output()
	if err != nil {
		t.Fatal(err)
	}
	text := func(name string) string {
		_, after, _ := strings.Cut(string(out), `"`+name+`": "`)
		value, _, _ := strings.Cut(after, `"`)
		return value
	}
	got, err := hashFolder(text("Dir"), module.Version{Path: text("Path"), Version: text("Version")})
	if want := text("Sum"); err != nil || got != want || want == "" {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

// madeBuilding returns a building of copytax in its version v1.0.0 with a plugin, without any
// go command.
func madeBuilding(t *testing.T, keep, plugin string) *building {
	t.Helper()
	parse := func(text string) *modfile.File {
		mod, err := modfile.ParseLax("go.mod", []byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		return mod
	}
	return &building{
		buildFlags: &buildFlags{keep: keep, output: "p"},
		base: with{path: "github.com/copytax/copytax", version: "v1.0.0", sums: []byte("a v1.0.0 h1:a=\n"),
			mod: parse("module github.com/copytax/copytax\n\ngo 1.26.0\n\nrequire (\n\texample.com/a v1.0.0\n\texample.com/b v1.5.0\n)\n")},
		plugins: []with{{path: "example.com/plugin/v2", dir: "plugin", sums: []byte("b v1.6.0 h1:b=\na v1.0.0 h1:a=\n"), mod: parse(plugin)}},
	}
}

const pluginMod = "module example.com/plugin/v2\n\ngo 1.27.1\n\nrequire (\n\texample.com/a v0.9.0\n\texample.com/b v1.6.0\n\texample.com/c v0.1.0\n)\n"

// A build resolves to the highest version that anybody requires, and to nothing else.
func TestResolve(t *testing.T) {
	b := madeBuilding(t, "p.build", pluginMod)
	content, sums, err := b.resolve()
	if err != nil {
		t.Fatal(err)
	}
	want := `module local/copytax

go 1.27.1

require (
	example.com/plugin/v2 v2.0.0
	github.com/copytax/copytax v1.0.0
)

require (
	example.com/a v1.0.0 // indirect
	example.com/b v1.6.0 // indirect
	example.com/c v0.1.0 // indirect
)

replace example.com/plugin/v2 => ../plugin
`
	if got := string(content); got != want {
		t.Errorf("got go.mod %s\nwant %s", got, want)
	}
	if got, want := string(sums), "a v1.0.0 h1:a=\nb v1.6.0 h1:b=\n"; got != want {
		t.Errorf("got go.sum %q, want %q", got, want)
	}
	if got := b.mover("example.com/b", "v1.6.0"); got != "example.com/plugin/v2" {
		t.Errorf("b is moved by %q, want the plugin", got)
	}
}

// A second build takes go.mod as it is, and refuses to mean something else by it.
func TestReuse(t *testing.T) {
	keep := t.TempDir()
	b := madeBuilding(t, keep, pluginMod)
	b.plugins[0].dir = "/plugin"
	content, _, err := b.resolve()
	if err != nil {
		t.Fatal(err)
	}
	edited := bytes.Replace(content, []byte("example.com/c v0.1.0"), []byte("example.com/c v0.2.0"), 1)
	for name, content := range map[string][]byte{"go.mod": edited, "go.sum": []byte("c v0.2.0 h1:c=\n")} {
		if err := os.WriteFile(filepath.Join(keep, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, sums, err := b.reuse(b.kept())
	if err != nil || !bytes.Equal(got, edited) || string(sums) != "c v0.2.0 h1:c=\n" {
		t.Errorf("got %s, %s, %v; want the files that are there", got, sums, err)
	}
	for what, change := range map[string]func(*building){
		"example.com/plugin/v2 as /plugin, asked for is /elsewhere":    func(b *building) { b.plugins[0].dir = "/elsewhere" },
		"example.com/plugin/v2 as /plugin, asked for is v2.1.0":        func(b *building) { b.plugins[0].dir, b.plugins[0].version = "", "v2.1.0" },
		"github.com/copytax/copytax as v1.0.0, asked for is v1.0.1":    func(b *building) { b.base.version = "v1.0.1" },
		"example.com/plugin/v3 as nothing, asked for is /plugin: edit": func(b *building) { b.plugins[0].path = "example.com/plugin/v3" },
	} {
		b := madeBuilding(t, keep, pluginMod)
		b.plugins[0].dir = "/plugin"
		change(b)
		if _, _, err := b.reuse(b.kept()); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("got %v, want an error about %s", err, what)
		}
	}
}

// What an earlier build was made of and this one is not must not decide versions.
func TestReuseDropped(t *testing.T) {
	for what, more := range map[string]string{
		"example.com/dropped as v1.2.0, which is not asked for": "\nrequire example.com/dropped v1.2.0\n",
		"example.com/a as ../a, which is not asked for":         "\nreplace example.com/a => ../a\n",
	} {
		keep := t.TempDir()
		b := madeBuilding(t, keep, pluginMod)
		content, _, err := b.resolve()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(keep, "go.mod"), append(content, more...), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.reuse(b.kept()); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("got %v, want an error about %s", err, what)
		}
	}
}

func TestToolchain(t *testing.T) {
	for _, c := range []struct{ toolchain, need, wantErr, wantNote string }{
		{"auto", "1.26.0", "", ""},
		{"local", "1.26.0", "", ""},
		{"auto", "1.27.0", "", "x needs Go 1.27.0: /go, which is go1.26.8, fetches it if it is not there (GOTOOLCHAIN=auto)\n"},
		{"path+auto", "1.27.0", "", "x needs Go 1.27.0: /go, which is go1.26.8, fetches it if it is not there (GOTOOLCHAIN=path+auto)\n"},
		{"go1.26.8", "1.27.0", "x needs Go 1.27.0; /go is go1.26.8, and GOTOOLCHAIN=go1.26.8 keeps it from fetching another: install Go 1.27.0 or set GOTOOLCHAIN=auto", ""},
		{"local", "1.27.0", "x needs Go 1.27.0; /go is go1.26.8, and GOTOOLCHAIN=local keeps it from fetching another: install Go 1.27.0 or set GOTOOLCHAIN=auto", ""},
	} {
		var note strings.Builder
		err := goCommand{"/go", "go1.26.8", c.toolchain}.suffices(c.need, "x", &note)
		if got := note.String(); got != c.wantNote || err == nil != (c.wantErr == "") || err != nil && err.Error() != c.wantErr {
			t.Errorf("%s, need %s: got %v and %q, want %q and %q", c.toolchain, c.need, err, got, c.wantErr, c.wantNote)
		}
	}
}

// What a go command and a program that was built say is told in one line.
func TestFailuresInOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"go: downloading example.com/a v1.0.0\ngo: example.com/b@v9: unknown revision v9\n":     "example.com/b@v9: unknown revision v9",
		"# local/copytax\n./main.go:21:79: undefined: plugin0.Plugin\n./main.go:22: too many\n": "./main.go:21:79: undefined: plugin0.Plugin",
		"go: finding module for package x\nmain.go:3:2: a problem:\n\tand its cause\n":          "main.go:3:2: a problem: and its cause",
	} {
		if got := complaint(in); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for in, want := range map[string]string{
		"ok      tcp2+raw info\nFAIL    tcp2+raw boids=1: float 3 is 0\ncopytax: 1 of 1 do not conform\n": "conformance: tcp2+raw boids=1: float 3 is 0 (--no-check builds it all the same)",
		"copytax: codec \"raw\" is of a and of b: one program cannot have both\n":                         "codec \"raw\" is of a and of b: one program cannot have both",
		"panic: no\n\ngoroutine 1 [running]:\nmain.main()\n":                                              "the program does not start: panic: no",
		"copytax: nothing to check\nsee: copytax --help\n":                                                "nothing to check",
		"what?\n": "the program does not start: exit 2: what?",
	} {
		if got := failure(in, errors.New("exit 2")); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A checkout is named by its revision, a folder without one by its files.
func TestRevision(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git:", err)
	}
	dir := folder(t, "go.mod", "module github.com/copytax/copytax\n")
	ctx := context.Background()
	want := func(what, prefix, suffix string) {
		t.Helper()
		got, err := revisionOf(ctx, dir)
		if err != nil || !strings.HasPrefix(got, prefix) || !strings.HasSuffix(got, suffix) {
			t.Errorf("%s: got %q, %v; want %s…%s", what, got, err, prefix, suffix)
		}
	}
	want("no repository", "(devel) h1:", "=")
	for _, args := range [][]string{
		{"init", "-q"}, {"add", "go.mod"}, {"-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "one"},
	} {
		if out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
	head, err := exec.Command("git", "-C", dir, "rev-parse", "HEAD").Output()
	if err != nil {
		t.Fatal(err)
	}
	revision := "(devel) " + strings.TrimSpace(string(head))
	want("a commit", revision, revision)
	if err := os.WriteFile(filepath.Join(dir, "more.go"), []byte("package copytax\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	want("and a change", revision, " modified")
}

// What the kit of a program leaves out is told, and an interrupted one has not failed.
func TestCheck(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho 'skipped pipe : it is not here'\necho 'ok      raw format'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	var notes strings.Builder
	b := &building{buildFlags: &buildFlags{notes: &notes}}
	if err := b.check(t.Context(), program); err != nil || !strings.HasPrefix(notes.String(), "skipped pipe : it is not here\n") || strings.Contains(notes.String(), "ok") {
		t.Errorf("got %v and %q, want the line that says what was skipped", err, notes.String())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.check(ctx, program); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: got %v, want %v", err, context.Canceled)
	}
	var out, complaints bytes.Buffer
	status := Program{}.execute(ctx, []string{"conformance", "raw", "unix+raw"}, &out, &complaints)
	if got, want := complaints.String(), "copytax: interrupted\n"; status != exitFailure || got != want || out.Len() > 0 {
		t.Errorf("interrupted: got status %d, %q and %q, want %q", status, out.String(), got, want)
	}
}

// A folder that changes while it is built gives no program.
func TestUnchanged(t *testing.T) {
	dir := folder(t, "go.mod", "module example.com/plugin\n", "plugin.go", "package plugin\n")
	b := &building{buildFlags: &buildFlags{}, plugins: []with{{path: "example.com/plugin", dir: dir}}}
	if err := b.plugins[0].readFolder(); err != nil {
		t.Fatal(err)
	}
	if err := b.unchanged(t.Context()); err != nil {
		t.Errorf("got %v, want none", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "plugin.go"), []byte("package plugin // changed\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := b.unchanged(t.Context()); err == nil || !strings.Contains(err.Error(), "has changed while it was built") {
		t.Errorf("got %v, want that it has changed", err)
	}
}
