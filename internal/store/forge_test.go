package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment"
)

// A forged run is one of real figures that somebody is about to change before all
// hashes are computed anew.
type forged struct {
	m       Manifest
	samples []experiment.Sample
}

// first returns the first sample of a worker of an arm, whose maps are its own.
func (f *forged) first(arm, worker string) *experiment.Sample {
	for i := range f.samples {
		if s := &f.samples[i]; s.Factor(experiment.Arm) == arm && s.Worker == worker && s.Trial > 0 {
			s.Metrics, s.Evidence, s.Histograms = maps.Clone(s.Metrics), maps.Clone(s.Evidence), maps.Clone(s.Histograms)
			for name, h := range s.Histograms {
				own := *h
				s.Histograms[name] = &own
			}
			return s
		}
	}
	panic("no " + worker + " of " + arm)
}

func (f *forged) drop(these func(experiment.Sample) bool) {
	f.samples = slices.DeleteFunc(f.samples, these)
}

// renumber closes the gaps that dropped trials left.
func (f *forged) renumber() {
	n, last := -1, -1
	for i := range f.samples {
		if f.samples[i].Trial != last {
			n, last = n+1, f.samples[i].Trial
		}
		f.samples[i].Trial = n
	}
}

// forgeries are by name, with what is said of them. Each would make a false report.
var forgeries = map[string]struct {
	forge func(f *forged)
	want  string
}{
	"last block removed": {func(f *forged) {
		f.drop(func(s experiment.Sample) bool { return s.Block == 9 })
	}, "lacks 48 of the plan's 480 trials"},
	"first block removed": {func(f *forged) {
		f.drop(func(s experiment.Sample) bool { return s.Block == 0 })
	}, "trial 48 where trial 0 is due"},
	"block removed and trials numbered anew": {func(f *forged) {
		f.drop(func(s experiment.Sample) bool { return s.Block == 3 })
		f.renumber()
	}, "the plan has it in block 3"},
	"arm removed": {func(f *forged) {
		f.drop(func(s experiment.Sample) bool { return s.Factor("arm") == "http+json" })
	}, "lacks 40 of"},
	"arm removed and trials numbered anew": {func(f *forged) {
		f.drop(func(s experiment.Sample) bool { return s.Factor("arm") == "http+json" })
		f.renumber()
	}, "the plan has it in"},
	"arm removed from the plan too": {func(f *forged) {
		cells := slices.Clone(f.m.Plan.Cells)
		f.m.Plan.Cells = slices.DeleteFunc(cells, func(c experiment.Cell) bool { return c.Factors["arm"] == "http+json" })
		f.drop(func(s experiment.Sample) bool { return s.Factor("arm") == "http+json" })
		f.renumber()
	}, "the plan has it in"},
	"fewer blocks in the plan":  {func(f *forged) { f.m.Plan.Blocks = 9 }, "the plan has 432 trials"},
	"more blocks in the plan":   {func(f *forged) { f.m.Plan.Blocks = 11 }, "lacks 48 of the plan's 528"},
	"another seed of the order": {func(f *forged) { f.m.Plan.Seed++ }, "the plan has it in"},
	"role removed": {func(f *forged) {
		gone := f.first("unix+raw", "viewer")
		f.drop(func(s experiment.Sample) bool { return s.Trial == gone.Trial && s.Worker == "viewer" })
	}, "the viewer of unix+raw has no sample"},
	"role renamed": {func(f *forged) { f.first("unix+raw", "viewer").Worker = "spectator" }, "has no sample"},
	"lines swapped": {func(f *forged) {
		a, b := attempts(f.samples)[10], attempts(f.samples)[20]
		f.samples[a.line-1], f.samples[b.line-1] = f.samples[b.line-1], f.samples[a.line-1]
	}, "where trial"},
	"trials swapped by number": {func(f *forged) {
		for i := range f.samples {
			switch f.samples[i].Trial {
			case 10:
				f.samples[i].Trial = 11
			case 11:
				f.samples[i].Trial = 10
			}
		}
	}, "where trial 10 is due"},
	"trial duplicated": {func(f *forged) {
		a := attempts(f.samples)[10]
		f.samples = append(f.samples, a.samples...)
	}, "stands on line"},
	"trial duplicated as a new one": {func(f *forged) {
		for _, s := range attempts(f.samples)[10].samples {
			s.Trial = 480
			f.samples = append(f.samples, s)
		}
	}, "the plan has 480 trials"},
	"trial duplicated as another attempt": {func(f *forged) {
		for _, s := range attempts(f.samples)[10].samples {
			s.Attempt = 1
			f.samples = append(f.samples, s)
		}
	}, "no failed attempt 0"},
	"trial of another block": {func(f *forged) {
		a := attempts(f.samples)[10]
		for i := range a.samples {
			f.samples[a.line-1+i].Block = 5
		}
	}, "is of block 5"},
	"trial of another arm": {func(f *forged) {
		a := attempts(f.samples)[10]
		for i := range a.samples {
			f.samples[a.line-1+i].Cell = (a.samples[0].Cell + 4) % 48
		}
	}, "the plan has it in"},
	"truncated and marked complete": {func(f *forged) { f.samples = f.samples[:900] }, "the run is complete, and lacks"},
	"negative CPU of a process":     {func(f *forged) { f.first("unix+raw", "kernel").Metrics["process_cpu_ns"] = -1 }, "process_cpu_ns is -1"},
	"negative CPU of a phase": {func(f *forged) {
		m := f.first("unix+raw", "kernel").Metrics
		m["cpu_wait_ns"] = -0.2 * m["process_cpu_ns"]
	}, "want no less than"},
	"negative wall":  {func(f *forged) { f.first("unix+raw", "kernel").Metrics["wall_ns"] *= -1 }, "wall_ns"},
	"negative bytes": {func(f *forged) { f.first("unix+raw", "kernel").Metrics["wire_bytes"] *= -1 }, "wire_bytes"},
	"compute above the CPU of its process": {func(f *forged) {
		s := f.first("unix+raw", "engine")
		s.Metrics["cpu_compute_ns"] = 1.5 * s.Metrics["process_cpu_ns"]
	}, "computed for"},
	"compute above the CPU of a process that three roles share": {func(f *forged) {
		s := f.first("direct", "engine")
		s.Metrics["cpu_compute_ns"] *= 2
	}, "the kernel of direct computed for"},
	"phases above the CPU of their process": {func(f *forged) {
		s := f.first("unix+raw", "viewer")
		s.Metrics["cpu_receive_ns"] += 3 * s.Metrics["process_cpu_ns"]
	}, "phases of"},
	"CPU of a process moved to another": {func(f *forged) {
		f.first("direct", "engine").Metrics["process_cpu_ns"] = 1e9
	}, "of its own in the process of the kernel"},
	"p50 above p99": {func(f *forged) {
		h := f.first("unix+raw", "viewer").Histograms["latency_ns"]
		h.P50 = h.P99 + 1
	}, "do not ascend"},
	"p50 lowered": {func(f *forged) {
		h := f.first("unix+raw", "viewer").Histograms["latency_ns"]
		h.P50 = h.P50 * 9 / 10
	}, "p50 is"},
	"p99 lowered": {func(f *forged) {
		h := f.first("unix+raw", "viewer").Histograms["latency_ns"]
		h.P99 = h.P90
	}, "p99 is"},
	"mean lowered": {func(f *forged) { f.first("unix+raw", "viewer").Histograms["latency_ns"].Mean *= 0.9 }, "a mean of"},
	"count edited": {func(f *forged) { f.first("unix+raw", "viewer").Histograms["latency_ns"].Count++ }, "the histogram has"},
	"histogram replaced": {func(f *forged) {
		f.first("unix+raw", "viewer").Histograms["latency_ns"].HDR = f.first("http+json", "viewer").Histograms["latency_ns"].HDR
	}, "latency_ns"},
	"copied bytes on a zero-copy arm": {func(f *forged) { f.first("shm:spin", "viewer").Metrics["copied_bytes"] = 4096 }, "copied 4096 bytes, and claims nothing"},
	"copied bytes left out":           {func(f *forged) { delete(f.first("shm:spin", "viewer").Metrics, "copied_bytes") }, "does not say how much"},
	"proof left out":                  {func(f *forged) { f.first("shm:spin", "viewer").Proof = nil }, "does not show its frame"},
	"proof of another hub": {func(f *forged) {
		s := f.first("shm:spin", "viewer")
		p := *s.Proof
		p.HubInode, p.MapInode = 7, 7
		s.Proof = &p
	}, "inode 7"},
	"another program":         {func(f *forged) { f.first("unix+raw", "engine").Program = "deadbeef0000" }, `program "deadbeef0000" is none of this run`},
	"program left out":        {func(f *forged) { f.first("unix+raw", "engine").Program = "" }, `program ""`},
	"program of the manifest": {func(f *forged) { f.m.Version.Program = strings.Repeat("ab", 32) }, "none of this run"},
	"digest changed in one worker": {func(f *forged) {
		f.first("unix+raw", "viewer").Evidence["digest"] = "00"
	}, "the viewer of unix+raw saw digest 00, the reference saw"},
	"digest changed in one trial": {func(f *forged) {
		f.first("unix+raw", "viewer").Evidence["digest"] = "00"
		f.first("unix+raw", "kernel").Evidence["digest"] = "00"
	}, "of unix+raw saw digest 00, the reference saw"},
	"reference changed": {func(f *forged) {
		f.m.Worlds = maps.Clone(f.m.Worlds)
		for world, evidence := range f.m.Worlds {
			evidence = maps.Clone(evidence)
			evidence["digest"] = "00"
			f.m.Worlds[world] = evidence
		}
	}, "the reference saw 00"},
	"references removed and a digest changed": {func(f *forged) {
		f.m.Worlds = nil
		f.first("unix+raw", "viewer").Evidence["digest"] = "00"
		f.first("unix+raw", "kernel").Evidence["digest"] = "00"
	}, "saw digest"},
	"evidence removed": {func(f *forged) {
		delete(f.first("unix+raw", "viewer").Evidence, "chain")
	}, "gave no chain"},
	"factor of a cell changed": {func(f *forged) {
		changeFactor(f, "boids", "100000", "50000")
	}, "no cell of the plan has it"},
	"arm renamed to a faster one": {func(f *forged) {
		changeFactor(f, "arm", "http+json", "unix+raw")
		changeFactor(f, "transport", "http+json", "unix+raw")
	}, "is the same as cell"},
	"cell of an unknown experiment": {func(f *forged) { f.m.Plan.Experiments = []string{"signal"} }, `cell 0 is of experiment "flock"`},
	"failure line removed": {func(f *forged) {
		f.fail(12)
		f.drop(func(s experiment.Sample) bool { return s.Trial == 12 })
	}, "where trial 12 is due"},
	"failure replaced by the figures of another block": {func(f *forged) {
		f.fail(12)
		for _, a := range attempts(f.samples) {
			if s := a.samples[0]; s.Cell == f.m.Plan.Order()[12].Cell && s.Block == 7 {
				f.drop(func(s experiment.Sample) bool { return s.Trial == 12 })
				i := slices.IndexFunc(f.samples, func(s experiment.Sample) bool { return s.Trial == 13 })
				f.samples = slices.Insert(f.samples, i, a.samples...)
				return
			}
		}
	}, "stands on line"},
	"failure of a first attempt removed": {func(f *forged) {
		again := slices.Clone(attempts(f.samples)[12].samples)
		for i := range again {
			again[i].Attempt = 1
		}
		f.drop(func(s experiment.Sample) bool { return s.Trial == 12 })
		f.samples = append(f.samples, again...)
	}, "no failed attempt 0"},
	"finished before it was created": {func(f *forged) { f.m.Finished = f.m.Created.Add(-time.Hour) }, "before it was created"},
	"no blocks":                      {func(f *forged) { f.m.Plan.Blocks = 0 }, "0 blocks"},
}

