package scenarios

import (
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
)

// other is an experiment that only has names.
type other struct {
	experiment.Experiment
	name    string
	options []experiment.Option
	jobs    map[string]lab.Job
}

func (o other) Name() string                 { return o.name }
func (o other) Options() []experiment.Option { return o.options }
func (o other) Jobs() map[string]lab.Job     { return o.jobs }

// wire is a carrier that only has a name, ready a transport that only has one.
type wire struct {
	copytax.Carrier
	name string
	flat bool // it has no rung
}

func (w wire) Name() string { return w.name }
func (w wire) Info() copytax.CarrierInfo {
	if w.flat {
		return copytax.CarrierInfo{}
	}
	return copytax.CarrierInfo{Rung: func(copytax.Format) int { return 9 }}
}

type ready struct {
	copytax.Transport
	name string
}

func (r ready) Name() string     { return r.name }
func (ready) Info() copytax.Info { return copytax.Info{Rung: 10} }

func experiments(all ...experiment.Experiment) experiment.Catalogue {
	return experiment.Catalogue{Experiments: all}
}

func TestThisTreeGoesTogether(t *testing.T) {
	if err := New().Check("scenario", "profile"); err != nil {
		t.Error(err)
	}
}

// A name that two modules have is an error that names the thing and both modules.
func TestCollisions(t *testing.T) {
	a := func(c experiment.Catalogue) experiment.Module {
		return experiment.Module{Path: "example.com/a", Version: "v1.0.0", Catalogue: c}
	}
	b := func(c experiment.Catalogue) experiment.Module {
		return experiment.Module{Path: "example.com/b", Version: "v2.0.0", Catalogue: c}
	}
	cbor := experiment.Catalogue{Codecs: []copytax.Format{{Name: "cbor"}}}
	pipe := experiment.Catalogue{Carriers: []copytax.Carrier{wire{name: "pipe"}}}
	transport := func(name string) experiment.Catalogue {
		return experiment.Catalogue{Transports: func() []copytax.Transport { return []copytax.Transport{ready{name: name}} }}
	}
	size := func(usage string) other {
		return other{name: usage, options: []experiment.Option{{Name: "size", Usage: usage}}}
	}
	job := map[string]lab.Job{"gate-worker": nil}
	const both, tree = "example.com/a v1.0.0 and of example.com/b v2.0.0", experiment.Tree + " and of example.com/a v1.0.0"
	for name, c := range map[string]struct {
		plugins []experiment.Module
		want    string
	}{
		"codec":              {[]experiment.Module{a(cbor), b(cbor)}, `codec "cbor" is of ` + both},
		"codec of the tree":  {[]experiment.Module{a(experiment.Catalogue{Codecs: []copytax.Format{{Name: "raw"}}})}, `codec "raw" is of ` + tree},
		"carrier":            {[]experiment.Module{a(pipe), b(pipe)}, `carrier "pipe" is of ` + both},
		"transport":          {[]experiment.Module{a(transport("x")), b(transport("x"))}, `transport "x" is of ` + both},
		"transport, product": {[]experiment.Module{a(pipe), b(transport("pipe+raw"))}, `transport "pipe+raw" is of ` + both},
		"baseline":           {[]experiment.Module{a(transport("direct"))}, `transport "direct" is of ` + tree},
		"experiment":         {[]experiment.Module{a(experiments(other{name: "gate"})), b(experiments(other{name: "gate"}))}, `experiment "gate" is of ` + both},
		"hub":                {[]experiment.Module{a(experiments(other{name: "hub"}))}, `experiment "hub" is of ` + tree},
		"job":                {[]experiment.Module{a(experiments(other{name: "x", jobs: job})), b(experiments(other{name: "y", jobs: job}))}, `job "gate-worker" is of ` + both},
		"option":             {[]experiment.Module{a(experiments(size("x"))), b(experiments(size("y")))}, `option "size" is of ` + both},
		"option of run":      {[]experiment.Module{a(experiments(other{name: "x", options: []experiment.Option{{Name: "seed"}}}))}, `option "seed" is of ` + tree},
		"module":             {[]experiment.Module{a(cbor), a(pipe)}, `module "example.com/a" is of `},
		"name":               {[]experiment.Module{a(experiment.Catalogue{Codecs: []copytax.Format{{Name: "c+d"}}})}, `codec "c+d" of example.com/a v1.0.0: want a name that matches`},
		"transport's name":   {[]experiment.Module{a(transport("x,y"))}, `transport "x,y" of example.com/a v1.0.0: want a name that matches`},
		"pattern":            {[]experiment.Module{a(transport("x*"))}, `transport "x*" of example.com/a v1.0.0: want a name that matches`},
		"option's name":      {[]experiment.Module{a(experiments(other{name: "x", options: []experiment.Option{{Name: "a b"}}}))}, `option "a b" of example.com/a v1.0.0: want a name that matches`},
		"job's name":         {[]experiment.Module{a(experiments(other{name: "x", jobs: job}))}, `job "gate-worker" of example.com/a v1.0.0: want a name that matches ^x-`},
		"rung":               {[]experiment.Module{a(experiment.Catalogue{Carriers: []copytax.Carrier{wire{name: "flat", flat: true}}})}, `carrier "flat" of example.com/a v1.0.0: its Info has no Rung`},
		"none":               {[]experiment.Module{a(cbor), b(pipe)}, ""},
		"same option":        {[]experiment.Module{a(experiments(other{name: "x", options: size("s").options})), b(experiments(other{name: "y", options: size("s").options}))}, ""},
	} {
		err := New(c.plugins...).Check("seed")
		if got := errorText(err); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Every carrier meets every codec, and each transport says of which modules it is.
func TestCarriersMeetCodecs(t *testing.T) {
	plugins := []experiment.Module{
		{Path: "example.com/a", Catalogue: experiment.Catalogue{Codecs: []copytax.Format{{Name: "cbor"}}}},
		{Path: "example.com/b", Catalogue: experiment.Catalogue{Carriers: []copytax.Carrier{wire{name: "pipe"}}}},
	}
	all := New(plugins...).Transports
	for name, want := range map[string]string{"pipe+raw": "example.com/b " + experiment.Tree, "pipe+cbor": "example.com/b example.com/a", "direct": experiment.Tree} {
		var paths []string
		for _, m := range all.Of(name) {
			paths = append(paths, m.Path)
		}
		if got := strings.Join(paths, " "); got != want {
			t.Errorf("%s: is of %q, want %q", name, got, want)
		}
	}
	for _, tr := range all.Ladder() {
		if strings.HasPrefix(tr.Name(), "pipe") {
			t.Errorf("%s of a plugin is in the default set", tr.Name())
		}
	}
}
