package physics

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/physics/worker"
)

// The environment in which this test binary is a worker.
const (
	fakeRole  = "PHYSICS_FAKE"  // its back ends, as it lists them; "real" for the worker in Go itself
	fakeFault = "PHYSICS_FAULT" // PREFIX=KIND: what goes wrong, at a request with that prefix
	fakeTruth = "PHYSICS_TRUTH" // a file with what the worlds come to
	fakeLog   = "PHYSICS_LOG"   // a file for the requests
)

func TestMain(m *testing.M) {
	switch list := os.Getenv(fakeRole); list {
	case "":
		os.Exit(m.Run())
	case "real":
		if err := worker.Serve(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
	default:
		os.Exit(fakeWorker(list, os.Stdin, os.Stdout))
	}
}

// A workplace has programs that stand for all kinds of workers: this test binary.
type workplace struct {
	dir    string
	lab    *lab.Lab
	values map[string]string
}

// newWorkplace returns one with a fault of the native worker.
func newWorkplace(t *testing.T, fault string) *workplace {
	t.Helper()
	dir := t.TempDir()
	w := &workplace{dir: dir, values: map[string]string{"threads": "2", "js-worker": dir, "module": "wasm=" + dir + ",wasm-scalar=" + dir,
		"world": "3d-8-1k", "browser": filepath.Join(dir, "no-browser")}}
	w.values["native-scalar"] = w.script(t, "native-scalar", "scalar sse2 avx2 threads", "")
	w.values["native"] = w.script(t, "native", "scalar sse2 avx2 threads neon:not_an_ARM_processor", fault)
	w.values["node"] = w.script(t, "node", "js js-double wasm", "")
	w.lab = lab.New(w.script(t, "go", "wazero go wazero-scalar:no_module", ""))
	t.Cleanup(w.lab.Close)
	if err := os.WriteFile(filepath.Join(dir, "truth"), []byte(truths(t)), 0o644); err != nil {
		t.Fatal(err)
	}
	return w
}

// script writes a program. A shell in between is a child that holds the pipes: with
// the worker its group must go.
func (w *workplace) script(t *testing.T, name, list, fault string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(w.dir, name)
	// The race detector would keep each of them for a second at its end.
	text := fmt.Sprintf("#!/bin/sh\necho $$ >>%[1]s/pids\nexport %[2]s='%[3]s' %[4]s='%[5]s' %[6]s=%[1]s/truth %[7]s=%[1]s/log GORACE=atexit_sleep_ms=0\n'%[8]s'\nexit $?\n",
		w.dir, fakeRole, list, fakeFault, fault, fakeTruth, fakeLog, exe)
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// plan plans with options in place of those of the workplace.
func (w *workplace) plan(t *testing.T, others map[string]string) (experiment.Experiment, experiment.Plan, error) {
	t.Helper()
	values := maps.Clone(w.values)
	maps.Copy(values, others)
	exp := New()
	plan, err := exp.Plan(t.Context(), experiment.Request{Profile: experiment.Quick, Seed: 1, Values: values, Lab: w.lab})
	plan.Experiments, plan.Seed = []string{Name}, 1
	return exp, plan, err
}

// truthBlocks is for how many blocks the fakes know the worlds.
const truthBlocks = 2

// truths steps small worlds with the worker in Go, for the fakes, which cannot.
var truths = func() func(t *testing.T) string {
	known := ""
	return func(t *testing.T) string {
		t.Helper()
		for _, name := range []string{"3d-8-1k", "julia-small"} {
			if known != "" && name == "3d-8-1k" {
				return known
			}
			known += truthOf(t, name)
		}
		return known
	}
}()

func truthOf(t *testing.T, name string) (lines string) {
	t.Helper()
	w, err := worlds().Find(name)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := worker.Open(w.Model, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer steps.Close()
	at := 0
	for block := range truthBlocks {
		chain, last, err := steps.Advance(tickOf(block) - at)
		at = tickOf(block)
		if err != nil {
			t.Fatal(err)
		}
		digest, next, err := steps.Digest(worker.Engine)
		if err != nil {
			t.Fatal(err)
		}
		lines += fmt.Sprintf("%d %d %016x %d %016x %d\n", w.Model.Boids, at, chain, last, digest, next)
	}
	return lines
}

// A fake is a worker that knows what its world comes to, and makes its timings up,
// so that what is computed of them is known.
type fake struct {
	list         string
	boids        int
	chain        string
	digest       uint64
	last, step   int // neighbours
	requestsSeen io.Writer
}

func fakeWorker(list string, in io.Reader, out io.Writer) int {
	log, err := os.OpenFile(os.Getenv(fakeLog), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return 1
	}
	f := &fake{list: list, requestsSeen: log}
	prefix, kind, faulty := strings.Cut(os.Getenv(fakeFault), "=")
	for lines := bufio.NewScanner(in); lines.Scan(); {
		request := lines.Text()
		fmt.Fprintln(f.requestsSeen, request)
		reply, err := f.answer(strings.Fields(request))
		if err != nil {
			reply = "error " + err.Error()
		}
		if faulty && prefix != "" && strings.HasPrefix(request, prefix) {
			reply = spoil(kind, reply)
		}
		fmt.Fprintln(out, reply)
	}
	return 0
}

// spoil does what a worker must not do.
func spoil(kind, reply string) string {
	switch kind {
	case "die":
		fmt.Fprintln(os.Stderr, "an assertion failed")
		os.Exit(3)
	case "leave":
		os.Exit(0)
	case "hang":
		time.Sleep(time.Hour)
	case "garbage":
		return "what?"
	case "flood":
		return "ok " + strings.Repeat("x", 2*longestLine)
	case "refuse":
		return "error out of luck"
	case "short":
		return "ok"
	case "flip": // the first digit of a hash or a count
		at := strings.IndexAny(reply, "0123456789abcdef ") + 1
		digit := byte('1')
		if reply[at] == digit {
			digit = '2'
		}
		return reply[:at] + string(digit) + reply[at+1:]
	case "more": // one more in the last word
		words := strings.Fields(reply)
		n, _ := strconv.Atoi(words[len(words)-1])
		return strings.Join(append(words[:len(words)-1], strconv.Itoa(n+1)), " ")
	}
	return reply
}

func (f *fake) answer(words []string) (string, error) {
	switch words[0] {
	case "backends":
		return "ok " + f.list, nil
	case "calibrate":
		return "ok add1_per_ns=1 mix1_per_ns=2 mix4_per_ns=8 mix8_per_ns=NaN read_gbs=10 write_gbs=5 l2_read_gbs=40 shiny_ghz=1", nil
	case "dense":
		reps, _ := strconv.Atoi(words[2])
		return fmt.Sprintf("ok %d %d %d %d", 1600*reps, 8*reps, 1600*reps, 250*reps), nil
	case "world":
		f.boids, _ = strconv.Atoi(words[1])
		return "ok", nil
	case "advance":
		err := f.advance(words[1])
		return fmt.Sprintf("ok %s %d", f.chain, f.last), err
	case "digest":
		if words[1] == "js-double" {
			return fmt.Sprintf("ok %016x", f.digest+1), nil
		}
		return fmt.Sprintf("ok %016x", f.digest), nil
	case "time":
		return f.time(words[1], worker.Phase(words[2]), words[3]), nil
	}
	return "", errors.New("unknown request")
}

// advance finds the world at a tick.
func (f *fake) advance(ticks string) error {
	content, err := os.ReadFile(os.Getenv(fakeTruth))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(content)) {
		if rest, ok := strings.CutPrefix(line, fmt.Sprintf("%d %s ", f.boids, ticks)); ok {
			_, err := fmt.Sscanf(rest, "%s %d %x %d", &f.chain, &f.last, &f.digest, &f.step)
			return err
		}
	}
	return fmt.Errorf("nobody knows %d boids at tick %s", f.boids, ticks)
}

// fakePrice is what a phase takes on a fake worker, in ns a boid.
func fakePrice(own string, phase worker.Phase) float64 {
	price := map[string]float64{"js": 1200, "js-double": 600, "go": 400, "scalar": 300, "wasm": 100, "sse2": 60, "avx2": 40, "threads": 20}[own]
	if price == 0 {
		price = 200
	}
	return price * map[worker.Phase]float64{worker.Sort: 0.25, worker.Perceive: 0.75, worker.Step: 1}[phase]
}

func (f *fake) time(own string, phase worker.Phase, word string) string {
	reps, _ := strconv.Atoi(word)
	neighbours := f.step
	if phase == worker.Sort {
		neighbours = 0
	}
	return fmt.Sprintf("ok %d %d", int(fakePrice(own, phase)*float64(f.boids*reps)), neighbours)
}
