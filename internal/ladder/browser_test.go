package ladder

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/control"
)

// A madeUpBrowser draws, or says why it cannot.
type madeUpBrowser struct{ what, why string }

func (b madeUpBrowser) Probe(context.Context, string) (string, error) {
	if b.why != "" {
		return "", errors.New(b.why)
	}
	return b.what, nil
}

func (madeUpBrowser) Runtime(string) (control.Runtime, error) { return control.Program{}, nil }

// A spinning transport cannot draw from a page's own thread.
type spinning struct{ named }

func (spinning) OffPage() string { return "it spins" }

// tabLadder has direct, which can be in a tab, a transport that cannot, one that can be
// nowhere else, and, outside of the ladder, one that cannot draw from the page.
func tabLadder(b Browser) *Ladder {
	tab := []copytax.Runtime{copytax.Tab}
	anywhere := [copytax.NumRoles][]copytax.Runtime{tab, tab, tab}
	all := func() []copytax.Transport {
		return []copytax.Transport{
			named{name: Baseline, info: copytax.Info{OneProcess: true, Runtimes: anywhere}},
			named{name: "wire", info: copytax.Info{Rung: 1}},
			named{name: "sab", info: copytax.Info{Rung: 2, OneProcess: true, Concurrent: true, Foreign: true, Runtimes: anywhere, InPlace: [copytax.NumRoles]bool{copytax.Engine: true, copytax.Viewer: true}, Latest: true}},
			spinning{named{name: "spin", info: copytax.Info{Rung: 3, OneProcess: true, Concurrent: true, Foreign: true, Runtimes: anywhere, Latest: true}}},
		}
	}
	match := func(patterns []string) ([]copytax.Transport, error) {
		return slices.DeleteFunc(all(), func(t copytax.Transport) bool {
			return !slices.ContainsFunc(patterns, func(p string) bool { ok, _ := path.Match(p, t.Name()); return ok })
		}), nil
	}
	ladder := func() []copytax.Transport { return all()[:3] }
	find := func(name string) (copytax.Transport, error) {
		chosen, _ := match([]string{name})
		return chosen[0], nil
	}
	return New(Config{Scenario: workload{}, Find: find, Match: match, Ladder: ladder, Browser: b})
}

// placedCells names the cells of a plan by place, arm and what the viewer does.
func placedCells(p experiment.Plan) (names []string) {
	for _, c := range p.Cells {
		names = append(names, strings.TrimSpace(c.Factors[factorPlacement]+" "+c.Factors[experiment.Arm]+" "+c.Factors[factorDisplay]))
	}
	slices.Sort(names)
	return names
}

// A run of everything has the tab, if there is one, and each placement its own baseline.
func TestPlansOfATab(t *testing.T) {
	for _, c := range []struct {
		given, why string
		want       []string
		missing    []string
	}{
		{"all=true", "", []string{"go direct", "go direct#aa", "go wire", "tab direct", "tab direct#aa", "tab sab"}, nil},
		{"all=true", "no browser here", []string{"go direct", "go direct#aa", "go wire"}, []string{"direct in a tab: no browser here", "sab in a tab: no browser here"}},
		{"all=true placement=go", "", []string{"go direct", "go direct#aa", "go wire"}, nil},
		{"transport=sab placement=tab", "", []string{"tab direct", "tab direct#aa", "tab sab"}, nil},
		{"transport=sab,wire placement=tab;go", "", []string{"go direct", "go direct#aa", "go wire", "tab direct", "tab direct#aa", "tab sab"}, nil},
		{"transport=sab placement=tab display=none,canvas", "", []string{
			"tab direct", "tab direct canvas", "tab direct#aa", "tab direct#aa canvas", "tab sab", "tab sab canvas",
		}, nil},
		{"transport=sab placement=tab display=canvas:800x600,canvas,canvas:640x360,page:64x4096", "", []string{
			"tab direct canvas", "tab direct canvas:640x360", "tab direct page:64x4096", "tab direct#aa canvas", "tab direct#aa canvas:640x360", "tab direct#aa page:64x4096",
			"tab sab canvas", "tab sab canvas:640x360", "tab sab page:64x4096",
		}, nil},
		{"transport=sab,spin placement=tab display=canvas,page", "", []string{
			"tab direct canvas", "tab direct page", "tab direct#aa canvas", "tab direct#aa page", "tab sab canvas", "tab sab page", "tab spin canvas",
		}, []string{"spin drawing from the page: it spins"}},
	} {
		p, err := planOf(tabLadder(madeUpBrowser{"Browser/1, an adapter", c.why}), append(strings.Fields(c.given), "boids=100")...)
		if err != nil {
			t.Errorf("%s: %v", c.given, err)
			continue
		}
		if got := placedCells(p); !slices.Equal(got, c.want) {
			t.Errorf("%s: got the cells %q, want %q", c.given, got, c.want)
		}
		var missing []string
		for _, u := range p.Unavailable {
			missing = append(missing, u.What+": "+u.Reason)
		}
		if !slices.Equal(missing, c.missing) {
			t.Errorf("%s: missing are %q, want %q", c.given, missing, c.missing)
		}
		worlds := map[string]bool{}
		for _, cell := range p.Cells {
			worlds[conditionOf(cell)] = true
			if inATab := cell.Factors[factorBrowser] == "Browser/1, an adapter"; inATab != (cell.Factors[factorPlacement] == "tab") {
				t.Errorf("%s: the cell %s names the browser %q", c.given, cell, cell.Factors[factorBrowser])
			}
			if _, err := configOf(cell); err != nil {
				t.Errorf("%s: %v", c.given, err)
			}
		}
		places := map[string]bool{}
		for _, name := range c.want {
			words := strings.Fields(name)
			places[words[0]+strings.Join(words[2:], "")] = true
		}
		if len(worlds) != len(places) {
			t.Errorf("%s: arms are compared in %d worlds, want %d", c.given, len(worlds), len(places))
		}
	}
}

