package app

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"github.com/copytax/copytax/scenarios"
)

// testCatalogue is that of the program without plugins.
func testCatalogue() catalogue { return catalogue{Catalogue: scenarios.New()} }

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"copytax": func() { Main(Program{}) }})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "edit": edit,
		},
	})
}

// exits STATUS COMMAND... runs a command and compares its exit status. Its
// output can be looked at with stdout and stderr.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND [ARG ...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	var exit *exec.ExitError
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%v exits with %d, want %d", args[1:], got, want)
	}
	if lines := strings.Count(ts.ReadFile("stderr"), "\n"); want == exitFailure && lines != 1 {
		ts.Fatalf("%v says its failure in %d lines, want 1", args[1:], lines)
	}
}

// edit FILE OFFSET changes one bit of a file; a negative offset counts from
// its end.
func edit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: edit FILE OFFSET")
	}
	path := ts.MkAbs(args[0])
	content, err := os.ReadFile(path)
	ts.Check(err)
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	if at < 0 {
		at += len(content)
	}
	content[at] ^= 1
	ts.Check(os.WriteFile(path, content, 0o644))
}

// Every verb ends its help with three examples, and each of these is a command
// line that the verb accepts.
func TestExamplesAreAccepted(t *testing.T) {
	root := newRoot(testCatalogue(), os.Stdout, os.Stderr)
	for _, cmd := range append(root.Commands(), root) {
		if cmd.Hidden || cmd.Name() == "help" || cmd.Name() == "completion" {
			continue
		}
		examples := strings.Split(strings.TrimSpace(cmd.Example), "\n")
		if len(examples) != 3 {
			t.Errorf("%s has %d examples, want 3", cmd.CommandPath(), len(examples))
		}
		for _, line := range examples {
			for _, part := range strings.Split(line, "&&") {
				accept(t, part)
			}
		}
	}
}

// accept parses a command line without carrying it out.
func accept(t *testing.T, line string) {
	t.Helper()
	line, _, _ = strings.Cut(line, "|")
	line, _, _ = strings.Cut(line, ">")
	line, _, _ = strings.Cut(line, "   ") // what follows is a remark
	words := strings.Fields(strings.NewReplacer("'", "").Replace(line))
	if len(words) == 0 || words[0] != "copytax" {
		t.Errorf("example %q does not start with copytax", line)
		return
	}
	root := newRoot(testCatalogue(), os.Stdout, os.Stderr)
	var parsed *cobra.Command
	for _, c := range root.Commands() {
		c.RunE = func(cmd *cobra.Command, _ []string) error { parsed = cmd; return nil }
	}
	root.SetArgs(words[1:])
	if err := root.Execute(); err != nil || parsed == nil {
		t.Errorf("example %q is not accepted: %v", line, err)
	}
}
