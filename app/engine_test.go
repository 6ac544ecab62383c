//go:build linux

package app

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab/labtest"
	"github.com/copytax/copytax/internal/control"
	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/transports"
)

// hubs returns the transports that can have a native engine.
func hubs() (names []string) {
	for _, t := range transports.New().All() {
		if t.Info().Can(copytax.Engine, copytax.Native) {
			names = append(names, t.Name())
		}
	}
	return names
}

// Both engines compute the same world on every transport of the hub: the
// samples say so, and a run whose trials disagree fails.
func TestNativeEngineSeesTheSameWorld(t *testing.T) {
	engine, dir := labtest.NativeEngine(t, ".."), filepath.Join(t.TempDir(), "run")
	c := launch(t, "run", "--repeats", "0", "--transport", strings.Join(hubs(), ","), "--placement", "go", "--placement", "go,native,go", "--engine-path", engine,
		"--boids", "101,300", "--blocks", "1", "--out", dir, "--report=false")
	if got := c.status(t); got != exitOK {
		t.Fatalf("exits with %d: %s", got, &c.out)
	}
	samples := map[string]map[string]experiment.Sample{}
	for _, s := range recorded(t, dir) {
		size := s.Factor("boids")
		if samples[size] == nil {
			samples[size] = map[string]experiment.Sample{}
		}
		samples[size][s.Factor(experiment.Arm)+" "+s.Worker] = s
	}
	if len(samples) != 2 {
		t.Fatalf("%d configs are recorded, want 2", len(samples))
	}
	for _, of := range samples {
		for _, hub := range hubs() {
			compareEngines(t, of, hub)
		}
	}
	results, err := store.Load(dir, known)
	if err != nil {
		t.Fatal(err)
	}
	if e := results.Manifest.Version.Engine; e == nil || !strings.HasPrefix(e.Version, "flock-engine ") || len(e.BLAKE3) != 64 {
		t.Errorf("the manifest names the engine %+v", e)
	}
}

// compareEngines compares what the roles of one transport saw with either engine.
func compareEngines(t *testing.T, samples map[string]experiment.Sample, hub string) {
	t.Helper()
	for role := range copytax.NumRoles {
		wasm, ok1 := samples[hub+" "+role.String()]
		native, ok2 := samples[hub+"@native "+role.String()]
		if !ok1 || !ok2 {
			t.Errorf("%s: no sample of the %s with either engine", hub, role)
			continue
		}
		if was, is := wasm.Evidence, native.Evidence; !maps.Equal(was, is) || len(is) == 0 {
			t.Errorf("%s: the %s saw %+v with the native engine, %+v with the other", hub, role, is, was)
		}
	}
	checkNativeSample(t, samples[hub+"@native engine"])
}

// checkNativeSample checks what only the native engine can have wrong.
func checkNativeSample(t *testing.T, s experiment.Sample) {
	t.Helper()
	arm := s.Factor(experiment.Arm)
	if s.Proof == nil || !s.Proof.Holds() || !strings.Contains(s.Proof.Path, "copytax-frames") {
		t.Errorf("%s: the frame's address proves nothing: %+v", arm, s.Proof)
	}
	for _, none := range []string{"alloc_objects", "copied_bytes", "collections"} {
		if v := s.Metric(none); v != 0 {
			t.Errorf("%s: %s is %v in the window, want 0", arm, none, v)
		}
	}
	ticks, _ := strconv.ParseFloat(s.Factor("ticks"), 64)
	for some, least := range map[string]float64{"wall_ns": 1, "process_cpu_ns": 1, "sampled_ticks": 1, "laps": 5 * ticks} {
		if v := s.Metric(some); !(v >= least) {
			t.Errorf("%s: %s is %v, want at least %v", arm, some, v, least)
		}
	}
	// The CPU of the phases is a sample, which a loaded machine throws off where a
	// role spins; their wall clock is that of every lap, and fills the window.
	lasted := 0.0
	for name, ns := range s.Metrics {
		if strings.HasPrefix(name, "wall_") && name != "wall_ns" {
			lasted += ns
		}
	}
	if ratio := lasted / s.Metric("wall_ns"); math.Abs(ratio-1) > 0.35 {
		t.Errorf("%s: the laps fill %.0f%% of the window: %v", arm, 100*ratio, s.Metrics)
	}
	if compute := s.Metric("cpu_compute_ns"); !(compute > 0 && compute <= s.Metric("wall_compute_ns")) {
		t.Errorf("%s: compute takes %.0f ns of CPU in %.0f ns", arm, compute, s.Metric("wall_compute_ns"))
	}
}

func TestRunWithoutTheNativeEngineSaysHowToBuildIt(t *testing.T) {
	c := launch(t, "run", "--repeats", "0", "--transport", "shm:park", "--placement", "go,native,go", "--boids", "60", "--blocks", "1", "--out", "run")
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

func TestPlacementsThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--transport", "shm:park", "--placement", "go,jit,go"}, `unknown runtime "jit"`},
		{[]string{"--transport", "shm:park", "--placement", "go,native"}, "want one runtime, or those of kernel, engine and viewer"},
		{[]string{"--transport", "shm:park", "--placement", ""}, "--placement: want a value"},
		{[]string{"--transport", "unix+raw", "--placement", "go,native,go"}, "no transport of the run can have it, only " + strings.Join(hubs(), ", ") + " can"},
		{[]string{"--transport", "shm:park", "--engine-path", "flock-engine"}, "add --placement go,native,go"},
		{[]string{"--resume", "somewhere", "--placement", "go"}, "--placement cannot be given with --resume"},
		{[]string{"--transport", "shm:park", "--engine", "native"}, "it is now --placement"},
		{[]string{"--resume", "somewhere", "--engine", "wasm"}, "it is now --placement"},
	} {
		run := launch(t, append([]string{"run"}, c.args...)...)
		if got := run.status(t); got != exitUsage || !strings.Contains(run.out.String(), c.want) || strings.Count(run.out.String(), "\n") != 2 {
			t.Errorf("%q exits with %d, want %d: %q, want a line with %q and one that names --help", c.args, got, exitUsage, &run.out, c.want)
		}
	}
}

// nativeIn lets a trial run with the native engine of path.
func nativeIn(trial *control.Trial, path string) {
	trial.Placement[copytax.Engine] = copytax.Native
	trial.Runtimes = map[copytax.Runtime]control.Runtime{
		copytax.Native: control.Program{Path: path, Setup: control.WithPolicy(flock.DefaultPolicy)},
	}
}

// The native engine writes for a viewer that reads the latest frame as the other does.
func TestNativeEngineAtARate(t *testing.T) {
	engine, dir := labtest.NativeEngine(t, ".."), filepath.Join(t.TempDir(), "run")
	c := launch(t, "run", "--repeats", "0", "--pace", "240hz", "--transport", "shm:park", "--placement", "go,native,go", "--engine-path", engine,
		"--boids", "101", "--blocks", "1", "--out", dir, "--report=false")
	if got := c.status(t); got != exitOK {
		t.Fatalf("exits with %d: %s", got, &c.out)
	}
	viewers := 0
	for _, s := range recorded(t, dir) {
		if s.Factor(experiment.Arm) == "shm:park@native" && s.Worker == "viewer" {
			viewers++
			if !strings.HasPrefix(s.Evidence["frames"], "latest, ") || s.Evidence["digest"] == "" {
				t.Errorf("the viewer has the evidence %v", s.Evidence)
			}
		}
	}
	if viewers != 1 {
		t.Errorf("%d viewers of the native engine are recorded, want 1", viewers)
	}
}
