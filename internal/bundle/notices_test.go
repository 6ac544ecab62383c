package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// put writes files, by path below folder.
func put(t *testing.T, folder string, files map[string]string) string {
	t.Helper()
	for path, text := range files {
		path = filepath.Join(folder, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func project(t *testing.T) string {
	return put(t, t.TempDir(), map[string]string{
		"package.json":                           `{"dependencies": {"b": "2.0.0", "@a/c": "1.0.0"}, "devDependencies": {"d": "4.0.0"}}`,
		"node_modules/b/package.json":            `{"version": "2.0.0", "license": "MIT"}`,
		"node_modules/b/LICENSE":                 "text of b\n",
		"node_modules/@a/c/package.json":         `{"version": "1.0.0", "license": "MIT OR Apache-2.0"}`,
		"node_modules/@a/c/LICENSE-MIT":          "first text of c",
		"node_modules/@a/c/licence-apache.txt":   "second text of c",
		"node_modules/@a/c/README.md":            "not a licence",
		"node_modules/d/package.json":            `{"version": "4.0.0"}`,
		"node_modules/b/node_modules/e/index.js": "",
	})
}

func TestNotices(t *testing.T) {
	got, err := notices(project(t))
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, want := range []string{"@a/c 1.0.0 (MIT OR Apache-2.0)", "first text of c", "second text of c", "b 2.0.0 (MIT)", "text of b"} {
		i := strings.Index(string(got[at:]), want)
		if i < 0 {
			t.Fatalf("no %q behind byte %d of\n%s", want, at, got)
		}
		at += i
	}
	if text := string(got); strings.Contains(text, "not a licence") || strings.Contains(text, "4.0.0") {
		t.Errorf("too much is said:\n%s", text)
	}
}

func TestNoticesRefuses(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"licence of b: version 2.0.1 is installed": {"node_modules/b/package.json": `{"version": "2.0.1"}`},
		"licence of f: open":                       {"package.json": `{"dependencies": {"f": "1.0.0"}}`},
		"licence of d: no file holds its text":     {"package.json": `{"dependencies": {"d": "4.0.0"}}`},
	} {
		if _, err := notices(put(t, project(t), files)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestCheckEmbedded(t *testing.T) {
	folder := project(t)
	if err := checkEmbedded(folder, `{"inputs": {"browser/src/page.ts": {}, "browser/node_modules/b/x.js": {}, "browser/node_modules/@a/c/d/e.js": {}}}`); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]string{
		"browser/node_modules/d/x.js":                "embeds d,",
		"browser/node_modules/b/node_modules/e/x.js": "embeds e,",
		"browser/node_modules/@a/f/x.js":             "embeds @a/f,",
	} {
		if err := checkEmbedded(folder, `{"inputs": {"`+path+`": {}}}`); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
}
