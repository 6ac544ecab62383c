package wasmhost

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/copytax/copytax/scenarios/flock"
)

// TestPlanIsCurrent holds the plan of linear memory to a table, one plan a line,
// which the host in JavaScript computes again.
func TestPlanIsCurrent(t *testing.T) {
	want, path := planTable(t), filepath.Join("testdata", "plan.tsv")
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not the plan: see whether it should be, then go test ./scenarios/flock/wasmhost -run Plan -update", path)
	}
}

func planTable(t *testing.T) string {
	const own = 2 << 16
	var b strings.Builder
	b.WriteString("boids\tslots\town\tscratchBytes\tthreads\tdesc\tpolicy\tstacks\tscratch\torders\tframes\ttotal\n")
	for _, boids := range []int{0, 1, 101, 10_000, 100_000} {
		for _, threads := range []int{1, 3, maxThreads} {
			m, slots := flock.ModelOf(testConfig(boids, 8)), 2+threads%3
			p, err := planMemory(m, slots, own, threads)
			if err != nil {
				t.Fatal(err)
			}
			scratch := scratchBytes(boids, m.Cells(), threads)
			for _, v := range []int{boids, slots, own, scratch, threads, p.desc, p.policy, p.stacks, p.scratch, p.orders, p.frames} {
				fmt.Fprintf(&b, "%d\t", v)
			}
			fmt.Fprintf(&b, "%d\n", p.total)
		}
	}
	return b.String()
}
