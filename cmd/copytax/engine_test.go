package main

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/transports"
)

// nativeForTest returns the native engine that make engine has built, or skips
// the test. Where CI is set it must be there.
func nativeForTest(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "rust", "target", "release", engineName))
	if err != nil {
		t.Fatal(err)
	}
	if named := os.Getenv("COPYTAX_ENGINE"); named != "" {
		path = named
	}
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("no native engine: %v", err)
		}
		t.Skipf("no native engine: %v; make engine builds it, COPYTAX_ENGINE names another", err)
	}
	return path
}

// hubs returns the transports that can have a native engine.
func hubs() (names []string) {
	for _, t := range transports.All() {
		if t.Info().NativeEngine {
			names = append(names, t.Name())
		}
	}
	return names
}

// Both engines compute the same world on every transport of the hub: the
// samples say so, and a run whose trials disagree fails.
func TestNativeEngineSeesTheSameWorld(t *testing.T) {
	engine, dir := nativeForTest(t), filepath.Join(t.TempDir(), "run")
	c := launch(t, "run", "--transport", strings.Join(hubs(), ","), "--engine", "wasm,native", "--engine-path", engine,
		"--boids", "101,300", "--blocks", "1", "--out", dir, "--report=false")
	if got := c.status(t); got != exitOK {
		t.Fatalf("exits with %d: %s", got, &c.out)
	}
	samples := map[copytax.Config]map[string]store.Sample{}
	for _, s := range recorded(t, dir) {
		if samples[s.Config] == nil {
			samples[s.Config] = map[string]store.Sample{}
		}
		samples[s.Config][s.Arm+" "+s.Role] = s
	}
	if len(samples) != 2 {
		t.Fatalf("%d configs are recorded, want 2", len(samples))
	}
	for _, of := range samples {
		for _, hub := range hubs() {
			compareEngines(t, of, hub)
		}
	}
	results, err := store.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if e := results.Manifest.Version.Engine; e == nil || !strings.HasPrefix(e.Version, engineName+" ") || len(e.BLAKE3) != 64 {
		t.Errorf("the manifest names the engine %+v", e)
	}
}

// compareEngines compares what the roles of one transport saw with either engine.
func compareEngines(t *testing.T, samples map[string]store.Sample, hub string) {
	t.Helper()
	for role := range copytax.NumRoles {
		wasm, ok1 := samples[hub+" "+role.String()]
		native, ok2 := samples[hub+"@native "+role.String()]
		if !ok1 || !ok2 {
			t.Errorf("%s: no sample of the %s with either engine", hub, role)
			continue
		}
		was, is := wasm.Evidence, native.Evidence
		was.Proof, is.Proof = nil, nil
		if was != is || is == (copytax.Evidence{}) {
			t.Errorf("%s: the %s saw %+v with the native engine, %+v with the other", hub, role, is, was)
		}
	}
	checkNativeSample(t, samples[hub+"@native engine"])
}

// checkNativeSample checks what only the native engine can have wrong.
func checkNativeSample(t *testing.T, s store.Sample) {
	t.Helper()
	if s.Proof == nil || !s.Proof.Holds() || !strings.Contains(s.Proof.Path, "copytax-frames") {
		t.Errorf("%s: the frame's address proves nothing: %+v", s.Arm, s.Proof)
	}
	if s.Usage.AllocObjects != 0 || s.CopiedBytes != 0 || s.Usage.Collections != 0 {
		t.Errorf("%s: %d allocations, %d bytes copied in the window, want 0", s.Arm, s.Usage.AllocObjects, s.CopiedBytes)
	}
	if s.WallNS <= 0 || s.ProcessCPUNS <= 0 || s.SampledTicks <= 0 || s.Laps < int64(5*s.Ticks) {
		t.Errorf("%s: %d ns of CPU in %d ns, %d ticks sampled, %d laps", s.Arm, s.ProcessCPUNS, s.WallNS, s.SampledTicks, s.Laps)
	}
	// The CPU of the phases is a sample, which a loaded machine throws off where a
	// role spins; their wall clock is that of every lap, and fills the window.
	lasted := int64(0)
	for _, ns := range s.PhaseWallNS {
		lasted += ns
	}
	if ratio := float64(lasted) / float64(s.WallNS); math.Abs(ratio-1) > 0.35 {
		t.Errorf("%s: the laps fill %.0f%% of the window: %v", s.Arm, 100*ratio, s.PhaseWallNS)
	}
	if compute := s.CPUNS["compute"]; compute <= 0 || compute > float64(s.PhaseWallNS["compute"]) {
		t.Errorf("%s: compute takes %.0f ns of CPU in %d ns", s.Arm, compute, s.PhaseWallNS["compute"])
	}
}

