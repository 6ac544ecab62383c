package doc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// world makes a folder with a run, a report on it, links, and folders of others.
func world(t *testing.T) string {
	t.Helper()
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(home, "results", "b", "manifest.json"), `{"schema":2,"plan":{}}`)
	put(t, filepath.Join(home, "results", "b", "samples.jsonl"), "")
	put(t, filepath.Join(home, "results", "torn", "manifest.json"), `{"sche`)
	put(t, filepath.Join(home, "extension", "manifest.json"), `{"manifest_version":3,"name":"of a browser"}`)
	put(t, filepath.Join(home, "site", IndexName), "# My site\n")
	put(t, filepath.Join(home, "notes", "diary.txt"), "x")
	put(t, filepath.Join(home, "file"), "x")
	for _, dir := range []string{"empty", filepath.Join("results", "b", "sub")} {
		if err := os.MkdirAll(filepath.Join(home, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, report := range []string{"mine", "with-notes", "with-folder", "with-picture", "results/b-report"} {
		if err := Write(filepath.Join(home, report), document()); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(home, "with-notes", "notes.txt"), "x")
	put(t, filepath.Join(home, "with-picture", "holiday.png"), "x")
	put(t, filepath.Join(home, "with-folder", "more", "x"), "x")
	put(t, filepath.Join(home, "physics", IndexName), "# The kernel benchmark\n\n![x](kernel.svg)\n\n[kernel.json](kernel.json)\n")
	put(t, filepath.Join(home, "physics", "kernel.svg"), "x")
	put(t, filepath.Join(home, "measured", IndexName), "# The kernel benchmark\n\n[kernel.json](kernel.json)\n")
	put(t, filepath.Join(home, "measured", "kernel.json"), "x")
	for link, to := range map[string]string{"to-run": "results/b", "to-sub": "results/b/sub", "to-mine": "mine", "to-nowhere": "nothing", "results/b/out": "../../mine"} {
		if err := os.Symlink(to, filepath.Join(home, link)); err != nil {
			t.Fatal(err)
		}
	}
	return home
}

// TestCheckTarget asks for every kind of folder, from inside and from outside of
// the run. Whatever is refused, nothing changes.
func TestCheckTarget(t *testing.T) {
	home := world(t)
	before := tree(t, home)
	for _, c := range []struct {
		from, dir, run string
		want           string // empty if it may
	}{
		{".", "empty", "", ""},
		{".", "new/deep", "results/b", ""},
		{".", "mine", "results/b", ""},
		{".", "to-mine", "results/b", ""},
		{".", "results/b-report", "results/b", ""},
		{".", "results/b/out", "results/b", ""}, // a link that leads out of the run
		{".", "physics", "", ""},
		{".", "extension/report", "", ""},

		{"results/b", ".", ".", "is a run"},
		{"results/b", "report", ".", "is a run"},
		{"results/b/sub", ".", "..", "is a run"},
		{"results/b/sub", "report", "", "is a run"},
		{"results", "b", "b", "is a run"},
		{"results", "torn/report", "", "is a run"},
		{".", "to-run", "results/b", "is a run"},
		{".", "to-run/report", "", "is a run"},
		{".", "to-sub/../report", "", "is a run"}, // that of what the link leads to
		{".", "results/new", "results/new", "it lies in the run results/new"},
		{".", "results/new/report", "results/new", "it lies in the run"},
		{".", "mine", "mine/../mine", "it lies in the run"},
		{".", "empty", "empty/b", "the run empty/b lies in it"},
		{".", "site", "", "it is not empty, and not a report"},
		{".", "notes", "", "it is not empty, and not a report"},
		{".", "extension", "", "it is not empty, and not a report"},
		{".", ".", "", "it is not empty, and not a report"},
		{".", "with-notes", "", "notes.txt in it belongs to no report"},
		{".", "with-picture", "", "holiday.png in it belongs to no report"},
		{".", "with-folder", "", "more in it belongs to no report"},
		{".", "measured", "", "kernel.json in it belongs to no report"},
		{".", "file", "", "not a directory"},
		{".", "file/report", "", "not a directory"},
		{".", "to-nowhere", "", "leads nowhere"},
		{".", "to-nowhere/report", "", "leads nowhere"},
		{".", "nothing/..", "", "leads nowhere"},
	} {
		t.Chdir(filepath.Join(home, c.from))
		err := CheckTarget(c.dir, c.run)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("in %s, report to %s on %q: got %v, want %q", c.from, c.dir, c.run, err, c.want)
		}
		if err != nil && c.run == "" {
			if wrote := Write(c.dir, document()); wrote == nil {
				t.Errorf("in %s, write to %s: got no error", c.from, c.dir)
			}
		}
	}
	same(t, "after all refusals", tree(t, home), before)
}

// A report through a link lands where the link leads, and the link stays.
func TestWriteThroughALink(t *testing.T) {
	home := world(t)
	d := document()
	d.Run = "another"
	if err := Write(filepath.Join(home, "to-mine"), d); err != nil {
		t.Fatal(err)
	}
	files := tree(t, home)
	if files["to-mine"] != "mine" || !strings.HasPrefix(files["mine/"+IndexName], "# Report on run another\n") {
		t.Errorf("got the link to %q, and %.40q", files["to-mine"], files["mine/"+IndexName])
	}
}
