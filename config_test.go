package copytax_test

import (
	"testing"

	"github.com/copytax/copytax"
)

func TestOptionsAreComparable(t *testing.T) {
	var none copytax.Config
	one := none.WithOption("attach", "@a").WithOption("pin", "core 3, 50%=half")
	two := none.WithOption("pin", "x").WithOption("attach", "@a").WithOption("pin", "core 3, 50%=half")
	if want := "attach=@a pin=core%203,%2050%25=half"; one != two || one.Options != want {
		t.Errorf("got %q and %q, want %q", one.Options, two.Options, want)
	}
	for name, want := range map[string]string{"attach": "@a", "pin": "core 3, 50%=half", "att": "", "core": ""} {
		if got := one.Option(name); got != want {
			t.Errorf("option %s: got %q, want %q", name, got, want)
		}
	}
	if got := one.WithOption("pin", "").WithOption("attach", "").WithOption("no", ""); got != none {
		t.Errorf("all options unset: got %+v", got)
	}
}

func TestEveryStandardPhaseIsDescribed(t *testing.T) {
	names := map[string]bool{}
	for p := range copytax.StandardPhases {
		info := p.Info()
		if info.Name == "" || info.Summary == "" || names[info.Name] || info.Name != p.String() || info.Blocking != p.Blocking() {
			t.Errorf("phase %d is %+v", p, info)
		}
		names[info.Name] = true
	}
	if undefined := copytax.StandardPhases; undefined.String() != "phase_12" || undefined.Blocking() {
		t.Errorf("an undefined phase is %+v", undefined.Info())
	}
}
