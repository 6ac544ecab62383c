package legacy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/store"
)

const rivalsFile = `{"started":"2026-11-23T14:34:48Z","ended":"2026-11-23T14:35:53Z","machine":{"cpu":{"usable":2},"load_average":[2.53,2.9]},
"load_after":"2.03 2.69","versions":{"copytax":"f45f","go":"go1.26.8","iceoryx2":"0.10.0","rustc":"r","shmipc-go":"v0.2.0"},
"rounds":1,"touch":"everything","gap_ns":0,
"cells":[{"arm":"unix-socket","params":{"bytes":"4 KiB"}},{"arm":"copytax:park","params":{"bytes":"64 B"}},{"arm":"iceoryx2:poll","params":{"bytes":"64 B"},"unavailable":"no cargo"}],
"samples":[{"trial":0,"block":0,"scenario":"rivals","arm":"copytax:park","params":{"bytes":"64 B"},"cpu_ns":{"reader":5,"writer":4},"values":{"others_cpus":0.5},
"latency":{"count":2,"mean_ns":1.5,"min_ns":1,"p50_ns":1,"p90_ns":2,"p99_ns":2,"p999_ns":2,"max_ns":2,"hdr":"x"},
"used":{"count":2,"mean_ns":3,"min_ns":3,"p50_ns":3,"p90_ns":3,"p99_ns":3,"p999_ns":3,"max_ns":3,"hdr":"y"}},
{"trial":1,"block":0,"scenario":"rivals","arm":"unix-socket","params":{"bytes":"4 KiB"},"error":"it hung"}]}`

func TestRivals(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rivals.json")
	if err := os.WriteFile(path, []byte(rivalsFile), 0o600); err != nil {
		t.Fatal(err)
	}
	var asked map[string]map[string]string
	m, samples, err := Rivals(path, func(versions map[string]map[string]string) []experiment.Level {
		asked = versions
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if asked["iceoryx2"]["rustc"] != "r" || m.Version.Go != "go1.26.8" || len(m.Converted.Hash) != 64 || !m.Converted.OwnOrder {
		t.Errorf("got versions %v of %+v, converted %+v", asked, m.Version, m.Converted)
	}
	if w := m.Warnings[0]; !strings.Contains(w, "2.53 2.90 before") || !strings.Contains(w, "2.03 2.69 after") {
		t.Errorf("got warning %q", w)
	}
	if len(m.Plan.Cells) != 2 || m.Plan.Cells[0].Factors["bytes"] != "4096" || m.Plan.Unavailable[0].Reason != "no cargo" {
		t.Errorf("got cells %v without %v", m.Plan.Cells, m.Plan.Unavailable)
	}
	s := samples[0]
	if s.Cell != 1 || s.Metric("cpu_reader_ns") != 5 || s.Metric("others_cpus") != 0.5 || s.Histograms["used_ns"].P50 != 3 || s.Histograms["latency_ns"].Max != 2 {
		t.Errorf("got %+v", s)
	}
	if samples[1].Error != "it hung" || samples[1].Worker != experiment.Whole {
		t.Errorf("got %+v", samples[1])
	}
	dir := filepath.Join(t.TempDir(), "run")
	if err := Write(dir, m, samples); err != nil {
		t.Fatal(err)
	}
	r, err := store.Inspect(dir)
	if err != nil || r.Manifest.State != store.Complete || len(r.Samples) != 2 {
		t.Errorf("the run that was written: %v", err)
	}
}
