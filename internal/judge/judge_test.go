package judge

import (
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// A stub has three roles, in one process where the arm is direct.
type stub struct{ experiment.Experiment }

func (stub) Duties(_ experiment.Plan, c experiment.Cell) []experiment.Duty {
	host := ""
	if c.Factors[experiment.Arm] == "direct" {
		host = "kernel"
	}
	return []experiment.Duty{
		{Worker: "kernel", Metrics: []string{"process_cpu_ns"}, Evidence: []string{"digest", "chain", "genome"}},
		{Worker: "engine", Evidence: []string{"genome"}, Shares: host},
		{Worker: "viewer", Metrics: []string{"latency_ns"}, Evidence: []string{"digest", "chain"}, Shares: host},
	}
}

func plan() experiment.Plan {
	return experiment.Plan{Levels: []experiment.Level{{Factor: experiment.Arm, Value: "shm", Claims: []string{experiment.ZeroCopy}}}}
}

func trialOf(arm string) experiment.Trial {
	return experiment.Trial{Number: 3, Of: experiment.Cell{Experiment: "flock", Factors: experiment.Factors{experiment.Arm: arm, "boids": "100"}}}
}

func truth() map[string]string {
	return map[string]string{"digest": "d", "chain": "c", "genome": "g"}
}

// trio returns the samples of a good trial, in no particular order.
func trio(t *testing.T, arm string) []experiment.Sample {
	t.Helper()
	var ns []int64
	for i := range int64(500) {
		ns = append(ns, 1000+i*i)
	}
	h, err := experiment.FromSeries(ns)
	if err != nil {
		t.Fatal(err)
	}
	all := []experiment.Sample{{Worker: "engine"}, {Worker: "viewer"}, {Worker: "kernel"}}
	for i := range all {
		s := &all[i]
		s.Metrics = map[string]float64{"cpu_compute_ns": 8e6, "cpu_copy_ns": -1e5, "process_cpu_ns": 1e7, "copied_bytes": 0}
		s.Evidence = truth()
		s.Proof = &copytax.AddressProof{MapInode: 5, HubInode: 5}
		if arm == "direct" && s.Worker != "kernel" {
			s.Shares = "kernel"
			delete(s.Metrics, "process_cpu_ns")
		}
	}
	if arm == "direct" {
		all[2].Metrics["process_cpu_ns"] = 2.5e7
	}
	all[0].Evidence = map[string]string{"genome": "g"}
	all[1].Evidence = map[string]string{"digest": "d", "chain": "c", "frames": "sampled"}
	all[2].Evidence["frames"] = "all"
	all[1].Histograms = map[string]*experiment.Histogram{"latency_ns": h}
	return all
}

func TestTrial(t *testing.T) {
	for name, c := range map[string]struct {
		arm   string
		spoil func(engine, viewer, kernel *experiment.Sample)
		say   string // empty for a trial that counts
	}{
		"good":                {"shm", func(_, _, _ *experiment.Sample) {}, ""},
		"good, one process":   {"direct", func(_, _, _ *experiment.Sample) {}, ""},
		"another digest":      {"shm", func(_, v, _ *experiment.Sample) { v.Evidence["digest"] = "x" }, "the viewer of shm saw digest x, the reference saw d"},
		"another chain":       {"shm", func(_, _, k *experiment.Sample) { k.Evidence["chain"] = "x" }, "the kernel of shm saw chain x"},
		"other genes":         {"shm", func(e, _, _ *experiment.Sample) { e.Evidence["genome"] = "x" }, "genome x"},
		"a silent viewer":     {"shm", func(_, v, _ *experiment.Sample) { v.Evidence = nil }, "the viewer of shm gave no digest"},
		"a silent engine":     {"shm", func(e, _, _ *experiment.Sample) { e.Evidence = nil }, "the engine of shm gave no genome"},
		"an empty digest":     {"shm", func(_, v, _ *experiment.Sample) { v.Evidence["digest"] = "" }, "gave no digest"},
		"no latency":          {"shm", func(_, v, _ *experiment.Sample) { v.Histograms = nil }, "the viewer of shm gave no latency_ns"},
		"another series":      {"shm", func(_, v, _ *experiment.Sample) { v.Series = map[string][]int64{"latency_ns": {1, 2, 3}} }, "the viewer of shm: series latency_ns: its 3 values, 1 to 3, are not those of the histogram"},
		"a series of its own": {"shm", func(_, v, _ *experiment.Sample) { v.Series = map[string][]int64{"other_ns": {1, 2, 3}} }, ""},
		"no CPU":              {"shm", func(_, _, k *experiment.Sample) { delete(k.Metrics, "process_cpu_ns") }, "gave no process_cpu_ns"},
		"no viewer":           {"shm", func(_, v, _ *experiment.Sample) { v.Worker = "stranger" }, "the viewer of shm has no sample"},
		"two kernels":         {"shm", func(_, v, _ *experiment.Sample) { v.Worker = "kernel" }, "two samples"},
		"another process":     {"shm", func(_, v, _ *experiment.Sample) { v.Shares = "kernel" }, `shares the process of "kernel", want ""`},
		"a copy":              {"shm", func(e, _, _ *experiment.Sample) { e.Metrics["copied_bytes"] = 1 }, "the engine of shm copied 1 bytes"},
		"a copy elsewhere":    {"direct", func(e, _, _ *experiment.Sample) { e.Metrics["copied_bytes"] = 1 }, ""},
		"copies unsaid":       {"shm", func(e, _, _ *experiment.Sample) { delete(e.Metrics, "copied_bytes") }, "does not say"},
		"no proof":            {"shm", func(e, _, _ *experiment.Sample) { e.Proof = nil }, "does not show its frame in the hub"},
		"a false proof":       {"shm", func(e, _, _ *experiment.Sample) { e.Proof.MapInode = 3 }, "hub"},
		"two hubs":            {"shm", func(_, v, _ *experiment.Sample) { v.Proof.MapInode, v.Proof.HubInode = 3, 3 }, "inode 3"},
		"not a number":        {"shm", func(e, _, _ *experiment.Sample) { e.Metrics["laps"] = math.NaN() }, "laps is NaN"},
		"infinite":            {"shm", func(e, _, _ *experiment.Sample) { e.Metrics["laps"] = math.Inf(1) }, "laps is +Inf"},
		"negative":            {"shm", func(e, _, _ *experiment.Sample) { e.Metrics["wire_bytes"] = -1 }, "wire_bytes is -1"},
		"negative phase":      {"shm", func(e, _, _ *experiment.Sample) { e.Metrics["cpu_copy_ns"] = -6e6 }, "cpu_copy_ns"},
		"too much computing":  {"shm", func(e, _, _ *experiment.Sample) { e.Metrics["cpu_compute_ns"] = 1.3e7 }, "the engine of shm computed"},
		"too much together":   {"direct", func(e, _, _ *experiment.Sample) { e.Metrics["cpu_compute_ns"] = 1.3e7 }, "the kernel of direct computed"},
		"too many phases":     {"shm", func(e, _, _ *experiment.Sample) { e.Metrics["cpu_send_ns"] = 4e7 }, "phases of"},
		"a process too many":  {"direct", func(e, _, _ *experiment.Sample) { e.Metrics["process_cpu_ns"] = 1 }, "of its own in the process of the kernel"},
	} {
		all := trio(t, c.arm)
		c.spoil(&all[0], &all[1], &all[2])
		err := Trial(plan(), trialOf(c.arm), all, stub{}, truth())
		if c.say == "" && err != nil || c.say != "" && (err == nil || !strings.Contains(err.Error(), c.say) || !strings.HasPrefix(err.Error(), "void: ")) {
			t.Errorf("%s: got %v, want an error that says %q", name, err, c.say)
		}
	}
}

// Who claims to be in place shows where the last frame lay, and copies nothing.
func TestInPlace(t *testing.T) {
	p := experiment.Plan{Levels: []experiment.Level{{Factor: experiment.Arm, Value: "sab", Claims: []string{experiment.InPlace("engine"), experiment.InPlace("viewer")}}}}
	for name, c := range map[string]struct {
		spoil func(e, v, k *experiment.Sample)
		say   string
	}{
		"good":                 {func(_, _, _ *experiment.Sample) {}, ""},
		"a kernel that copies": {func(_, _, k *experiment.Sample) { k.Metrics["copied_bytes"] = 9 }, ""},
		"a copy":               {func(_, v, _ *experiment.Sample) { v.Metrics["copied_bytes"] = 1 }, "the viewer of sab copied 1 bytes"},
		"no word of copies":    {func(_, v, _ *experiment.Sample) { delete(v.Metrics, "copied_bytes") }, "gave no copied_bytes"},
		"no word of the place": {func(_, v, _ *experiment.Sample) { delete(v.Metrics, "memory_bytes") }, "the viewer of sab gave no memory_bytes"},
		"elsewhere":            {func(_, v, _ *experiment.Sample) { v.Metrics["frame_offset_bytes"]++ }, "at byte 65537, and it is planned at 65536"},
		"another slot": {func(_, v, _ *experiment.Sample) {
			v.Metrics["frame_offset_bytes"], v.Metrics["planned_offset_bytes"] = 0, 0
		}, "the viewer of sab had the last frame at byte 0, the engine at 65536"},
		"beyond":  {func(e, _, _ *experiment.Sample) { e.Metrics["memory_bytes"] = 65600 }, "up to byte 65636 of a memory of 65600"},
		"nothing": {func(e, _, _ *experiment.Sample) { e.Metrics["frame_bytes"] = 0 }, "the engine of sab had the last frame"},
	} {
		all := trio(t, "sab")
		for i := range all[:2] {
			maps.Copy(all[i].Metrics, map[string]float64{"frame_offset_bytes": 1 << 16, "planned_offset_bytes": 1 << 16, "frame_bytes": 100, "memory_bytes": 1 << 20})
		}
		c.spoil(&all[0], &all[1], &all[2])
		err := Trial(p, trialOf("sab"), all, stub{}, truth())
		if c.say == "" && err != nil || c.say != "" && (err == nil || !strings.Contains(err.Error(), c.say)) {
			t.Errorf("%s: got %v, want an error that says %q", name, err, c.say)
		}
	}
}

// TestLiarComesFirst holds every trial to the reference, so that it does not matter
// who is judged first: the transport that flips a bit is void, and nobody else.
func TestLiarComesFirst(t *testing.T) {
	liar := trio(t, "bad")
	for _, s := range liar {
		if s.Evidence["digest"] != "" {
			s.Evidence["digest"] = "flipped"
		}
	}
	for _, first := range []bool{true, false} {
		for _, bad := range []bool{first, !first} {
			arm, samples := "unix+raw", trio(t, "unix+raw")
			if bad {
				arm, samples = "bad", liar
			}
			if err := Trial(plan(), trialOf(arm), samples, stub{}, truth()); (err != nil) != bad {
				t.Errorf("%s: got %v", arm, err)
			} else if bad && !strings.Contains(err.Error(), "of bad saw digest flipped") {
				t.Errorf("got %v, want it to name bad", err)
			}
		}
	}
}

// A reference that leaves out what trials saw would let them differ.
func TestReferenceIsWhole(t *testing.T) {
	less := truth()
	delete(less, "digest")
	err := Trial(plan(), trialOf("shm"), trio(t, "shm"), stub{}, less)
	if err == nil || !strings.Contains(err.Error(), "of which the reference says nothing") {
		t.Errorf("got %v", err)
	}
}

func TestUnknownExperiment(t *testing.T) {
	all := trio(t, "shm")[:1]
	if err := Trial(plan(), trialOf("shm"), all, nil, nil); err != nil {
		t.Errorf("without an experiment: got %v, want nothing owed", err)
	}
	if err := Trial(plan(), trialOf("shm"), nil, nil, nil); err == nil {
		t.Error("a trial without samples counts")
	}
}

func TestWorkersDisagreeWithoutReference(t *testing.T) {
	all := trio(t, "shm")
	all[2].Evidence["digest"] = "x"
	err := Agree(trialOf("shm"), all, nil)
	if err == nil || !strings.Contains(err.Error(), "the kernel of shm saw digest x, the viewer saw d") {
		t.Errorf("got %v", err)
	}
	if got := Evidence(trio(t, "shm")); !maps.Equal(got, truth()) {
		t.Errorf("got evidence %v, want %v", got, truth())
	}
}

// TestHistogram edits the summary of a series and of a recorder.
func TestHistogram(t *testing.T) {
	exact := trio(t, "shm")[1].Histograms["latency_ns"]
	r := experiment.NewRecorder()
	for i := range int64(1000) {
		r.Record(i * i % 77777)
	}
	recorded, err := r.Histogram()
	if err != nil {
		t.Fatal(err)
	}
	one, err := experiment.FromSeries([]int64{5})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []*experiment.Histogram{exact, recorded, one} {
		if err := histogram(h); err != nil {
			t.Errorf("got %v of a sound histogram", err)
		}
	}
	for name, spoil := range map[string]func(h *experiment.Histogram){
		"count":    func(h *experiment.Histogram) { h.Count-- },
		"mean":     func(h *experiment.Histogram) { h.Mean *= 1.02 },
		"NaN":      func(h *experiment.Histogram) { h.Mean = math.NaN() },
		"min":      func(h *experiment.Histogram) { h.Min = 0 },
		"negative": func(h *experiment.Histogram) { h.Min = -1 },
		"p50":      func(h *experiment.Histogram) { h.P50 = h.P50 * 102 / 100 },
		"order":    func(h *experiment.Histogram) { h.P90 = h.P50 - 1 },
		"p99":      func(h *experiment.Histogram) { h.P99 = h.P90 },
		"max":      func(h *experiment.Histogram) { h.Max *= 2 },
		"hdr":      func(h *experiment.Histogram) { h.HDR = "HISTFAAA" },
	} {
		for _, sound := range []*experiment.Histogram{exact, recorded} {
			h := *sound
			if spoil(&h); histogram(&h) == nil {
				t.Errorf("%s: got nothing wrong with %+v, of %+v", name, h, *sound)
			}
		}
	}
	if histogram(nil) == nil {
		t.Error("got nothing wrong with no histogram")
	}
}

// FuzzHistogram wants an answer for whatever stands in a file.
func FuzzHistogram(f *testing.F) {
	h, err := experiment.FromSeries([]int64{1, 2, 3, 1000, 100000})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(h.HDR, h.Count, h.P50)
	f.Add("", int64(0), int64(0))
	f.Fuzz(func(t *testing.T, hdr string, count, p50 int64) {
		own := *h
		own.HDR, own.Count, own.P50 = hdr, count, p50
		_ = histogram(&own) // any answer will do, a panic will not
	})
}