func TestRunWithoutTheNativeEngineSaysHowToBuildIt(t *testing.T) {
	c := launch(t, "run", "--transport", "shm:park", "--engine", "native", "--boids", "60", "--blocks", "1", "--out", "run")
	if got := c.status(t); got != exitFailure {
		t.Errorf("exits with %d, want %d", got, exitFailure)
	}
	if out := c.out.String(); strings.Count(out, "\n") != 1 || !strings.Contains(out, "make engine builds it") {
		t.Errorf("says %q, want one line that names make engine", out)
	}
	if _, err := os.Stat(filepath.Join(c.Dir, "run")); err == nil {
		t.Error("a folder of results was begun")
	}
}

func TestEngineFlagsThatCannotBe(t *testing.T) {
	for _, args := range [][]string{
		{"--transport", "shm:park", "--engine", "jit"},
		{"--transport", "shm:park", "--engine", ""},
		{"--transport", "unix+raw", "--engine", "native"},
		{"--transport", "shm:park", "--engine-path", "flock-engine"},
		{"--resume", "somewhere", "--engine", "wasm"},
	} {
		c := launch(t, append([]string{"run"}, args...)...)
		if got := c.status(t); got != exitUsage {
			t.Errorf("%q exits with %d, want %d: %s", args, got, exitUsage, &c.out)
		}
	}
}

// A run goes on with the native engine that it was begun with, and no other.
func TestResumedRunWantsItsEngine(t *testing.T) {
	is := store.NativeEngine{Version: engineName + " 1", BLAKE3: "ab"}
	other := store.NativeEngine{Version: engineName + " 1", BLAKE3: "cd"}
	f := runFlags{native: &nativeEngine{is: is}}
	for _, c := range []struct {
		was  *store.NativeEngine
		same bool
	}{{&is, true}, {&other, false}, {nil, false}} {
		err := f.sameEngine(store.Manifest{Version: store.Version{Engine: c.was}})
		if (err == nil) != c.same {
			t.Errorf("begun with %+v: got %v", c.was, err)
		}
	}
}

// What is no native engine is refused before a run is begun.
func TestOtherProgramsAreNoEngine(t *testing.T) {
	sh, err := exec.LookPath("true")
	if err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no program"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{sh, text, t.TempDir(), filepath.Join(t.TempDir(), "none")} {
		if e, err := openEngine(path); err == nil {
			t.Errorf("%s was taken for an engine: %+v", path, e)
		}
	}
}

// The native engine is given the policy that the engine in WebAssembly computes.
func TestEngineIsGivenTheFirstPolicy(t *testing.T) {
	config := copytax.Config{Boids: 500, Neighbours: 32, Mode: copytax.FixedVolume, Seed: 3, Ticks: 60, Slots: 3}
	program, err := (&nativeEngine{path: "/bin/engine"}).program(config)
	if err != nil {
		t.Fatal(err)
	}
	var setup struct{ Policy []int }
	if err := json.Unmarshal(program.Setup, &setup); err != nil {
		t.Fatal(err)
	}
	block := make([]byte, len(setup.Policy))
	for i, v := range setup.Policy {
		block[i] = byte(v)
	}
	var got copytax.Policy
	if err := got.Get(block); err != nil {
		t.Fatal(err)
	}
	if want := flock.DefaultPolicy(config); got != want || program.Path != "/bin/engine" {
		t.Errorf("given %+v to %s, want %+v", got, program.Path, want)
	}
}
