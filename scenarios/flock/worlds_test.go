package flock

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/copytax/copytax"
)

var update = flag.Bool("update", false, "rewrite the files that are made of the flock")

const worldsFile = "../../rust/flock/testdata/worlds.txt"

// floatsEnd is where the padding of a policy block begins.
const floatsEnd = 16 + 23*4

// benchmarkWorlds lists the worlds that a run can measure, for the marathon of
// the Rust crate, which cannot compute their bounds itself.
func benchmarkWorlds() string {
	text := strings.Builder{}
	text.WriteString("# mode neighbours boids seed policy. Written by\n# go test ./scenarios/flock -run WorldsFile -update\n")
	for _, mode := range []copytax.Mode{copytax.ConstantDensity, copytax.FixedVolume} {
		for _, neighbours := range []int{8, 32, 128} {
			for _, boids := range []int{1000, 10_000, 100_000} {
				cfg := copytax.Config{Boids: boids, Neighbours: neighbours, Mode: mode, Seed: 42}
				p := DefaultPolicy(cfg)
				var block [copytax.PolicyBytes]byte
				p.Put(block[:])
				fmt.Fprintf(&text, "%s %d %d %d %s\n", mode, neighbours, boids, cfg.Seed,
					hex.EncodeToString(block[:floatsEnd]))
			}
		}
	}
	return text.String()
}

// TestWorldsFile fails when the marathon of the Rust crate runs other worlds
// than those that are measured.
func TestWorldsFile(t *testing.T) {
	want := benchmarkWorlds()
	if *update {
		if err := os.WriteFile(worldsFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(worldsFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is stale: run go test ./scenarios/flock -run WorldsFile -update", worldsFile)
	}
}
