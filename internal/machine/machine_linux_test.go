package machine

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestFingerprintOfThisMachine(t *testing.T) {
	info, err := Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	if info.CPU.Usable < 1 || info.Memory.TotalBytes < 1<<20 || info.Memory.CopyGBps <= 0 {
		t.Errorf("usable processors %d, memory %d bytes, copy %g GB/s: want all positive", info.CPU.Usable, info.Memory.TotalBytes, info.Memory.CopyGBps)
	}
	if len(info.Clocks) != 3 {
		t.Fatalf("got %d clocks, want 3", len(info.Clocks))
	}
	for _, c := range info.Clocks {
		if c.CostNS <= 0 || c.StepNS <= 0 {
			t.Errorf("clock %s: cost %g ns, step %d ns, want both positive", c.Name, c.CostNS, c.StepNS)
		}
	}
	if !strings.HasPrefix(info.Go.Version, "go") && !strings.HasPrefix(info.Go.Version, "devel") {
		t.Errorf("go version %q", info.Go.Version)
	}
}

func TestFingerprintSurvivesJSON(t *testing.T) {
	want, err := Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Info
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if string(again) != string(text) {
		t.Errorf("got %s, want %s", again, text)
	}
	if host, err := os.Hostname(); err == nil && len(host) > 3 && strings.Contains(string(text), `"`+host+`"`) {
		t.Errorf("fingerprint names the host %q", host)
	}
}

func TestDoctorTriesEverythingAndLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	checks, err := Doctor()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range checks {
		t.Logf("%-24s %-12s %s | %s | %s", c.Name, c.Status, c.Detail, c.Consequence, c.Advice)
		names = append(names, c.Name)
		if !slices.Contains([]Status{OK, Limited, Unavailable}, c.Status) || c.Detail == "" {
			t.Errorf("check %q: status %q, detail %q", c.Name, c.Status, c.Detail)
		}
		if (c.Status == OK) != (c.Consequence == "") {
			t.Errorf("check %q is %s, consequence %q: want one exactly when it is not ok", c.Name, c.Status, c.Consequence)
		}
	}
	slices.Sort(names)
	if distinct := slices.Compact(slices.Clone(names)); len(distinct) != 24 || len(names) != 24 {
		t.Errorf("got %d checks, %d distinct, want 24: %v", len(names), len(distinct), names)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("doctor left %v (%v)", left, err)
	}
}

// The transports that this project is about must be able to run wherever its
// tests do.
func TestWhatTheTransportsNeedWorksHere(t *testing.T) {
	for _, c := range []Check{byteOrderCheck(), sharedMemoryCheck(), futexCheck(), socketCheck(), loopbackCheck()} {
		if c.Status != OK {
			t.Errorf("%s: %s: %s", c.Name, c.Status, c.Detail)
		}
	}
}

func TestDoctorOfBadFolder(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{filepath.Join(dir, "absent"), file} {
		if c := diskCheck(bad); c.Status != Unavailable || !strings.Contains(c.Detail, bad) {
			t.Errorf("disk check of %s: %s: %s, want unavailable and the folder's name", bad, c.Status, c.Detail)
		}
	}
}

func TestSmallestStep(t *testing.T) {
	for _, c := range []struct {
		least  int64
		values []int64
		want   int64
	}{
		{0, []int64{5, 5, 5}, 0},
		{0, []int64{5, 9, 12, 12, 20}, 3},
		{2, []int64{5, 9}, 2},
		{7, []int64{5, 9, 1}, 4},
	} {
		if got := smallestStep(c.least, c.values); got != c.want {
			t.Errorf("smallestStep(%d, %v) = %d, want %d", c.least, c.values, got, c.want)
		}
	}
}

func TestTidy(t *testing.T) {
	got := tidy([]Missing{{"b", "1"}, {"a", "2"}, {"b", "3"}})
	if want := []Missing{{"a", "2"}, {"b", "1"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if text, _ := json.Marshal(tidy(nil)); string(text) != "[]" {
		t.Errorf("nothing missing is written as %s, want []", text)
	}
}
