package kernel

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
)

// The environment in which this test binary is a worker.
const (
	fakeRole  = "KERNEL_FAKE"  // its back ends, as it lists them
	fakeFault = "KERNEL_FAULT" // PREFIX=KIND: what goes wrong, at a request with that prefix
	fakeReal  = "KERNEL_REAL"  // set when the world is to be the engine's and no counterfeit
)

func TestMain(m *testing.M) {
	if list := os.Getenv(fakeRole); list != "" {
		os.Exit(fakeWorker(list, os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// fakes returns programs that play all kinds with this test binary. The fault is
// that of the native one.
func fakes(t *testing.T, fault string) []Program {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := func(kind Kind, backends string, fault string) Program {
		// The race detector would keep each of them for a second at its end.
		env := []string{fakeRole + "=" + backends, fakeFault + "=" + fault, "GORACE=atexit_sleep_ms=0"}
		return Program{Kind: kind, Command: []string{exe}, Env: env}
	}
	return []Program{
		program(NativeScalar, "scalar sse2 avx2 threads", ""),
		program(Native, "scalar sse2 avx2 threads neon:not_an_ARM_processor", fault),
		program(Go, "wazero go wazero-scalar:no_module", ""),
		program(Node, "js js-double wasm", ""),
	}
}

// A counterfeit is a world of which only the age is real: cheap, and the same in
// all processes.
type counterfeit struct {
	boids, tick int
}

var _ Referee = (*counterfeit)(nil)

func newCounterfeit(m flock.Model) (Referee, error) { return &counterfeit{boids: m.Boids}, nil }

func (c *counterfeit) Advance(ticks int) (chain, neighbours uint64, err error) {
	c.tick += ticks
	return fnvBasis * uint64(c.tick+c.boids), uint64(8*c.boids + c.tick), nil
}

func (c *counterfeit) Digest() (hash, neighbours uint64, err error) {
	return (fnvBasis ^ uint64(c.tick+c.boids)) * fnvPrime, uint64(8*c.boids + c.tick + 1), nil
}

func (c *counterfeit) Candidates() float64 { return 54 }
func (c *counterfeit) Close() error        { return nil }

// A fake is a worker that plays a counterfeit, or steps with the engine, and makes
// its timings up, so that what the driver computes of them is known.
type fake struct {
	list  string
	world Referee
	boids int
}

func fakeWorker(list string, in io.Reader, out io.Writer) int {
	f := &fake{list: list}
	prefix, kind, faulty := strings.Cut(os.Getenv(fakeFault), "=")
	for lines := bufio.NewScanner(in); lines.Scan(); {
		request := lines.Text()
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
		return "ok add1=1 mix1=2 mix4_per_ns=8 mix8=NaN read_gbs=10 write_gbs=5 l2_read_gbs=40 shiny=1", nil
	case "dense":
		reps, _ := strconv.Atoi(words[2])
		return fmt.Sprintf("ok %d %d %d %d", 1600*reps, 8*reps, 1600*reps, 250*reps), nil
	case "world":
		return "ok", f.make(words[1:])
	case "advance":
		ticks, _ := strconv.Atoi(words[1])
		chain, neighbours, err := f.world.Advance(ticks)
		return fmt.Sprintf("ok %016x %d", chain, neighbours), err
	case "digest":
		hash, _, err := f.world.Digest()
		if words[1] == "js-double" {
			hash++
		}
		return fmt.Sprintf("ok %016x", hash), err
	case "time":
		return f.time(words[1], Phase(words[2]), words[3])
	}
	return "", errors.New("unknown request")
}

func (f *fake) make(words []string) error {
	m := flock.Model{}
	m.Boids, _ = strconv.Atoi(words[0])
	m.Dimensions, _ = strconv.Atoi(words[1])
	m.Seed, _ = strconv.ParseUint(words[2], 10, 64)
	block, err := hex.DecodeString(words[3])
	if err != nil || len(block) != copytax.PolicyBytes {
		return fmt.Errorf("policy of %d bytes: %v", len(block), err)
	}
	if err := m.Policy.Get(block); err != nil {
		return err
	}
	f.boids = m.Boids
	open := newCounterfeit
	if os.Getenv(fakeReal) != "" {
		open = NewReferee
	}
	f.world, err = open(m)
	return err
}

// fakePrice is what a phase takes on a fake worker, in ns a boid.
func fakePrice(own string, phase Phase) float64 {
	price := map[string]float64{"js": 1200, "js-double": 600, "go": 400, "scalar": 300, "wasm": 100, "sse2": 60, "avx2": 40, "threads": 20}[own]
	if price == 0 {
		price = 200
	}
	return price * map[Phase]float64{Sort: 0.25, Perceive: 0.75, Step: 1}[phase]
}

func (f *fake) time(own string, phase Phase, word string) (string, error) {
	reps, _ := strconv.Atoi(word)
	neighbours := uint64(0)
	if phase != Sort {
		var err error
		if _, neighbours, err = f.world.Digest(); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("ok %d %d", int(fakePrice(own, phase)*float64(f.boids*reps)), neighbours), nil
}

// quiet is a progress that checks what it is told.
type quiet struct {
	t     *testing.T
	total int
	last  int
}

func (q *quiet) Doing(done, total int, what string) {
	if done < q.last || done >= total || (q.total != 0 && total != q.total) || what == "" {
		q.t.Errorf("progress %d of %d (%s) after %d of %d", done, total, what, q.last, q.total)
	}
	q.last, q.total = done, total
}

// small worlds that need no time.
func smallWorlds() []World {
	plane := Published()[slices.IndexFunc(Published(), func(w World) bool { return w.Name == "julia-small" })]
	worlds := []World{cube("tiny", 100, 8), cube("small", 300, 8), cube("medium", 900, 8), plane}
	for i := range 3 {
		worlds[i].Series = "3-D, 8 neighbours"
	}
	return worlds
}

func fakeRunner(t *testing.T, fault string) *Runner {
	t.Helper()
	return &Runner{
		Programs: fakes(t, fault), Backends: Ladder(), Worlds: smallWorlds()[:1], Rounds: 3, Threads: 2, Seed: 1,
		Referee: newCounterfeit, Progress: &quiet{t: t},
	}
}
