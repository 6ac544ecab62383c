package worker

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
)

// ask sends requests to a worker and returns its replies.
func ask(t *testing.T, requests ...string) []string {
	t.Helper()
	var out bytes.Buffer
	if err := Serve(strings.NewReader(strings.Join(requests, "\n")), &out); err != nil {
		t.Fatal(err)
	}
	replies := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(replies) != len(requests) {
		t.Fatalf("%d replies to %d requests: %q", len(replies), len(requests), replies)
	}
	return replies
}

// request asks for the world of a model.
func request(m flock.Model, threads int) string {
	var block [copytax.PolicyBytes]byte
	m.Policy.Put(block[:])
	return fmt.Sprintf("world %d %d %d %s %d", m.Boids, m.Dimensions, m.Seed, hex.EncodeToString(block[:]), threads)
}

func model(boids int) flock.Model {
	return flock.ModelOf(copytax.Config{Boids: boids, Neighbours: 8, Mode: copytax.ConstantDensity, Seed: 42, Slots: 2})
}

// planeModel is a flock in the plane with about 8 neighbours each.
func planeModel(boids int) flock.Model {
	m := model(boids)
	edge := float32(math.Sqrt(math.Pi * float64(boids) / 8))
	m.Dimensions = 2
	m.Policy.Max = [3]float32{edge, edge, -9}
	m.Policy.Target = [3]float32{edge / 2, edge / 2, 55}
	return m
}

// A golden world of the file that the tests of the Rust crate read.
type golden struct {
	name, policy      string
	boids, steps      int
	seed              uint64
	chain, neighbours uint64
}

func goldens(t *testing.T) (all []golden) {
	t.Helper()
	content, err := os.ReadFile("../../../rust/flock/testdata/golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		var g golden
		if strings.HasPrefix(line, "#") {
			continue
		}
		if _, err := fmt.Sscanf(line, "%s %d %d %d %x %d %s",
			&g.name, &g.boids, &g.steps, &g.seed, &g.chain, &g.neighbours, &g.policy); err != nil {
			t.Fatalf("%.60s: %v", line, err)
		}
		all = append(all, g)
	}
	if len(all) < 3 {
		t.Fatalf("%d golden worlds, want at least 3", len(all))
	}
	return all
}

func TestWorkerNamesItsBackEnds(t *testing.T) {
	if got, want := ask(t, "backends")[0], "ok wazero wazero-scalar wazero-threads go"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestWorkerStepsTheGoldenWorlds advances in two parts, with other requests
// between them, which must leave the world as it is.
func TestWorkerStepsTheGoldenWorlds(t *testing.T) {
	for _, g := range goldens(t) {
		replies := ask(t, fmt.Sprintf("world %d 3 %d %s 2", g.boids, g.seed, g.policy),
			"advance 3", "digest go", "time wazero step 2", fmt.Sprint("advance ", g.steps-3))
		if got, want := replies[4], fmt.Sprintf("ok %016x ", g.chain); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q, want %q and neighbours", g.name, got, want)
		}
	}
}

// TestBackEndsAgree wants one digest and one count of neighbours of all, in space
// and in the plane, on a tick that renumbers and on one that does not.
func TestBackEndsAgree(t *testing.T) {
	for _, m := range []flock.Model{model(3000), planeModel(3000)} {
		for _, ticks := range []int{60, 61} {
			requests := []string{request(m, 3), fmt.Sprint("advance ", ticks)}
			for _, name := range names {
				requests = append(requests, "digest "+name, "time "+name+" step 1", "time "+name+" perceive 3", "time "+name+" sort 1")
			}
			replies := ask(t, requests...)[2:]
			for i, name := range names {
				checkReplies(t, fmt.Sprintf("%s in %d dimensions after %d ticks", name, m.Dimensions, ticks), replies[4*i:4*i+4], replies[:4])
			}
		}
	}
}

// checkReplies compares the replies of a back end with those of the first one.
func checkReplies(t *testing.T, who string, got, want []string) {
	t.Helper()
	if got[0] != want[0] || len(got[0]) != len("ok ")+16 {
		t.Errorf("%s: digest %q, want %q", who, got[0], want[0])
	}
	for i, phase := range []string{"step", "perceive", "sort"} {
		words, first := strings.Fields(got[i+1]), strings.Fields(want[i+1])
		if len(words) != 3 || words[0] != "ok" {
			t.Fatalf("%s: %s: reply %q", who, phase, got[i+1])
		}
		if ns, err := strconv.ParseUint(words[1], 10, 64); err != nil || ns == 0 {
			t.Errorf("%s: %s took %q ns", who, phase, words[1])
		}
		if words[2] != first[2] || (words[2] == "0") != (phase == "sort") {
			t.Errorf("%s: %s found %s neighbours, want %s", who, phase, words[2], first[2])
		}
	}
}

// TestWorkerRefusesWhatItCannotDo wants an error in one line and the worker alive.
func TestWorkerRefusesWhatItCannotDo(t *testing.T) {
	good := request(model(50), 1)
	words := strings.Fields(good)
	with := func(at int, word string) string {
		bad := append([]string(nil), words...)
		bad[at] = word
		return strings.Join(bad, " ")
	}
	tiny := model(50)
	tiny.Policy.Radius = 1e-3
	for _, bad := range []string{
		"", "dance", "world", "advance", "advance 1 2", "time wazero step", "digest",
		with(1, "-1"), with(1, "99999999999"), with(2, "4"), with(2, "1"), with(3, "x"), with(4, "0g"), with(4, "000"),
		with(4, strings.Repeat("00", 257)), with(4, "00"), with(5, "0"), with(5, "65"), request(tiny, 1),
		good + "\nadvance -1", good + "\nadvance x", good + "\ntime gpu step 1", good + "\ntime go walk 1",
		good + "\ntime go step 0", good + "\ntime go step x", good + "\ndigest gpu", with(5, "0") + "\nadvance 1",
	} {
		replies := ask(t, append(strings.Split(bad, "\n"), "backends")...)
		last := len(replies) - 1
		if !strings.HasPrefix(replies[last-1], "error ") || !strings.HasPrefix(replies[last], "ok ") {
			t.Errorf("%.60q: replies %q", bad, replies)
		}
	}
}

func TestWorkerHasNoWorldAtFirst(t *testing.T) {
	for _, reply := range ask(t, "advance 1", "time go step 1", "digest wazero") {
		if !strings.Contains(reply, "no world yet") {
			t.Errorf("got %q", reply)
		}
	}
}

var errBroken = errors.New("broken pipe")

type broken struct{}

func (broken) Read([]byte) (int, error)  { return 0, errBroken }
func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestServeReportsABrokenPipe(t *testing.T) {
	if err := Serve(broken{}, io.Discard); !errors.Is(err, errBroken) {
		t.Errorf("got error %v, want %v", err, errBroken)
	}
	if err := Serve(strings.NewReader("backends\n"), broken{}); !errors.Is(err, errBroken) {
		t.Errorf("got error %v, want %v", err, errBroken)
	}
}
