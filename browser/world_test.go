package browser_test

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/scenarios/flock/wasmhost"
	"github.com/copytax/copytax/transports/direct"
)

var update = flag.Bool("update", false, "write the files that other languages are held to")

// A world is what a trial of Go saw, for the tests of the TypeScript to see the same.
type world struct {
	Config copytax.Config               `json:"config"`
	Seed   string                       `json:"seed"`   // as text: a number of 64 bits is none in JavaScript
	Policy [copytax.PolicyBytes]byte    `json:"policy"` // of the first frame
	Saw    map[string]map[string]string `json:"saw"`    // by role
}

// TestWorldIsCurrent holds the file with what Go's roles saw to what they see.
func TestWorldIsCurrent(t *testing.T) {
	const path = "testdata/world.json"
	c := copytax.Config{Boids: 1003, Neighbours: 8, Mode: copytax.ConstantDensity, Seed: 1<<63 + 5, WarmUp: 12, Ticks: 120, Slots: 3}
	w := world{Config: c, Seed: "9223372036854775813", Saw: saw(t, c)}
	w.Config.Seed = 0
	policy := flock.DefaultPolicy(c)
	policy.Put(w.Policy[:])
	text, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if old, err := os.ReadFile(path); err != nil || string(old) != string(text)+"\n" {
		t.Errorf("%s is not current: go test ./browser -update (%v)", path, err)
	}
}

type noMeter struct{}

func (noMeter) Enter(copytax.Phase)                        {}
func (noMeter) Define(string, bool) (copytax.Phase, error) { return 0, nil }

// saw runs all roles of a trial in turn, and returns their evidence.
func saw(t *testing.T, c copytax.Config) map[string]map[string]string {
	t.Helper()
	way, scenario := direct.New(), flock.New(wasmhost.Open)
	env := func() copytax.Env {
		return copytax.Env{Config: c, Meter: noMeter{}, Counters: &copytax.Counters{}, Mark: func(uint64) {}}
	}
	engineLink, err := way.OpenEngine(env())
	check(t, err)
	engine, err := scenario.NewEngine(env(), engineLink)
	check(t, err)
	kernelLink, err := way.OpenKernel(env())
	check(t, err)
	kernel, err := scenario.NewKernel(env(), kernelLink)
	check(t, err)
	viewerLink, err := way.OpenViewer(env())
	check(t, err)
	viewer, err := scenario.NewViewer(env(), viewerLink)
	check(t, err)
	for epoch := range c.LastEpoch() + 1 {
		check(t, kernel.Begin(epoch))
		for _, a := range []copytax.Actor{engine, viewer, kernel} {
			check(t, a.Tick(epoch))
		}
	}
	all := map[string]map[string]string{}
	for role, a := range map[string]copytax.Actor{"kernel": kernel, "engine": engine, "viewer": viewer} {
		e, err := a.Evidence()
		check(t, err)
		all[role] = map[string]string{"digest": e.Digest, "chain": e.Chain, "genome": e.Genome}
		check(t, a.Close())
	}
	return all
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