func TestPlansOfATabThatCannotBe(t *testing.T) {
	for given, want := range map[string]string{
		"transport=sab":                             "sab: its kernel runs in tab, not in go: add --placement tab",
		"transport=wire placement=tab":              "--placement tab: no transport of the run can have it, only direct, sab, spin can",
		"transport=wire browser=/bin/true":          "--browser is given, and no arm of the run is in a tab",
		"transport=wire display=canvas":             "--display canvas: no arm of the run is in a tab",
		"transport=spin placement=tab display=page": "--display page: no transport of the run can have it, so that direct would run alone: it spins",

		"transport=sab placement=tab display=paper":             `--display "paper": want none, canvas or page`,
		"transport=sab placement=tab display=none:64x64":        `--display "none:64x64": want none`,
		"transport=sab placement=tab display=canvas:":           `--display "canvas:": want none`,
		"transport=sab placement=tab display=canvas:640":        `--display "canvas:640": want none`,
		"transport=sab placement=tab display=canvas:63x64":      `--display "canvas:63x64": want none`,
		"transport=sab placement=tab display=page:64x4097":      `--display "page:64x4097": want none`,
		"transport=sab placement=tab display=canvas:0640x360":   `--display "canvas:0640x360": want none`,
		"transport=sab placement=tab display=canvas:640x360x24": `--display "canvas:640x360x24": want none`,
		"transport=sab placement=tab display=canvas,":           `--display "": want none`,
	} {
		if _, err := planOf(tabLadder(madeUpBrowser{what: "x"}), append(strings.Fields(given), "boids=100")...); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", given, err, want)
		}
	}
	blind := tabLadder(madeUpBrowser{why: "it has no WebGPU"})
	if _, err := planOf(blind, "transport=sab", "placement=tab", "boids=100"); err == nil || err.Error() != "--placement tab: it has no WebGPU" {
		t.Errorf("got %v", err)
	}
	if _, err := planOf(tabLadder(nil), "transport=sab", "placement=tab", "boids=100"); err == nil || !strings.Contains(err.Error(), "this program has no tab") {
		t.Errorf("got %v", err)
	}
}

// A run is gone on with by the browser that it was begun with.
func TestRunGoesOnInTheSameBrowser(t *testing.T) {
	p, err := planOf(tabLadder(madeUpBrowser{what: "Browser/1"}), "transport=sab", "placement=tab", "boids=100")
	if err != nil {
		t.Fatal(err)
	}
	if err := tabLadder(madeUpBrowser{what: "Browser/1"}).OpenBrowser(t.Context(), p, ""); err != nil {
		t.Error(err)
	}
	if err := tabLadder(madeUpBrowser{what: "Browser/2"}).OpenBrowser(t.Context(), p, ""); err == nil || !strings.Contains(err.Error(), "begun with the browser Browser/1, and here is Browser/2") {
		t.Errorf("got %v", err)
	}
}

