package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/copytax/copytax/internal/stats"
	"github.com/copytax/copytax/internal/store"
)

func readAll(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(b)
	}
	return files
}

func TestSameResultsSameBytes(t *testing.T) {
	one, other := filepath.Join(t.TempDir(), "deep", "one"), t.TempDir()
	for _, dir := range []string{one, other, other} { // twice in place as well
		if err := Render(goldenRun(), dir); err != nil {
			t.Fatal(err)
		}
	}
	a, b := readAll(t, one), readAll(t, other)
	if len(a) != len(b) || len(a) != 7*2+6+1 {
		t.Fatalf("got %d and %d files, want 21: 7 figures twice, 6 tables, an index", len(a), len(b))
	}
	for name := range a {
		if a[name] != b[name] || a[name] == "" {
			t.Errorf("%s: two renderings differ, or it is empty", name)
		}
	}
}

// TestReportFollowsTheFiles renders what is stored, so that the order of maps
// and the way through JSON play their part.
func TestReportFollowsTheFiles(t *testing.T) {
	made := goldenRun()
	dir := filepath.Join(t.TempDir(), "made-up")
	run, err := store.Create(dir, made.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(made.Samples); {
		next := i + 1
		for next < len(made.Samples) && made.Samples[next].Trial == made.Samples[i].Trial {
			next++
		}
		if err := run.Append(made.Samples[i:next]...); err != nil {
			t.Fatal(err)
		}
		i = next
	}
	if err := run.Finish(); err != nil {
		t.Fatal(err)
	}
	loaded, err := store.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	loaded.Manifest.Finished = made.Manifest.Finished // the store's own clock
	a, b := t.TempDir(), t.TempDir()
	if err := errors.Join(Render(made, a), Render(loaded, b)); err != nil {
		t.Fatal(err)
	}
	want, got := readAll(t, a), readAll(t, b)
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s differs once the results went through a file", name)
		}
	}
}

func TestIndexLinksExist(t *testing.T) {
	dir := t.TempDir()
	if err := Render(goldenRun(), dir); err != nil {
		t.Fatal(err)
	}
	files := readAll(t, dir)
	linked := map[string]bool{IndexName: true}
	for _, part := range strings.Split(files[IndexName], "](")[1:] {
		name, _, _ := strings.Cut(part, ")")
		linked[name] = true
		if files[name] == "" {
			t.Errorf("the index links to %s, which is not there", name)
		}
	}
	for name := range files {
		if !linked[name] {
			t.Errorf("the index does not link to %s", name)
		}
	}
	for _, want := range []string{"Failed: twin with 100 boids in block 0: engine: killed by signal 9", "Pair dropped", "shm:huge: no huge pages",
		"Made-up CPU 9000", "Loopback", "Residual", "Noise floor", "n = 3 to 4 blocks"} {
		if !strings.Contains(strings.ToLower(files[IndexName]), strings.ToLower(want)) {
			t.Errorf("the index does not say %q", want)
		}
	}
}

