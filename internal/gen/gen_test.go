package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// TestFilesAreCurrent is go run ./internal/gen -check.
func TestFilesAreCurrent(t *testing.T) {
	if err := run(root, true); err != nil {
		t.Error(err)
	}
}

// copied copies what the generator reads and writes to a folder of its own.
func copied(t *testing.T) string {
	t.Helper()
	all, err := outputs(root)
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{"zerocopy/words.go"}
	for _, o := range all {
		paths = append(paths, o.path)
	}
	dir := t.TempDir()
	for _, path := range paths {
		content, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestCheckNamesEveryStaleFile(t *testing.T) {
	dir := copied(t)
	stale := []string{"rust/hub/src/layout.rs", "browser/host/abi.mjs"}
	if err := os.WriteFile(filepath.Join(dir, stale[0]), []byte("pub const LINES: usize = 1;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, stale[1])); err != nil {
		t.Fatal(err)
	}
	err := run(dir, true)
	if err == nil {
		t.Fatal("two stale files, and no error")
	}
	if got := strings.Count(err.Error(), "go run ./internal/gen renews it"); got != len(stale) {
		t.Errorf("got %d remedies, want %d: %v", got, len(stale), err)
	}
	for _, path := range stale {
		if !strings.Contains(err.Error(), path) {
			t.Errorf("got %v, want an error that names %s", err, path)
		}
	}
	if err := run(dir, false); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, true); err != nil {
		t.Errorf("after a run: %v", err)
	}
}

// TestLineReachesEveryLanguage adds a line to the hub's control page.
func TestLineReachesEveryLanguage(t *testing.T) {
	dir := copied(t)
	words := filepath.Join(dir, "zerocopy/words.go")
	source, err := os.ReadFile(words)
	if err != nil {
		t.Fatal(err)
	}
	grown := strings.Replace(string(source), "\tlines       = 76\n", "\tpulseLine = 76 // new\n\tlines = 77\n", 1)
	if err := os.WriteFile(words, []byte(grown), 0o644); err != nil {
		t.Fatal(err)
	}
	err = run(dir, true)
	for _, path := range []string{"rust/hub/src/layout.rs", "browser/host/abi.mjs", "docs/hub.md"} {
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v, want an error that names %s", err, path)
		}
	}
}

func TestGeneratedFilesSaySo(t *testing.T) {
	all, err := outputs(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		first, _, _ := strings.Cut(o.content, "\n")
		switch filepath.Ext(o.path) {
		case ".tsv": // data, with the names of its columns in the first line
		case ".md":
			if !strings.Contains(o.content, "generated: go run ./internal/gen") {
				t.Errorf("%s does not say what is generated", o.path)
			}
		default:
			if first != "// "+header {
				t.Errorf("%s begins with %q", o.path, first)
			}
		}
	}
}

func TestDescriptorIsPacked(t *testing.T) {
	at := 0
	for _, f := range descriptorFields() {
		if f.offset != at || f.offset%(f.bits/8) != 0 {
			t.Errorf("%s is at %d, want %d and a multiple of its words", f.name, f.offset, at)
		}
		at += f.words * f.bits / 8
	}
	if at > descriptorBytes || descriptorBytes%16 != 0 {
		t.Errorf("fields of %d bytes in a block of %d", at, descriptorBytes)
	}
}

// TestExportsAreThoseOfRust compares names and arguments with the functions that
// the crate declares, and the stack with the flag that the module is linked with.
func TestExportsAreThoseOfRust(t *testing.T) {
	var got, want []string
	declared := regexp.MustCompile(`(?s)pub extern "C" fn (\w+)\((.*?)\) -> (u\d+)`)
	argument := regexp.MustCompile(`(\w+): u32`)
	for _, file := range []string{"abi.rs", "threads.rs"} {
		source, err := os.ReadFile(filepath.Join(root, "rust/flock-wasm/src", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range declared.FindAllStringSubmatch(string(source), -1) {
			signature := m[1]
			for _, a := range argument.FindAllStringSubmatch(m[2], -1) {
				signature += " " + a[1]
			}
			got = append(got, signature+" "+m[3])
		}
	}
	for _, e := range moduleExports() {
		result := "u32"
		if e.returns == "hash" {
			result = "u64"
		}
		want = append(want, strings.Join(append([]string{e.name}, e.args...), " ")+" "+result)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("Rust exports\n%q, the ABI\n%q", got, want)
	}
	script, err := os.ReadFile(filepath.Join(root, "scripts/wasm.sh"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range moduleNumbers() {
		if flag := fmt.Sprintf("-zstack-size=%d\"", n.value); n.name == "stackBytes" && !strings.Contains(string(script), flag) {
			t.Errorf("scripts/wasm.sh does not link with %s", flag)
		}
	}
}
