package wasmhost

import (
	"bufio"
	"encoding/hex"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const goldenFile = "../../../rust/flock/testdata/golden.txt"

// policyFloatsEnd is where the padding of a policy block begins.
const policyFloatsEnd = 16 + 23*4

// A golden world: what its frames hash to is in a file that the tests of the
// Rust crate read as well, so that the module in its runtime and the native
// back ends are held to the same bits.
type golden struct {
	name  string
	cfg   copytax.Config
	steps int
	twist func(*copytax.Policy) // on top of DefaultPolicy, bounds excepted
}

func goldens() []golden {
	world := func(boids, neighbours int, seed uint64) copytax.Config {
		return copytax.Config{Boids: boids, Neighbours: neighbours, Mode: copytax.ConstantDensity, Seed: seed, Slots: 2}
	}
	return []golden{
		{"thousand", world(1000, 8, 7), 300, func(*copytax.Policy) {}},
		{"dense", world(501, 64, 8), 100, func(p *copytax.Policy) { p.Cohesion *= 3 }},
		{"few", world(7, 8, 9), 300, func(p *copytax.Policy) { p.MinSpeed = 0 }},
		{"driven", world(333, 8, 10), 200, func(p *copytax.Policy) {
			p.Goal, p.WallGain, p.MaxAccel, p.MaxSpeed, p.Target = 40, 0, 100, 30, [3]float32{-3, 1, 90}
		}},
		{"crowd", world(2600, 2600, 12), 4, func(*copytax.Policy) {}}, // more candidates than the engine collects at a time
		{"split", world(66, 4, 11), 200, func(p *copytax.Policy) { p.Separation, p.EnergyCost = 60, 0.1 }},
	}
}

// TestGoldenChains steps each world and compares the chain of all its frames
// with the golden file.
func TestGoldenChains(t *testing.T) {
	var lines []string
	for _, g := range goldens() {
		lines = append(lines, g.line(t))
	}
	if *update {
		writeGolden(t, lines)
	}
	got, want := lines, readGolden(t)
	if len(got) != len(want) {
		t.Fatalf("%d golden worlds, want %d", len(want), len(got))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("got  %.80s\nwant %.80s", got[i], want[i])
		}
	}
}

// line runs g and returns its line of the golden file.
func (g golden) line(t *testing.T) string {
	w := newTestWorld(t, g.cfg)
	p := flock.DefaultPolicy(g.cfg)
	g.twist(&p)
	w.setPolicy(p)
	p.Put(w.first) // the native tests know no other policy to seed with
	if err := w.Seed(w.slot); err != nil {
		t.Fatal(err)
	}
	var block [copytax.PolicyBytes]byte
	p.Put(block[:])
	chain, neighbours := uint64(fnvBasis), uint64(0)
	for tick := range g.steps {
		w.advance(t, tick)
		chain = fnvFrame(chain, w.frame())
		neighbours += w.Neighbours()
	}
	return fmt.Sprintf("%s %d %d %d %016x %d %s", g.name, g.cfg.Boids, g.steps, g.cfg.Seed, chain, neighbours,
		hex.EncodeToString(block[:policyFloatsEnd]))
}

const (
	fnvBasis = 0xcbf29ce484222325
	fnvPrime = 0x100000001b3
)

// fnvFrame adds all columns of f to an FNV-1a hash over 32-bit words.
func fnvFrame(h uint64, f *copytax.Frame) uint64 {
	for c := range copytax.Column(copytax.Columns) {
		for _, v := range f.Col(c) {
			h = (h ^ uint64(math.Float32bits(v))) * fnvPrime
		}
	}
	return h
}

func writeGolden(t *testing.T, lines []string) {
	text := "# name boids steps seed chain neighbours policy. Written by\n" +
		"# go test ./scenarios/flock/wasmhost -run GoldenChains -update\n" + strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile(goldenFile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readGolden(t *testing.T) (lines []string) {
	f, err := os.Open(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	scan := bufio.NewScanner(f)
	for scan.Scan() {
		if line := scan.Text(); !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	if err := scan.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}
