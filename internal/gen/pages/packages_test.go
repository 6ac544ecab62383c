package main

import (
	"testing"

	"github.com/copytax/copytax/internal/gen/file"
)

const root = "../../.."

func TestImportsPointDown(t *testing.T) {
	all, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range violations(all) {
		t.Error(wrong)
	}
	for _, name := range undocumented(all) {
		t.Errorf("%s has no package comment", name)
	}
}

// The rules find what they are there for.
func TestForbiddenImportsAreFound(t *testing.T) {
	for _, c := range []struct{ from, to string }{
		{"experiment", "internal/store"}, {"transports/unix", "scenarios/flock"}, {"scenarios/flock", "transports/shm"},
		{"internal/store", "internal/run"}, {".", "zerocopy"}, {"zerocopy", "internal/machine"}, {"internal/ladder", "scenarios"},
		{"transports/http", "cmd/copytax"},
	} {
		if len(violations([]Package{{Path: c.from, Imports: []string{c.to}}})) != 1 {
			t.Errorf("%s may import %s", c.from, c.to)
		}
	}
	for _, c := range []struct{ from, to string }{
		{"cmd/copytax", "scenarios"}, {"scenarios", "internal/ladder"}, {"scenarios/signal", "zerocopy"}, {"internal/run", "internal/store"},
		{"experiment", "experiment/stats"}, {"experiment", "."},
	} {
		if wrong := violations([]Package{{Path: c.from, Imports: []string{c.to}}}); len(wrong) > 0 {
			t.Errorf("%v", wrong)
		}
	}
}

// What is committed is what the command writes.
func TestPagesAreCurrent(t *testing.T) {
	if err := file.Renew(command, pages, root, true); err != nil {
		t.Error(err)
	}
}
