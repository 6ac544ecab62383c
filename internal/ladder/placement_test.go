package ladder

import (
	"slices"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// No two placements have one mark, and that of published native arms stays.
func TestMarks(t *testing.T) {
	runtimes := []copytax.Runtime{copytax.Go, copytax.Native, copytax.Tab}
	of := map[string]copytax.Placement{}
	for _, kernel := range runtimes {
		for _, engine := range runtimes {
			for _, viewer := range runtimes {
				p := copytax.Placement{kernel, engine, viewer}
				if p == inTab {
					continue // its arms are in worlds of their own
				}
				if other, ok := of[mark(p)]; ok {
					t.Errorf("%s and %s have the mark %q", p, other, mark(p))
				}
				if strings.ContainsAny(mark(p), ", #") {
					t.Errorf("%s has the mark %q", p, mark(p))
				}
				of[mark(p)] = p
			}
		}
	}
	for want, p := range map[string]string{"": "go", "@native": "go,native,go", "@go-native-tab": "go,native,tab"} {
		if of[want].String() != p {
			t.Errorf("%q is the mark of %s, want %s", want, of[want], p)
		}
	}
}

// Cells of earlier runs say what they ran by another name, and are worlds of the same.
func TestPlacementOfCells(t *testing.T) {
	p, err := plan("transport=hub", "placement=go;go,native,go", "boids=100")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		factor, value, want string
		native              bool
	}{
		{factorPlacement, "go", "go", false}, {factorPlacement, "go,native,go", "go,native,go", true},
		{factorEngine, "wasm", "go", false}, {factorEngine, "native", "go,native,go", true},
		{"", "", "go", false},
	} {
		cell := p.Cells[0]
		cell.Factors = worldFactors(cell)
		if c.factor != "" {
			cell.Factors[c.factor] = c.value
		}
		got, err := placementOf(cell)
		if err != nil || got.String() != c.want || hasNativeEngine(cell) != c.native {
			t.Errorf("%s=%s: got %s, %v, native %v; want %s", c.factor, c.value, got, err, hasNativeEngine(cell), c.want)
		}
		if config, err := configOf(cell); err != nil || config.Options != "" || worldOf(cell) != worldOf(p.Cells[0]) {
			t.Errorf("%s=%s: got the config %+v, %v", c.factor, c.value, config, err)
		}
	}
	bad := p.Cells[0]
	bad.Factors[factorPlacement] = "go,native"
	if _, err := configOf(bad); err == nil || !strings.Contains(err.Error(), "factor placement of ") {
		t.Errorf("a placement of two roles: got %v", err)
	}
}

// What a transport cannot have is listed with the reason, but for the baseline, which
// is the floor in Go of every run.
func TestPlacementsThatATransportCannotHave(t *testing.T) {
	p, err := plan("transport=hub*,wire+a,direct", "placement=go;go,native,go", "boids=100")
	if err != nil {
		t.Fatal(err)
	}
	const why = "its engine runs in go, not in native"
	if want := []experiment.Unavailable{{What: "hub:attach@native", Reason: why}, {What: "wire+a@native", Reason: why}}; !slices.Equal(p.Unavailable, want) {
		t.Errorf("unavailable %v, want %v", p.Unavailable, want)
	}
	if got, want := arms(p), []string{"direct", "direct#aa", "hub", "hub@native", "hub:attach", "wire+a"}; !slices.Equal(got, want) {
		t.Errorf("got the arms %v, want %v", got, want)
	}
	if level, _ := p.Level(experiment.Arm, "hub@native"); level.Summary != "a hub; the engine runs in native" {
		t.Errorf("got the summary %q", level.Summary)
	}
	together := copytax.Info{OneProcess: true, Runtimes: [copytax.NumRoles][]copytax.Runtime{{"tab"}, {"tab"}, {"tab"}}}
	for p, want := range map[string]string{"go": "", "tab": "", "go,tab,go": "its roles share a process, and so the runtime"} {
		placement, err := copytax.ParsePlacement(p)
		if got := refusal(together, placement); err != nil || got != want {
			t.Errorf("one process in %s: got %q, %v; want %q", p, got, err, want)
		}
	}
}
