package control

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/copytax/copytax/internal/lap"
)

var update = flag.Bool("update", false, "rewrite the draws that the native engine is held to")

// drawsPath is where the native engine's tests find what this sampler draws.
var drawsPath = filepath.Join("..", "..", "rust", "flock-engine", "testdata", "draws.txt")

// The engines of a trial are sampled by the same draw, whatever they are
// written in: the native one is held to the file that this test writes.
func TestSamplerDrawsForTheNativeEngine(t *testing.T) {
	var b strings.Builder
	for _, c := range []struct {
		seed           uint64
		ordinary, rare int
		first          uint64
	}{
		{0, 1, 1, 0}, {1, 2, 1, 12}, {1, 7, 3, 12}, {1 << 32, 10, 2, 200}, {1<<32 ^ 41, 100, 10, 0},
		{math.MaxUint64, 13, 5, 30}, {0x9e3779b97f4a7c15, 31, 1, 59}, {7, 250, 25, 60},
	} {
		s := sampler{seed: c.seed, cost: lap.Cost{}, stride: [lists]int{c.ordinary, c.rare}}
		fmt.Fprintf(&b, "%d %d %d %d ", c.seed, c.ordinary, c.rare, c.first)
		for epoch := c.first; epoch < c.first+360; epoch++ {
			if s.draw(isRare(epoch)) {
				b.WriteByte('1')
			} else {
				b.WriteByte('0')
			}
		}
		b.WriteByte('\n')
	}
	if *update {
		if err := os.WriteFile(drawsPath, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(drawsPath)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("%s holds other draws: go test ./internal/control -run SamplerDraws -update", drawsPath)
	}
}