// fail turns a trial into one that failed.
func (f *forged) fail(trial int) {
	i := slices.IndexFunc(f.samples, func(s experiment.Sample) bool { return s.Trial == trial })
	s := f.samples[i]
	s.Worker, s.Shares, s.Metrics, s.Histograms, s.Evidence, s.Proof = experiment.Whole, "", nil, nil, nil, nil
	s.Error = "no luck"
	f.drop(func(s experiment.Sample) bool { return s.Trial == trial })
	f.samples = slices.Insert(f.samples, i, s)
}

func changeFactor(f *forged, name, from, to string) {
	f.m.Plan.Cells = slices.Clone(f.m.Plan.Cells)
	for i, c := range f.m.Plan.Cells {
		if c.Factors[name] == from {
			factors := maps.Clone(c.Factors)
			factors[name] = to
			f.m.Plan.Cells[i].Factors = factors
		}
	}
}

// genuine returns the reference run as it would have been recorded in this schema.
func genuine(t *testing.T) forged {
	t.Helper()
	dir := t.TempDir()
	rewrite(t, dir, load(t, reference), false)
	r := wantSound(t, dir)
	return forged{r.Manifest, r.Samples}
}

// TestForgeries changes a real run, seals it anew and wants verify to find it.
func TestForgeries(t *testing.T) {
	real := genuine(t)
	for name, c := range forgeries {
		t.Run(name, func(t *testing.T) {
			f := forged{real.m, slices.Clone(real.samples)}
			c.forge(&f)
			dir := t.TempDir()
			seal(t, dir, f.m, f.samples)
			wantErr(t, problems(dir), c.want)
			if _, err := Load(dir, stubs); err == nil {
				t.Error("a report could be made of it")
			}
		})
	}
}