// What the numbers of a tab rest on must be there, and the kernel's copies counted.
func TestTrialsInATabOweWhatTheirTablesShow(t *testing.T) {
	l := tabLadder(madeUpBrowser{what: "Browser/1"})
	p, err := planOf(l, "transport=sab", "placement=tab", "display=canvas", "boids=100")
	if err != nil {
		t.Fatal(err)
	}
	cell := p.Cells[slices.IndexFunc(p.Cells, func(c experiment.Cell) bool { return c.Factors[experiment.Arm] == "sab" })]
	owed := map[string][]string{
		"kernel": {"gpu_process_cpu_ns", "browser_process_cpu_ns", "worker_cpu_ns", "worker_delay_ns"},
		"viewer": {"cpu_upload_ns", "cpu_draw_ns"},
	}
	for _, role := range []string{"kernel", "engine", "viewer"} {
		claims, place := p.Claims(cell, experiment.InPlace(role)), []string{"frame_offset_bytes", "planned_offset_bytes", "frame_bytes", "memory_bytes"}
		if claims != (role != "kernel") {
			t.Errorf("the %s claims to be in place: %v", role, claims)
		} else if claims {
			owed[role] = append(owed[role], place...)
		}
	}
	for _, d := range l.Duties(p, cell) {
		for _, name := range owed[d.Worker] {
			if !slices.Contains(d.Metrics, name) {
				t.Errorf("the %s does not owe %s", d.Worker, name)
			}
		}
	}
	c, err := configOf(cell)
	if err != nil {
		t.Fatal(err)
	}
	sample := experiment.Sample{Worker: "kernel", Of: cell, Metrics: map[string]float64{
		"copied_bytes": float64(32*c.Boids*c.Ticks) - 1, "wall_compute_ns": 1, "wall_copy_ns": 1, "wire_bytes": 1e12,
	}}
	if err := l.Sense(cell, experiment.Samples{sample}); err == nil || !strings.Contains(err.Error(), "the frames that it had to bring into its own memory") {
		t.Errorf("a byte of a frame was not copied: got %v", err)
	}
	in := tabLadder(madeUpBrowser{what: "Browser/1"})
	in.Find = func(string) (copytax.Transport, error) {
		return named{name: "sab", info: copytax.Info{OneProcess: true, Concurrent: true, InPlace: [copytax.NumRoles]bool{copytax.Kernel: true}}}, nil
	}
	if err := in.Sense(cell, experiment.Samples{sample}); err != nil && strings.Contains(err.Error(), "memory") {
		t.Errorf("a kernel in place has nothing to copy: got %v", err)
	}
	sample.Metrics["copied_bytes"]++
	if err := l.Sense(cell, experiment.Samples{sample}); err != nil && strings.Contains(err.Error(), "memory") {
		t.Error(err)
	}
}

// What a viewer draws is in the names of worlds and places; those of the usual size have
// the names that they had before there were others.
func TestDisplaysAreNamed(t *testing.T) {
	for word, want := range map[string][3]string{
		"none":           {"tab", "", ""},
		"canvas":         {"tab-canvas", " that draws", ", on 800×600 pixels"},
		"canvas:640x360": {"tab-canvas-640x360", " that draws, 640×360", ", on 640×360 pixels"},
		"page":           {"tab-page", " that draws from the page's own thread", ", on 800×600 pixels from the page's own thread"},
		"page:64x64":     {"tab-page-64x64", " that draws from the page's own thread, 64×64", ", on 64×64 pixels from the page's own thread"},
	} {
		d, err := parseDisplay(word)
		if got := [3]string{placeName(true, d), d.label(), d.pixels()}; err != nil || got != want || d.String() != word {
			t.Errorf("%s: got %q, %s, %v, want %q", word, got, d, err, want)
		}
		c := copytax.Config{}
		if d.draws() {
			c = c.WithOption(factorDisplay, word)
		}
		if width, height := CanvasSize(c); width != d.width || height != d.height {
			t.Errorf("%s: the canvas has %dx%d, want %dx%d", word, width, height, d.width, d.height)
		}
	}
}

// What a role does stands before what is left over.
func TestPhasesStandBeforeTheResidual(t *testing.T) {
	s := experiment.Sample{Metrics: map[string]float64{
		"cpu_upload_ns": 1, "cpu_residual_ns": 1, "cpu_meter_ns": 1, "cpu_draw_ns": 1, "cpu_compute_ns": 1, "cpu_wait_ns": 1, "cpu_present_ns": 1,
	}}
	if got, want := phasesOf(experiment.Samples{s}), strings.Fields("compute wait upload draw present residual meter"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