func TestStaleFiguresGo(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"taxes-777.svg", "scaling-8-fixed-volume.png", "notes.txt", "phases-of-the-moon.gif"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := Render(goldenRun(), dir); err != nil {
		t.Fatal(err)
	}
	files := readAll(t, dir)
	for name, want := range map[string]bool{"taxes-777.svg": false, "scaling-8-fixed-volume.png": false, "notes.txt": true, "phases-of-the-moon.gif": true} {
		if got := files[name] != ""; got != want {
			t.Errorf("%s is there: got %v, want %v", name, got, want)
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	short := goldenRun()
	short.Manifest.State = store.Running
	short.Samples = short.Samples[:6]
	dir := filepath.Join(t.TempDir(), "report")
	for _, c := range []struct {
		results *store.Results
		dir     string
		want    []string
	}{
		{goldenRun(), file, []string{file, "not a directory"}},
		{goldenRun(), "/proc/report", []string{"/proc/report"}},
		{short, dir, []string{"results/made-up", "no complete block"}},
	} {
		err := Render(c.results, c.dir)
		if err == nil {
			t.Fatalf("render to %s: got no error, want %q", c.dir, c.want)
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got error %q, want one line with %q", err, want)
			}
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a refused report left a folder")
	}
	var b bytes.Buffer
	if err := errors.Join(Terminal(&b, short), JSON(&b, short)); err == nil || b.Len() > 0 {
		t.Errorf("summary of no complete block: got error %v and %q, want an error only", err, b.String())
	}
	if _, err := Markdown(short); err == nil {
		t.Error("markdown of no complete block: got no error")
	}
	if _, err := Table(goldenRun(), 123); err == nil || !strings.Contains(err.Error(), "123") {
		t.Errorf("table of a size that was not run: got error %v", err)
	}
}

// TestUnevenRuns draws runs that lack what most have.
func TestUnevenRuns(t *testing.T) {
	fails := func(s *store.Sample) {
		*s = store.Sample{Trial: s.Trial, Block: s.Block, Arm: s.Arm, Transport: s.Transport, Scenario: s.Scenario, Config: s.Config, Role: store.FailedRole, Error: "no\nmemory"}
	}
	cases := map[string]func(*store.Sample){
		"no direct": func(s *store.Sample) {
			if s.Arm == stats.Baseline {
				fails(s)
			}
		},
		"a size without a trial": func(s *store.Sample) {
			if s.Boids == 10000 {
				fails(s)
			}
		},
		"no latency": func(s *store.Sample) { s.Latency = nil },
		"no phases":  func(s *store.Sample) { s.CPUNS = nil },
	}
	for name, change := range cases {
		r := goldenRun()
		for i := range r.Samples {
			change(&r.Samples[i])
		}
		var b bytes.Buffer
		if err := errors.Join(Render(r, t.TempDir()), Terminal(&b, r), JSON(&b, r)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		rep := reportOf(t, r)
		for _, f := range rep.figures() {
			checkBoxes(t, name+": "+f.name, f.height, boxesOf(f, rep.fonts))
		}
		if strings.Contains(b.String(), "NaN") {
			t.Errorf("%s: the summary holds NaN:\n%s", name, b.String())
		}
	}
}

func TestSummaryGoldens(t *testing.T) {
	var terminal bytes.Buffer
	if err := Terminal(&terminal, goldenRun()); err != nil {
		t.Fatal(err)
	}
	markdown, err := Markdown(goldenRun())
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{"terminal.txt": terminal.String(), "summary.md": markdown} {
		compareWithGolden(t, filepath.Join("testdata", name), []byte(got), func(want []byte) string {
			if string(want) != got {
				return "got\n" + got
			}
			return ""
		})
	}
}

// A native arm shows its own numbers, no tax over direct, and says why.
func TestNativeArmsSayWhyTheyHaveNoTax(t *testing.T) {
	run := synthesize(recipe{arms: 3, blocks: 3, sizes: []int{1000}, native: true})
	table, err := Table(run, 1000)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, row := range table.Rows {
		if row[0] != "shm:park@native" {
			continue
		}
		found = true
		if row[3] != absent || row[5] != absent || row[1] == absent || row[2] == absent || row[4] == absent {
			t.Errorf("got the row %q, want no differential and no latency tax, and all else", row)
		}
	}
	notes := strings.Join(table.Notes, " ")
	if !found || !strings.Contains(notes, "compare engines, not transports") || !strings.Contains(notes, "shm:park@native ") {
		t.Errorf("got the rows %q and the notes %q", table.Rows, notes)
	}
	if err := Render(run, t.TempDir()); err != nil {
		t.Error(err)
	}
	var b bytes.Buffer
	if err := JSON(&b, run); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `"engine": "native"`) || !strings.Contains(b.String(), `"engine_saving"`) {
		t.Errorf("the JSON names no native engine: %s", b.String())
	}
}

func TestTablesAreAligned(t *testing.T) {
	table, err := Table(goldenRun(), 10000)
	if err != nil {
		t.Fatal(err)
	}
	if table.Title != "10,000 boids" || len(table.Rows) != 7 {
		t.Errorf("got %q with %d rows, want 10,000 boids with 7", table.Title, len(table.Rows))
	}
	for _, text := range []string{table.plain(), table.markdown()} {
		var widths []int
		for line := range strings.Lines(text) {
			if first, _ := utf8.DecodeRuneInString(line); strings.ContainsRune("|│├┌└", first) {
				widths = append(widths, utf8.RuneCountInString(strings.TrimRight(line, "\n")))
			}
		}
		if len(widths) < 9 || slices.Min(widths) != slices.Max(widths) {
			t.Errorf("got line widths %v, want at least 9 lines of one width:\n%s", widths, text)
		}
	}
}

func TestJSONSummary(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, goldenRun()); err != nil {
		t.Fatal(err)
	}
	var got jsonReport
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Cases) != 2 || len(got.Cases[0].Arms) != 7 || got.TrialsFailed != 1 || got.BlocksComplete != 4 {
		t.Fatalf("got %+v, want 2 cases of 7 arms, 1 failure, 4 blocks", got)
	}
	direct := got.Cases[1].Arms[0]
	if direct.Differential.Value != nil || direct.CPUNS.Value == nil || !(*direct.CPUNS.Low < *direct.CPUNS.High) || direct.PhaseNS["compute"].N != 4 {
		t.Errorf("got %+v for direct, want a null differential tax and a CPU with an interval", direct)
	}
}

