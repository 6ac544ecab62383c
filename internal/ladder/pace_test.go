package ladder

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/control"
	"github.com/copytax/copytax/internal/judge"
)

func TestPaces(t *testing.T) {
	for given, want := range map[string][]copytax.Config{
		"":                               {{WarmUp: 150, Ticks: 900}},
		"pace=60hz":                      {{WarmUp: 60, Ticks: 300, Rate: 60, Latest: true}},
		"pace=60hz frames=every":         {{WarmUp: 60, Ticks: 300, Rate: 60}},
		"pace=lockstep,120.0hz,120hz":    {{WarmUp: 150, Ticks: 900}, {WarmUp: 120, Ticks: 600, Rate: 120, Latest: true}},
		"pace=0.5hz":                     {{WarmUp: 12, Ticks: 60, Rate: 0.5, Latest: true}},
		"pace=lockstep frames=every":     {{WarmUp: 150, Ticks: 900}},
		"pace=lockstep,1hz frames=every": {{WarmUp: 150, Ticks: 900}, {WarmUp: 12, Ticks: 60, Rate: 1}},
		"pace=60hz,lockstep frames=latest": {
			{WarmUp: 60, Ticks: 300, Rate: 60, Latest: true}, {WarmUp: 150, Ticks: 900},
		},
	} {
		p, err := plan(append(strings.Fields(given), "transport=hub", "boids=1k")...)
		if err != nil {
			t.Errorf("%s: %v", given, err)
			continue
		}
		var got []copytax.Config
		for _, c := range p.Cells {
			if c.Factors[experiment.Arm] == "hub" {
				config, err := configOf(c)
				if err != nil {
					t.Errorf("%s: %v", given, err)
				}
				got = append(got, copytax.Config{WarmUp: config.WarmUp, Ticks: config.Ticks, Rate: config.Rate, Latest: config.Latest})
			}
		}
		if !slices.Equal(got, want) || len(p.Cells) != 3*len(want) {
			t.Errorf("%s: got %+v in %d cells, want %+v in three arms", given, got, len(p.Cells), want)
		}
	}
}

func TestPacesThatCannotBe(t *testing.T) {
	for given, want := range map[string]string{
		"pace=60":             `--pace "60": want lockstep, or a rate from 0.1hz to 10000hz, such as 60hz`,
		"pace=0hz":            `--pace "0hz"`,
		"pace=-1hz":           `--pace "-1hz"`,
		"pace=nanhz":          `--pace "nanhz"`,
		"pace=infhz":          `--pace "infhz"`,
		"pace=0x10hz":         `--pace "0x10hz"`,
		"pace=1e9hz":          `--pace "1e9hz"`,
		"pace=1000000000hz":   `--pace "1000000000hz"`,
		"pace=1.2.3hz":        `--pace "1.2.3hz"`,
		"pace=hz":             `--pace "hz"`,
		"pace=60hz,":          `--pace ""`,
		"frames=latest":       "--frames latest: in lock-step the viewer reads every frame",
		"pace=60hz frames=no": `--frames "no": want every or latest`,
	} {
		_, err := plan(append(strings.Fields(given), "transport=hub", "boids=1k")...)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %s", given, err, want)
		}
	}
}

// A transport whose viewer cannot skip is not run at a rate, unless every frame is read.
func TestTransportsWithoutTheLatestFrame(t *testing.T) {
	p, err := plan("transport=hub,wire+a,wire+b", "boids=100,1k", "pace=lockstep,60hz")
	if err != nil {
		t.Fatal(err)
	}
	if missing := p.Missing(); len(missing) != 1 || missing[0].What != "wire+a at 60hz; wire+b at 60hz" || !strings.Contains(missing[0].Reason, "--frames every") {
		t.Errorf("got %v missing", missing)
	}
	for _, c := range p.Cells {
		if strings.HasPrefix(c.Factors[experiment.Arm], "wire") && c.Factors[factorPace] != lockStep {
			t.Errorf("%s is in the plan", c)
		}
	}
	p, err = plan("transport=wire+a", "boids=100", "pace=60hz", "frames=every")
	if err != nil || len(p.Unavailable) > 0 || len(p.Cells) != 3 {
		t.Errorf("every frame: got %d cells, %v missing, %v", len(p.Cells), p.Unavailable, err)
	}
	p, err = plan("transport=hub,wire+a", "boids=100", "pace=60hz")
	if _, ok := p.Level(experiment.Arm, "wire+a"); err != nil || ok || len(p.Levels) != 3 {
		t.Errorf("got the levels %v, %v, want those of direct and hub: wire+a has no cell", p.Levels, err)
	}
}