// TestHonestFailureIsNoForgery checks that the forger's tools alone are not what is found.
func TestHonestFailureIsNoForgery(t *testing.T) {
	f := genuine(t)
	f.fail(12)
	dir := t.TempDir()
	seal(t, dir, f.m, f.samples)
	wantSound(t, dir)
}

// A forged1 is a run of schema 1 that somebody is about to change.
type forged1 struct {
	m     manifest1
	lines []map[string]any
}

func (f *forged1) first(arm, role string) map[string]any {
	i := slices.IndexFunc(f.lines, func(l map[string]any) bool { return l["arm"] == arm && l["role"] == role })
	return f.lines[i]
}

func (f *forged1) drop(key string, value any) {
	f.lines = slices.DeleteFunc(f.lines, func(l map[string]any) bool { return l[key] == value })
}

func object(l map[string]any, key string) map[string]any { return l[key].(map[string]any) }

var forgeries1 = map[string]struct {
	forge func(f *forged1)
	want  string
}{
	"block removed": {func(f *forged1) { f.drop("block", 9.0) }, "lacks 48 of the plan's 480"},
	"arm removed":   {func(f *forged1) { f.drop("arm", "http+json") }, "lacks 40 of the plan's 480"},
	"role missing": {func(f *forged1) {
		gone := f.first("unix+raw", "viewer")
		f.lines = slices.DeleteFunc(f.lines, func(l map[string]any) bool { return l["trial"] == gone["trial"] && l["role"] == "viewer" })
	}, "the viewer of unix+raw has no sample"},
	"negative CPU":              {func(f *forged1) { f.first("unix+raw", "kernel")["process_cpu_ns"] = -5 }, "process_cpu_ns is -5"},
	"compute above process CPU": {func(f *forged1) { object(f.first("unix+raw", "kernel"), "cpu_ns")["compute"] = 1e12 }, "computed for"},
	"p50 above p99": {func(f *forged1) {
		l := object(f.first("unix+raw", "viewer"), "latency")
		l["p50_ns"] = l["p999_ns"].(float64) + 1
	}, "do not ascend"},
	"count edited": {func(f *forged1) { object(f.first("unix+raw", "viewer"), "latency")["count"] = 1.0 }, "a count of 1"},
	"histogram edited": {func(f *forged1) {
		object(f.first("unix+raw", "viewer"), "latency")["histogram_ns"] = [][2]int64{{1, 1800}}
	}, "latency_ns"},
	"lines swapped": {func(f *forged1) {
		f.lines[3], f.lines[300] = f.lines[300], f.lines[3]
	}, "where trial"},
	"copied bytes on a zero-copy arm": {func(f *forged1) { f.first("shm:park", "engine")["copied_bytes"] = 32 }, "copied 32 bytes"},
	"digest changed":                  {func(f *forged1) { object(f.first("unix+raw", "viewer"), "evidence")["digest"] = "00" }, "the viewer of unix+raw saw digest 00"},
	"trial of another block":          {func(f *forged1) { f.lines[0]["block"] = 4 }, "contradict each other"},
	"factor of the plan changed":      {func(f *forged1) { f.m.Plan.Configs[0].Boids = 200 }, "is no cell of the plan"},
	"factor of a sample changed":      {func(f *forged1) { f.lines[0]["boids"] = 200 }, "is no cell of the plan"},
	"truncated and marked complete":   {func(f *forged1) { f.lines = f.lines[:300] }, "the run is complete, and lacks 380"},
	"trial duplicated":                {func(f *forged1) { f.lines = append(f.lines, f.lines[:3]...) }, "stands on line 1 already"},
	"figures of a process twice":      {func(f *forged1) { f.first("direct", "viewer")["process_cpu_ns"] = 7 }, "has figures of a process"},
	"unknown phase of a gauge":        {func(f *forged1) { f.lines[0]["counters"] = map[string]int{"x": 1} }, `unknown field "counters"`},
}