func TestNumbers(t *testing.T) {
	nan := math.NaN()
	e := func(v, half float64, n int) stats.Estimate {
		return stats.Estimate{Value: v, Low: v - half, High: v + half, N: n}
	}
	for _, c := range []struct{ got, want string }{
		{number(0), "0"}, {number(1234567.8), "1,234,568"}, {number(-12.345), "−12.3"}, {number(0.01234), "0.0123"}, {number(nan), absent},
		{fixed(-0.0001, 2), "0.00"}, {fixed(999.96, 1), "1,000.0"}, {fixed(math.Inf(1), 0), absent},
		{axisNumber(0.25), "0.25"}, {axisNumber(1e6), "1,000,000"}, {axisNumber(-50), "−50"}, {axisNumber(1.5), "1.5"},
		{plusMinus(e(1234.6, 12, 3), 1), "1,235 ± 12"}, {plusMinus(e(1.2345, 0.034, 3), 1), "1.23 ± 0.03"}, {plusMinus(e(5000, 0.4, 3), 1), "5,000.0 ± 0.4"},
		{plusMinus(e(5000, nan, 1), 1e-3), "5.00"}, {plusMinus(e(nan, nan, 0), 1), absent}, {plusMinus(e(0, 0, 2), 1), "0 ± 0"},
		{percent(e(0.123, 0.012, 3)), "12.3 ± 1.2%"}, {percent(e(0.99876, 0.0003, 3)), "99.88 ± 0.03%"}, {percent(e(0.99876, 0.00001, 3)), "99.88 ± <0.01%"},
		{percent(stats.Estimate{Value: 0.5, Low: -0.25, High: 0.8, N: 3}), "50 [−25, 80]%"},
		{percent(stats.Estimate{Value: 0.5, Low: 0.499, High: 0.505, N: 3}), "50.0 ± 0.3%"},
		{percent(e(-3.1, 0.5, 3)), "−310 ± 50%"}, {percent(e(0.5, nan, 1)), "50.0%"}, {percent(e(nan, nan, 0)), absent},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct{ heights, want []float64 }{
		{[]float64{10, 50, 90}, []float64{10, 50, 90}},
		{[]float64{50, 50}, []float64{45, 55}},
		{[]float64{0, 1, 2}, []float64{0, 10, 20}},
		{[]float64{98, 99, 100}, []float64{80, 90, 100}},
		{[]float64{40, 41, 52, 90}, []float64{34.333333, 44.333333, 54.333333, 90}},
	} {
		got := spread(c.heights, 10, 0, 100)
		for i := range got {
			if len(got) != len(c.want) || math.Abs(got[i]-c.want[i]) > 1e-5 {
				t.Errorf("spread %v: got %v, want %v", c.heights, got, c.want)
				break
			}
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		got, want []float64
	}{
		{scale{lo: -100, hi: 100}.linearTicks(5), []float64{-100, -50, 0, 50, 100}},
		{scale{lo: -3, hi: 100}.linearTicks(5), []float64{0, 25, 50, 75, 100}},
		{scale{lo: 0, hi: 100}.linearTicks(6), []float64{0, 20, 40, 60, 80, 100}},
		{scale{lo: 8, hi: 300, log: true}.logTicks(6)[0], []float64{10, 20, 50, 100, 200}},
		{scale{lo: 0.5, hi: 2e6, log: true}.logTicks(8)[0], []float64{1, 10, 100, 1000, 10000, 100000, 1000000}},
		{scale{lo: 0.5, hi: 2e6, log: true}.logTicks(4)[0], []float64{1, 100, 10000, 1000000}},
	} {
		if !slices.EqualFunc(c.got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9*math.Abs(b)+1e-12 }) {
			t.Errorf("got ticks %v, want %v", c.got, c.want)
		}
	}
}

// TestPensDiffer makes sure that no two lines of a chart look the same.
func TestPensDiffer(t *testing.T) {
	for i := range 20 {
		for j := range i {
			a, b := penOf(i), penOf(j)
			if a.ink == b.ink && slices.Equal(a.dash, b.dash) {
				t.Errorf("lines %d and %d have the same colour and dash", i, j)
			}
			if a.ink == b.ink && a.mark == b.mark {
				t.Errorf("lines %d and %d have the same colour and mark", i, j)
			}
		}
	}
}
