package tab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder)
	if path, err := Find(""); err == nil || !strings.HasPrefix(err.Error(), "no browser: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("in an empty folder: %q, %v", path, err)
	}
	for _, missing := range []string{"/nowhere/chromium", "netscape"} {
		if path, err := Find(missing); err == nil || !strings.HasPrefix(err.Error(), "find the browser: ") || !strings.Contains(err.Error(), missing) {
			t.Errorf("%s: %q, %v", missing, path, err)
		}
	}
	// Each is better than those before it.
	for _, name := range []string{"google-chrome", "chromium", "chromium-headless-shell"} {
		want := filepath.Join(folder, name)
		if err := os.WriteFile(want, []byte("\x7fELF"), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, asked := range []string{"", want, name} {
			if got, err := Find(asked); got != want || err != nil {
				t.Errorf("asked for %q: got %q, %v, want %q", asked, got, err, want)
			}
		}
	}
}

// A script that hides the program of its name is looked behind.
func TestFindLooksBehindScripts(t *testing.T) {
	const name = "chromium-headless-shell"
	program := filepath.Join(programs, name)
	if _, err := os.Stat(program); err != nil {
		t.Skipf("this is not Debian's browser: %v", err)
	}
	for head, want := range map[string]string{"#!/bin/sh\n": program, "\x7fELF": ""} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(head), 0o755); err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = path
		}
		if got, err := Find(path); got != want || err != nil {
			t.Errorf("behind %q: got %q, %v, want %q", head, got, err, want)
		}
	}
}