// A pace at which the baseline would run alone is refused before anything is measured.
// Where that was asked for, or a transport is not on this machine, it is no mistake.
func TestPacesThatNoTransportCanHave(t *testing.T) {
	const hint = ": no transport of the run can skip to the latest frame, so that direct would run alone: give --frames every, or a transport that can: hub"
	for given, want := range map[string]string{
		"transport=wire+a pace=60hz":                       "--pace 60hz" + hint,
		"transport=wire+* pace=60hz frames=latest":         "--pace 60hz" + hint,
		"transport=wire+a,wire+b pace=lockstep,60hz,120hz": "--pace 60hz" + hint,
		"transport=wire+a pace=60hz frames=every":          "",
		"transport=wire+a,hub pace=60hz":                   "",
		"transport=direct pace=60hz":                       "",
		"transport=wire+c pace=60hz":                       "",
		"all=true pace=60hz":                               "",
	} {
		p, err := plan(append(strings.Fields(given), "boids=100")...)
		if got := fmt.Sprint(err); want == "" && (err != nil || len(p.Cells) == 0) || want != "" && got != want {
			t.Errorf("%s: got %d cells, %s; want %q", given, len(p.Cells), got, want)
		}
	}
}

// Cells of runs made before there were paces are in lock-step, and of one condition with
// new ones; a rate is another condition in the same world.
func TestConditions(t *testing.T) {
	l, c := ladderOf(), sized(100)
	now := l.cellOf(side{name: "a"}, c)
	old := experiment.Cell{Factors: maps.Clone(now.Factors)}
	delete(old.Factors, factorPace)
	delete(old.Factors, factorFrames)
	if got, err := configOf(old); err != nil || got != c || conditionOf(old) != conditionOf(now) {
		t.Errorf("got %+v, %v, in the condition %s; want %+v in %s", got, err, conditionOf(old), c, conditionOf(now))
	}
	c.Rate = 60
	every := l.cellOf(side{name: "a"}, c)
	c.Latest = true
	latest := l.cellOf(side{name: "a"}, c)
	if worldOf(every) != worldOf(now) || worldOf(latest) != worldOf(now) {
		t.Errorf("got the worlds %s, %s and %s, want one", worldOf(now), worldOf(every), worldOf(latest))
	}
	if all := []string{conditionOf(now), conditionOf(every), conditionOf(latest)}; all[0] == all[1] || all[1] == all[2] || all[0] == all[2] {
		t.Errorf("got the conditions %q, want three", all)
	}
	if in, slow := timeout(sized(100)), timeout(copytax.Config{Boids: 100, Ticks: 100, Rate: 0.1}); slow < in+1000e9 {
		t.Errorf("a trial of 101 ticks at 0.1 Hz may take %v, one in lock-step %v", slow, in)
	}
}

// newPacedRun has two arms in lock-step and at a rate at which every tick is soon over.
func newPacedRun(t *testing.T) shortRun {
	r := newShortRun(t, "direct", "shm:park")
	for _, c := range slices.Clone(r.plan.Cells) {
		for _, latest := range []bool{false, true} {
			config, err := configOf(c)
			if err != nil {
				t.Fatal(err)
			}
			config.Rate, config.Latest = 240, latest
			arm := c.Factors[experiment.Arm]
			r.plan.Cells = append(r.plan.Cells, r.cellOf(side{name: arm, transport: arm, placement: copytax.Everywhere(copytax.Go)}, config))
		}
	}
	return r
}

// Trials at a rate pass the judge by the reference of lock-step. The report compares
// nothing across paces.
func TestPacedTrialsFromPlanToReport(t *testing.T) {
	r := newPacedRun(t)
	reference, err := r.session.(experiment.Referenced).Reference(context.Background(), experiment.Trial{Of: r.plan.Cells[5]})
	if err != nil {
		t.Fatal(err)
	}
	results := r.results(t, reference)
	rep, err := r.Report(results)
	if err != nil {
		t.Fatal(err)
	}
	checkReport(t, rep)
	var titles []string
	for _, table := range tablesOf(rep) {
		titles = append(titles, table.Title)
		want := 2
		if strings.HasPrefix(table.Title, "Parts of") {
			want = 1 // direct has no tax on itself
		}
		if len(table.Rows) != want {
			t.Errorf("%s: got %d rows, want %d", table.Title, len(table.Rows), want)
		}
	}
	want := []string{
		"101 boids, lock-step",
		"101 boids, 240 Hz, every frame", "Kept to its rate: 101 boids, 240 Hz, every frame",
		"101 boids, 240 Hz, latest frame", "Kept to its rate: 101 boids, 240 Hz, latest frame",
		"Parts of the differential tax: 101 boids, lock-step",
		"Parts of the differential tax: 101 boids, 240 Hz, every frame",
	}
	const skipping = "Parts of the differential tax: 101 boids, 240 Hz, latest frame" // has one if none was skipped
	if !slices.Equal(slices.DeleteFunc(titles, func(t string) bool { return t == skipping }), want) {
		t.Errorf("got the tables %q, want %q", titles, want)
	}
	figures := names(figuresOf(rep))
	if !slices.Contains(figures, "latency-101-240hz-latest") || !slices.Contains(figures, "latency-101-lockstep") || len(figures) < 11 {
		t.Errorf("got the figures %q", figures)
	}
	if len(rep.Notes) > 0 && strings.Contains(strings.Join(rep.Notes, " "), "Pair dropped") {
		t.Errorf("pairs of arms in one condition: got the notes %q", rep.Notes)
	}
	forge(t, r, results.Samples, reference)
}

