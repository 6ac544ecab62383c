package rivals

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/experiment/lab/labtest"
	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/scenarios/rivals/handoff"
)

func TestMain(m *testing.M) { labtest.Main(m, New().Jobs()) }

func newLab(t *testing.T) *lab.Lab {
	l, _ := labtest.New(t)
	return l
}

func request(t *testing.T, values map[string]string) experiment.Request {
	q := experiment.Request{Profile: experiment.Quick, Values: map[string]string{}, Lab: newLab(t)}
	for _, o := range New().Options() {
		q.Values[o.Name] = o.Default
	}
	for name, value := range values {
		q.Values[name] = value
	}
	return q
}

// The payloads are checked by the reader: a hand-off that arrives is right.
func TestOwnArmsHandOver(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, touch := range []string{"nothing", "field", "everything"} {
		s, err := newSession(newLab(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		for name := range ownArms() {
			size := sizes[len(sizes)-1] // the fewest hand-offs
			c := experiment.Cell{Factors: experiment.Factors{experiment.Arm: name, bytesFactor: fmt.Sprint(size.bytes), touchFactor: touch, gapFactor: "1µs"}}
			got, err := s.Measure(t.Context(), experiment.Trial{Of: c})
			if err != nil {
				t.Errorf("%s: %v", c, err)
				continue
			}
			for _, h := range []string{latencyNS, usedNS} {
				if n := got[0].Histograms[h].Count; n != int64(size.handOffs) {
					t.Errorf("%s: %s of %d hand-offs, want %d", c, h, n, size.handOffs)
				}
			}
			for _, m := range New().Duties(experiment.Plan{}, c)[0].Metrics {
				if v := got[0].Metric(m); !(v >= 0) && got[0].Histograms[m] == nil {
					t.Errorf("%s: %s is %v", c, m, v)
				}
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(s.folder); !os.IsNotExist(err) {
			t.Errorf("%s is left behind: %v", s.folder, err)
		}
	}
}

func TestFailureOfOneSideEndsTheTrial(t *testing.T) {
	s, err := newSession(newLab(t), map[string]string{"iceoryx2": os.Args[0]})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for arm, want := range map[string]string{"copytax:unheard-of": "unknown arm", "iceoryx2:poll": "before it was ready"} {
		c := experiment.Cell{Factors: experiment.Factors{experiment.Arm: arm, bytesFactor: "64"}}
		if arm == "iceoryx2:poll" { // a program that does not speak the protocol
			s.programs["iceoryx2"] = "/bin/cat"
		}
		if _, err := s.Measure(t.Context(), experiment.Trial{Of: c}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", arm, err, want)
		}
	}
}

// What a killed run has left is removed by the next one, and nothing else.
func TestLeftoversOfKilledRunsAreRemoved(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	gone, living := fmt.Sprintf(stem+"7", 1<<30), fmt.Sprintf(stem+"7", os.Getppid())
	for _, name := range []string{gone, living, "other"} {
		if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s, err := newSession(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, want := range map[string]bool{gone: false, living: true, "other": true} {
		if _, err := os.Stat(filepath.Join(folder, name)); (err == nil) != want {
			t.Errorf("%s: is there: %v, want %v", name, err == nil, want)
		}
	}
}

func TestPlan(t *testing.T) {
	r := New()
	p, err := r.Plan(t.Context(), request(t, map[string]string{"gap": "10µs", "touch": "field", "shmipc": "/nonexistent"}))
	if err != nil {
		t.Fatal(err)
	}
	missing := map[string]string{}
	for _, u := range p.Unavailable {
		missing[u.What] = u.Reason
	}
	if len(p.Cells)+len(sizes)*len(missing) != len(sizes)*len(arms) {
		t.Errorf("%d cells and %d arms missing: want all of %d arms", len(p.Cells), len(missing), len(arms))
	}
	if why := missing["shmipc-go:copy"]; !strings.Contains(why, "/nonexistent") || !strings.Contains(why, "scripts/rivals.sh") {
		t.Errorf("shmipc-go:copy is missing because %q", why)
	}
	for _, c := range p.Cells {
		a, err := argsOf(c)
		if err != nil || a.GapNS != 10_000 || a.Touch != "field" || c.Group == "" {
			t.Errorf("%s: got %+v, %v", c, a, err)
		}
	}
	for _, bad := range []map[string]string{{"touch": "all"}, {"gap": "soon"}, {"gap": "-1s"}} {
		if _, err := r.Plan(t.Context(), request(t, bad)); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}

func TestReportSaysWhatIsMissing(t *testing.T) {
	plan := experiment.Plan{Experiments: []string{Name}, Blocks: 2, Options: map[string]string{touchFactor: "everything"},
		Levels: levels(map[string]map[string]string{"iceoryx2": {"iceoryx2": "0.10.0"}}), Cells: cells(nil),
		Unavailable: []experiment.Unavailable{{What: "iceoryx2:poll", Reason: "no such compiler"}}}
	r := &experiment.Results{Plan: plan, Machine: []byte(`{"cpu":{"usable":2}}`)}
	for block := range 2 {
		for i, name := range []string{hubPark, "unix-socket"} {
			ns := int64(1000 * (i + 1))
			s, err := summarize(handoff.Result{Count: 1000, CPUNS: 1e6, Histogram: [][2]int64{{ns, 1000}}, Used: [][2]int64{{2 * ns, 1000}}},
				handoff.Result{Count: 1000, CPUNS: 1e6}, 1.5)
			if err != nil {
				t.Fatal(err)
			}
			s.Block, s.Of = block, experiment.Cell{Factors: experiment.Factors{experiment.Arm: name, bytesFactor: "64"}}
			r.Samples = append(r.Samples, s)
		}
	}
	text := reported(t, r)
	for _, want := range []string{
		"iceoryx2|0.10.0", "1.50 of 2 processors", "`iceoryx2:poll` was not measured: no such compiler.",
		"`copytax:spin` was not measured: every block failed.", "Not to be cited",
		"`copytax:park`|sleeping|1.00 µs|1.00 µs|1.00 µs|1.00 µs|2.00 µs|2.00 µs|1|1\n", "|2.00 ± 0.00|2.00 ± 0.00\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	for _, s := range r.Samples {
		s.Metrics[othersCPUs] = 0.01
	}
	if text := reported(t, r); strings.Contains(text, "Not to be cited") {
		t.Error("the report of a quiet run warns")
	}
}

// reported is the text of a report, with a bar between the cells of a table.
func reported(t *testing.T, r *experiment.Results) string {
	t.Helper()
	doc, err := New().Report(r)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, s := range doc.Sections {
		for _, block := range s.Blocks {
			table, ok := block.(*report.Table)
			if !ok {
				fmt.Fprintln(&b, block)
				continue
			}
			for _, row := range table.Rows {
				var cells []string
				for _, c := range row {
					cells = append(cells, c.Text)
				}
				fmt.Fprintln(&b, strings.Join(cells, "|"))
			}
			fmt.Fprintln(&b, strings.Join(table.Notes, "\n"))
		}
	}
	for _, d := range doc.Data {
		for _, row := range d.Rows {
			if len(row) != len(d.Columns) {
				t.Errorf("%s.csv: %d cells under %d columns", d.Name, len(row), len(d.Columns))
			}
		}
	}
	return b.String()
}
