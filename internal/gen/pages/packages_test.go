package main

import (
	"fmt"
	"strings"
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
		{"transports/http", "cmd/copytax"}, {"scenarios", "app"}, {"transports/codec/raw", "zerocopy/hub"}, {"scenarios/flock", "zerocopy/attach"},
	} {
		if len(violations([]Package{{Path: c.from, Imports: []string{c.to}}})) != 1 {
			t.Errorf("%s may import %s", c.from, c.to)
		}
	}
	for _, c := range []struct{ from, to string }{
		{"cmd/copytax", "app"}, {"app", "scenarios"}, {"scenarios", "internal/ladder"}, {"scenarios/signal", "zerocopy"}, {"internal/run", "internal/store"},
		{"experiment", "experiment/stats"}, {"experiment", "."}, {"transports/codec/raw", "zerocopy"},
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
	switch {
	case floor(to) < floor(from):
		return "arrows point down"
	case strings.HasPrefix(from, "scenarios/") && strings.HasPrefix(to, "transports"):
		return "scenarios know no transport"
	case (strings.HasPrefix(from, "transports/codec") || from == "scenarios/flock") && strings.HasPrefix(to, "zerocopy/"):
		return "codecs and the workload share no memory"
	case strings.HasPrefix(from, "experiment") && !strings.HasPrefix(to, "experiment") && to != ".":
		return "the vocabulary imports nothing below internal"
	}
	return ""
}

// undocumented returns the packages without a comment, but those that other
// generators write.
func undocumented(all []Package) (names []string) {
	for _, p := range all {
		if generated := strings.HasSuffix(p.Path, "/pb") || strings.HasSuffix(p.Path, "/fb"); p.Doc == "" && !generated {
			names = append(names, p.Path)
		}
	}
	return names
}
