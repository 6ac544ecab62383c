package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The examples are what new writes. scripts/examples.sh writes them again.
func TestExamplesAreWhatNewWrites(t *testing.T) {
	for name, kind := range map[string]string{"cbor": "codec", "pipe": "carrier", "rawpipe": "transport", "lateness": "experiment"} {
		dir := filepath.Join("examples", name)
		t.Run(name, func(t *testing.T) {
			t.Chdir("..")
			f := newFlags{catalogue: testCatalogue(), module: "example.com/" + name, dir: dir, source: "."}
			files, err := f.files(kind, name)
			if err != nil {
				t.Fatal(err)
			}
			there, err := os.ReadDir(dir)
			if err != nil || len(there) != len(files) {
				t.Errorf("%s holds %d files, want %d (%v)", dir, len(there), len(files), err)
			}
			for path, want := range files {
				got, err := os.ReadFile(filepath.Join(dir, path))
				if err != nil || string(got) != string(want) {
					t.Errorf("%s/%s is not what new writes (%v): run scripts/examples.sh", dir, path, err)
				}
			}
		})
	}
}

func TestNewRefusals(t *testing.T) {
	full := folder(t, "a", "a")
	for _, c := range []struct{ args, want string }{
		{"", "want one of carrier, codec, experiment, transport and a name"},
		{"plugin x", "want one of carrier, codec, experiment, transport and a name"},
		{"codec", "and a name"},
		{"codec Gob", `name "Gob": want small letters and digits`},
		{"codec ../x", `name "../x"`},
		{"codec func", `name "func"`},
		{"codec internal", `name "internal": it means something else`},
		{"transport kernel", `name "kernel": it means something else`},
		{"experiment workload", `name "workload": it means something else`},
		{"codec raw", "this program has the codec raw already"},
		{"transport direct", "this program has the transport direct already"},
		{"experiment signal", "this program has the experiment signal already"},
		{"codec x --module Bad!", "--module Bad!"},
		{"codec x --dir " + full, "want a folder that is empty or not there"},
	} {
		status, _, got := asked(t, append([]string{"new"}, strings.Fields(c.args)...)...)
		if status != exitUsage || !strings.Contains(got, c.want) {
			t.Errorf("new %s: got status %d and %q, want %q", c.args, status, got, c.want)
		}
	}
}

// Without a checkout the module requires what its code imports and no more.
func TestNewWithoutSource(t *testing.T) {
	t.Chdir(t.TempDir())
	status, out, complaint := asked(t, "new", "codec", "gob2", "--module", "example.org/my/gob2")
	if want := "gob2; build it in: copytax build --source COPYTAX --with example.org/my/gob2=gob2 -o copytax-gob2\n"; status != exitOK || out != want {
		t.Fatalf("got status %d, %q and %q, want %q", status, out, complaint, want)
	}
	mod, err := os.ReadFile("gob2/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"module example.org/my/gob2\n", "github.com/fxamacker/cbor/v2 v2", "x448/float16 v0.8.4 // indirect"} {
		if !strings.Contains(string(mod), want) {
			t.Errorf("go.mod lacks %q: %s", want, mod)
		}
	}
	if _, err := os.Stat("gob2/gob2_test.go"); err != nil {
		t.Error(err)
	}
}
