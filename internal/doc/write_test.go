package doc

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment/report"
)

// tree returns the content of all files below a folder by their paths; that of a
// link is where it leads, that of a folder a slash.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		switch {
		case e.IsDir():
			files[name] = "/"
		case e.Type()&fs.ModeSymlink != 0:
			files[name], err = os.Readlink(path)
		default:
			var b []byte
			b, err = os.ReadFile(path)
			files[name] = string(b)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func same(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s: %s is not what it was", what, name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: there is %s, which was not", what, name)
		}
	}
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestSameDocumentSameBytes(t *testing.T) {
	home := t.TempDir()
	one, other := filepath.Join(home, "deep", "one"), filepath.Join(home, "other")
	for _, dir := range []string{one, other, other} { // twice in place as well
		if err := Write(dir, document()); err != nil {
			t.Fatal(err)
		}
	}
	a, b := tree(t, one), tree(t, other)
	same(t, "the second report", b, a)
	if len(a) != 1+1+4*2+1 {
		t.Errorf("got %d files in %v, want a page, 4 figures twice and a table", len(a)-1, a)
	}
	if names := slices.DeleteFunc(names(t, home), func(n string) bool { return n == "deep" || n == "other" }); len(names) > 0 {
		t.Errorf("something is left beside the reports: %v", names)
	}
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestPageLinksToAllFiles(t *testing.T) {
	all, err := files(document())
	if err != nil {
		t.Fatal(err)
	}
	page, there := string(all[0].content), map[string]bool{}
	for _, f := range all {
		there[f.name] = true
		if f.name != IndexName && !strings.Contains(page, "("+f.name+")") {
			t.Errorf("the page does not link to %s", f.name)
		}
	}
	for _, part := range strings.Split(page, "](")[1:] {
		if name, _, _ := strings.Cut(part, ")"); !there[name] {
			t.Errorf("the page links to %s, which is not there", name)
		}
	}
}

func TestOddNamesAreRefused(t *testing.T) {
	for _, name := range []string{"../phases", "", "Phases-100", "a b"} {
		d := document()
		d.Parts[1].Report.Sections[0].Blocks[2].(*report.Figure).Name = name
		if _, err := files(d); err == nil || !strings.Contains(err.Error(), strings.ToLower(name)) && !strings.Contains(err.Error(), name) {
			t.Errorf("figure %q: got %v, want an error with its name", name, err)
		}
	}
	d := document()
	d.Parts[0].Report.Data[0].Rows = [][]any{{1}}
	dir := filepath.Join(t.TempDir(), "report")
	if err := Write(dir, d); err == nil {
		t.Error("a short row: got no error")
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a report that cannot be made left a folder")
	}
}

// TestAFullDiskLeavesTheEarlierReport fails at every file in turn.
func TestAFullDiskLeavesTheEarlierReport(t *testing.T) {
	all, err := files(document())
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	report := filepath.Join(home, "report")
	if err := Write(report, document()); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(home, "other"), "x")
	before := tree(t, home)
	full := errors.New("no space left on device")
	for at := range all {
		for _, path := range []string{report, filepath.Join(home, "new", "deep")} {
			n := 0
			err := replace(path, all, func(name string, b []byte, mode fs.FileMode) error {
				if n++; n > at {
					_ = os.WriteFile(name, b[:len(b)/2], mode)
					return full
				}
				return os.WriteFile(name, b, mode)
			})
			if !errors.Is(err, full) {
				t.Fatalf("%s, file %d: got %v, want the disk's error", path, at, err)
			}
			same(t, path, tree(t, home), before)
		}
	}
}

// A killed report leaves a folder, which the next one removes; one that is being
// written is let alone.
func TestLeftoversAreRemoved(t *testing.T) {
	home := t.TempDir()
	report := filepath.Join(home, "report")
	left, mine, busy := filepath.Join(home, ".report.new-1"), filepath.Join(home, ".reports.new-1"), filepath.Join(home, ".report.new-2")
	for _, dir := range []string{left, mine, busy} {
		put(t, filepath.Join(dir, "new", "index.md"), "x")
	}
	held := claim(busy)
	if held == nil {
		t.Fatal("cannot claim a folder that nobody holds")
	}
	defer held.Close()
	if err := Write(report, document()); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, home), []string{".report.new-2", ".reports.new-1", "report"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Where a file system cannot swap two folders, renames do.
func TestSwapByRenames(t *testing.T) {
	home := t.TempDir()
	fresh, path := filepath.Join(home, "aside", "new"), filepath.Join(home, "report")
	for i, old := range []string{"", "old"} {
		put(t, filepath.Join(fresh, "file"), "fresh")
		if err := swapByRenames(fresh, path); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(path, "file"))
		if _, kept := os.Stat(filepath.Join(home, "aside", "old")); err != nil || string(got) != "fresh" || (kept == nil) != (old != "") {
			t.Errorf("swap %d: got %q, %v, and the old one there: %v", i, got, err, kept == nil)
		}
	}
	if err := swapByRenames(filepath.Join(home, "nothing", "new"), path); err == nil {
		t.Error("nothing to swap in: got no error")
	}
	if _, err := os.Stat(filepath.Join(path, "file")); err != nil {
		t.Errorf("the report is gone after a failed swap: %v", err)
	}
}

func TestPermissionsStay(t *testing.T) {
	report := filepath.Join(t.TempDir(), "report")
	if err := os.Mkdir(report, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Write(report, document()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(report); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("got %v, %v, want the permissions of the folder that was there", info.Mode(), err)
	}
}