// forge changes samples of trials at a rate, each in one way that the judge must find.
func forge(t *testing.T, r shortRun, all experiment.Samples, reference map[string]string) {
	t.Helper()
	const kernel, viewer = 0, 2
	few, err := experiment.FromSeries([]int64{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		latest bool
		worker int
		spoil  func(*experiment.Sample)
		want   string
	}{
		"skipped more":        {true, viewer, func(s *experiment.Sample) { s.Metrics[control.Skipped] += 3 }, "services of 60 ticks, and skipped "},
		"skipped, of every":   {false, viewer, func(s *experiment.Sample) { s.Metrics[control.Skipped] = 1 }, "was to read every one"},
		"missed less":         {true, viewer, func(s *experiment.Sample) { s.Metrics[control.Missed] = -1 }, "missed_ticks"},
		"missed more":         {true, viewer, func(s *experiment.Sample) { s.Metrics[control.Missed] = 61 }, "missed 61 ticks"},
		"no service":          {true, viewer, func(s *experiment.Sample) { delete(s.Histograms, control.Service) }, control.Service},
		"no missed":           {true, viewer, func(s *experiment.Sample) { delete(s.Metrics, control.Missed) }, control.Missed},
		"no delay":            {true, kernel, func(s *experiment.Sample) { delete(s.Histograms, control.StartDelay) }, control.StartDelay},
		"delays of others":    {true, kernel, func(s *experiment.Sample) { s.Histograms[control.StartDelay] = few }, "3 starts of 60 ticks"},
		"another mean":        {false, viewer, func(s *experiment.Sample) { s.Histograms[control.Service] = s.Histograms[latencyMetric] }, "a mean latency of "},
		"says nothing":        {true, viewer, func(s *experiment.Sample) { delete(s.Evidence, control.Frames) }, "gave no frames"},
		"says all":            {true, viewer, func(s *experiment.Sample) { s.Evidence[control.Frames] = "all" }, `"all"`},
		"says latest":         {false, viewer, func(s *experiment.Sample) { s.Evidence[control.Frames] = "latest, 9 of 73" }, "was to read every one"},
		"saw too few":         {true, viewer, func(s *experiment.Sample) { s.Evidence[control.Frames] = "latest, 2 of 73" }, "skipped"},
		"saw more than all":   {true, viewer, func(s *experiment.Sample) { s.Evidence[control.Frames] = "latest, 74 of 73" }, "some of 73"},
		"of another trial":    {true, viewer, func(s *experiment.Sample) { s.Evidence[control.Frames] = "latest, 70 of 74" }, "some of 73"},
		"another digest":      {true, viewer, func(s *experiment.Sample) { s.Evidence["digest"] = "00" }, "the reference saw"},
		"a chain is missing":  {false, viewer, func(s *experiment.Sample) { delete(s.Evidence, "chain") }, "gave no chain"},
		"the kernel's chain":  {true, kernel, func(s *experiment.Sample) { delete(s.Evidence, "chain") }, "gave no chain"},
		"nothing was changed": {true, viewer, func(*experiment.Sample) {}, ""},
	} {
		cell := slices.IndexFunc(r.plan.Cells, func(at experiment.Cell) bool {
			return at.Factors[experiment.Arm] == "shm:park" && at.Factors[factorPace] == "240hz" && (at.Factors[factorFrames] == latest) == c.latest
		})
		samples := all.Keep(func(s experiment.Sample) bool { return s.Cell == cell })
		s := &samples[c.worker]
		s.Metrics, s.Histograms, s.Evidence = maps.Clone(s.Metrics), maps.Clone(s.Histograms), maps.Clone(s.Evidence)
		c.spoil(s)
		err := judge.Trial(r.plan, experiment.Trial{Cell: cell, Of: r.plan.Cells[cell]}, samples, r.Ladder, reference)
		if fmt.Sprint(err) == "<nil>" != (c.want == "") || c.want != "" && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}
