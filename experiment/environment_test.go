package experiment

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func is(v float64) *float64 { return &v }

var testRule = *UsualEnvironment(2)

// calm is a machine on which nothing else happens.
func calm() Environment {
	usual := Rulers{ALU: is(1), Memory: is(100), Line: is(200)}
	return Environment{
		Start: time.Unix(1, 0).UTC(), Stolen: is(0), Busy: is(0.5), Tick: is(0.01), Others: is(0.01), Before: usual, After: usual,
	}
}

func TestVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		disturb func(e *Environment)
		want    string
	}{
		"calm":                        {func(*Environment) {}, ""},
		"nothing known":               {func(e *Environment) { *e = Environment{Start: e.Start} }, ""},
		"stolen":                      {func(e *Environment) { e.Stolen = is(0.11) }, "took 16.7% of the processor time that was wanted"},
		"stolen within a tick":        {func(e *Environment) { e.Stolen = is(0.03) }, ""},
		"stolen in a short try":       {func(e *Environment) { e.Stolen, e.Tick = is(0.11), is(0.1) }, ""},
		"stolen of who wants little":  {func(e *Environment) { e.Stolen, e.Busy = is(0.02), is(0.05) }, "took 16.7%"},
		"all stolen":                  {func(e *Environment) { e.Stolen, e.Busy = is(0.5), is(0) }, "took 100.0%"},
		"neither stolen nor busy":     {func(e *Environment) { e.Busy = is(0) }, ""},
		"stolen, of an unknown whole": {func(e *Environment) { e.Stolen, e.Busy = is(0.5), nil }, ""},
		"others":                      {func(e *Environment) { e.Others = is(0.06) }, "other programs used 6.0%"},
		"others at the limit":         {func(e *Environment) { e.Others = is(0.05) }, ""},
		"slow arithmetic":             {func(e *Environment) { e.Before.ALU = is(1.6) }, "the alu ruler took 1.6 ns, more than 1.5 times the usual 1.0 ns"},
		"slow memory":                 {func(e *Environment) { e.Before.Memory = is(151) }, "the memory ruler"},
		"slow line":                   {func(e *Environment) { e.Before.Line = is(301) }, "the line ruler"},
		"fast":                        {func(e *Environment) { e.Before = Rulers{is(0.1), is(1), is(1)} }, ""},
	} {
		e := calm()
		c.disturb(&e)
		got := testRule.Verdict(e, slices.Repeat([]Environment{calm()}, 5))
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// The usual is what it was lately in this run, void tries included; too few say nothing.
func TestVerdictComparesWithEarlierTries(t *testing.T) {
	slow := calm()
	slow.Before.ALU = is(2)
	if got := testRule.Verdict(slow, slices.Repeat([]Environment{calm()}, 4)); got != "" {
		t.Errorf("behind 4 tries: got %q", got)
	}
	if got := testRule.Verdict(slow, append(slices.Repeat([]Environment{calm()}, 3), slow, slow)); got == "" {
		t.Error("slower than the median of 5: got no verdict")
	}
	blind := calm()
	blind.Before.ALU = nil
	if got := testRule.Verdict(slow, append(slices.Repeat([]Environment{calm()}, 4), blind)); got != "" {
		t.Errorf("behind 4 tries with that ruler: got %q", got)
	}
	if got := testRule.Verdict(slow, append(slices.Repeat([]Environment{calm()}, 1000), slices.Repeat([]Environment{slow}, testRule.Window)...)); got != "" {
		t.Errorf("a machine that is slow for long: got %q", got)
	}
}

// What a transport decides changes no verdict: what it costs, how long it takes and
// what it proves are no part of an environment, and what of one it can influence is
// not asked: what the trial leaves behind, and what the operating system does for it.
func TestTransportHasNoSayInTheVerdict(t *testing.T) {
	verdict := func(samples Samples) string {
		return testRule.Verdict(*samples[0].Environment, slices.Repeat([]Environment{calm()}, 9))
	}
	try := func(disturb func(*Environment)) Samples {
		e := calm()
		disturb(&e)
		return Samples{{Worker: "kernel", Environment: &e}, {Worker: "viewer"}}
	}
	for name, disturb := range map[string]func(*Environment){
		"calm": func(*Environment) {}, "disturbed": func(e *Environment) { e.Others = is(0.5) },
	} {
		want := verdict(try(disturb))
		for _, scale := range []float64{0, 1e-9, 1, 1e12} {
			samples := try(disturb)
			for i := range samples {
				samples[i].Metrics = map[string]float64{"process_cpu_ns": scale, "wall_ns": scale, "supervisor_cpu_ns": scale, "others_cpu_ns": scale}
				samples[i].Histograms = map[string]*Histogram{"latency_ns": {Count: 1, Mean: scale, Max: int64(scale)}}
				samples[i].Evidence = map[string]string{"digest": "x"}
			}
			e := samples[0].Environment
			e.After = Rulers{is(scale + 1), is(scale + 1), is(scale + 1)}
			e.Load, e.Rest, e.Throttles, e.Throttled, e.Frequency = is(scale), is(scale), is(scale), is(scale), is(scale)
			if got := verdict(samples); got != want {
				t.Errorf("%s, with figures of %v: got %q, want %q", name, scale, got, want)
			}
		}
	}
	// The time that a transport wants does not make it more or less robbed of it.
	for _, wants := range []float64{0.01, 0.1, 0.5, 0.9} {
		for _, share := range []float64{0.04, 0.06} {
			e := calm()
			e.Tick, e.Stolen, e.Busy = is(0), is(share*wants), is((1-share)*wants)
			if void := testRule.Verdict(e, nil) != ""; void != (share > testRule.Stolen) {
				t.Errorf("%v of %v wanted is stolen: void %v", share, wants, void)
			}
		}
	}
}

func TestEnvironmentKeepsWhatIsKnown(t *testing.T) {
	e := calm()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var again Environment
	if err := json.Unmarshal(text, &again); err != nil || !reflect.DeepEqual(again, e) {
		t.Errorf("got %s, %v", text, err)
	}
	if strings.Contains(string(text), "load_average") || !strings.Contains(string(text), `"stolen_fraction":0,`) {
		t.Errorf("got %s, want the known zero and no unknown", text)
	}
	names, figures := EnvironmentFigures(), e.Figures()
	for name := range figures {
		if !slices.ContainsFunc(names, func(n [2]string) bool { return n[0] == name && n[1] != "" }) {
			t.Errorf("%s is not among the names", name)
		}
	}
	if len(figures) != 11 || figures["line_after_ns"] != 200 || len(names) != 16 {
		t.Errorf("got %d figures of %d: %v", len(figures), len(names), figures)
	}
}

func TestEnvironmentSense(t *testing.T) {
	for want, spoil := range map[string]func(*Environment){
		"no start":            func(e *Environment) { e.Start = time.Time{} },
		"others_fraction":     func(e *Environment) { e.Others = is(-0.1) },
		"a ruler of 0 ns":     func(e *Environment) { e.After.Memory = is(0) },
		"memory_before_ns is": func(e *Environment) { e.Before.Memory = is(-1) },
	} {
		e := calm()
		spoil(&e)
		if err := e.Sense(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if err := calm().Sense(); err != nil {
		t.Error(err)
	}
	for _, rule := range []EnvironmentRule{{}, {Stolen: 1, Others: 1, Slower: 1, Window: 1, Least: 1}, {Stolen: 1, Others: 1, Slower: 2, Window: 1, Least: 1, Repeats: -1}} {
		if rule.Sense() == nil {
			t.Errorf("%+v: got no error", rule)
		}
	}
	if err := testRule.Sense(); err != nil {
		t.Error(err)
	}
}