// TestForgeriesOfSchema1 does the same with the format before.
func TestForgeriesOfSchema1(t *testing.T) {
	for name, c := range forgeries1 {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			f := forged1{lines: lines1(t)}
			raw, err := os.ReadFile(filepath.Join(reference, ManifestName))
			if err = errors.Join(err, decodeStrict(raw, &f.m)); err != nil {
				t.Fatal(err)
			}
			c.forge(&f)
			f.seal(t, dir)
			wantErr(t, problems(dir), c.want)
		})
	}
}

func lines1(t *testing.T) []map[string]any {
	_, lines := origin(t, reference)
	return lines
}

func (f *forged1) seal(t *testing.T, dir string) {
	t.Helper()
	var lines bytes.Buffer
	e := json.NewEncoder(&lines)
	for _, l := range f.lines {
		if err := e.Encode(l); err != nil {
			t.Fatal(err)
		}
	}
	f.m.Files = map[string]File{SamplesName: {Bytes: int64(lines.Len()), BLAKE3: sum(lines.Bytes())}}
	content, err := seal1(f.m)
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, content, lines.Bytes())
}

// seal1 returns the bytes of a manifest of schema 1 with its seal computed.
func seal1(m manifest1) ([]byte, error) {
	m.Seal = ""
	open, err := canonical(m)
	if err != nil {
		return nil, err
	}
	m.Seal = sum(open)
	return canonical(m)
}

// TestUnforgedSchema1 checks that sealing alone is no forgery.
func TestUnforgedSchema1(t *testing.T) {
	f := forged1{lines: lines1(t)}
	raw, err := os.ReadFile(filepath.Join(reference, ManifestName))
	if err = errors.Join(err, decodeStrict(raw, &f.m)); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	f.seal(t, dir)
	wantSound(t, dir)
}
