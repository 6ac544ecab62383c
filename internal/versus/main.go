// Command versus compares what two builds of copytax cost: for each transport and size
// it runs pairs of trials, one of either build, and draws which of the two goes first.
//
// It is for a change that should cost nothing. A trial is a run of its own of one block;
// the CPU of its roles is read from what the build itself exports. The ratio new ÷ old
// is estimated by the centre of its logarithms over the pairs, with an interval. Exit
// status 1 says that the interval of some ratio is not below the limit. Every pair is
// printed as it ends, and the ratios behind them, also when a trial fails. Usage:
//
//	go run ./internal/versus -old OLD -new NEW [-pairs 60] [-transport LIST] [-boids LIST]
package main

import (
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/copytax/copytax/experiment/stats"
)

// A condition is what both builds run.
type condition struct{ transport, boids string }

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "versus:", err)
		os.Exit(1)
	}
}

func run() error {
	before := flag.String("old", "", "`program` to compare with")
	after := flag.String("new", "", "`program` to compare")
	pairs := flag.Int("pairs", 60, "pairs of trials of each condition")
	transports := flag.String("transport", "unix+raw,unix+protobuf,unix+json,http+protobuf,http+json", "transports, separated by commas")
	boids := flag.String("boids", "1k,10k", "numbers of boids, separated by commas")
	seed := flag.Uint64("seed", 1, "of the order")
	limit := flag.Float64("limit", 1.03, "ratio that no interval may reach")
	flag.Parse()
	if *before == "" || *after == "" || *pairs < 6 {
		return errors.New("want -old PROGRAM, -new PROGRAM and at least 6 pairs")
	}
	var all []condition
	for transport := range strings.SplitSeq(*transports, ",") {
		for n := range strings.SplitSeq(*boids, ",") {
			all = append(all, condition{transport, n})
		}
	}
	ratios, err := measure(*before, *after, all, *pairs, rand.New(rand.NewPCG(*seed, 0)))
	return errors.Join(err, report(all, ratios, *limit))
}

// measure returns the ratios new ÷ old of every condition, a pair each. All conditions
// are visited, in random order, before any has its next pair.
func measure(before, after string, all []condition, pairs int, rng *rand.Rand) (map[condition][]float64, error) {
	dir, err := os.MkdirTemp("", "versus-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ratios := map[condition][]float64{}
	order := slices.Clone(all)
	fmt.Println("transport,boids,pair,first,old_ns,new_ns")
	for pair := range pairs {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, c := range order {
			programs := [2]string{before, after}
			first := rng.IntN(2)
			var ns [2]float64
			for _, which := range [2]int{first, 1 - first} {
				if ns[which], err = trial(programs[which], c, filepath.Join(dir, "run")); err != nil {
					return ratios, fmt.Errorf("pair %d, %s at %s boids, %s: %w", pair, c.transport, c.boids, programs[which], err)
				}
			}
			ratios[c] = append(ratios[c], ns[1]/ns[0])
			fmt.Printf("%s,%s,%d,%s,%.0f,%.0f\n", c.transport, c.boids, pair, [2]string{"old", "new"}[first], ns[0], ns[1])
		}
	}
	return ratios, nil
}

// trial runs one block and returns the CPU of the transport's roles in its window.
func trial(program string, c condition, dir string) (float64, error) {
	defer os.RemoveAll(dir)
	cmd := exec.Command(program, "run", "--transport", c.transport, "--boids", c.boids, "--blocks", "1", "--report=false", "--out", dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	out, err := exec.Command(program, "export", dir).Output()
	if err != nil {
		return 0, err
	}
	rows, err := csv.NewReader(strings.NewReader(string(out))).ReadAll()
	if err != nil {
		return 0, err
	}
	column := func(name string) int { return slices.Index(rows[0], name) }
	arm, metric, value := column("arm"), column("metric"), column("value")
	if arm < 0 || metric < 0 || value < 0 {
		return 0, fmt.Errorf("export has the columns %v, want arm, metric and value", rows[0])
	}
	total := 0.0
	for _, row := range rows[1:] {
		if row[arm] == c.transport && row[metric] == "process_cpu_ns" {
			ns, err := strconv.ParseFloat(row[value], 64)
			if err != nil {
				return 0, err
			}
			total += ns
		}
	}
	if total <= 0 {
		return 0, errors.New("no CPU of the transport was exported")
	}
	return total, nil
}

// report prints the estimates. An error says that one of them reaches the limit.
func report(all []condition, ratios map[condition][]float64, limit float64) error {
	var beyond []string
	fmt.Println("\ntransport,boids,pairs,ratio,low,high")
	for _, c := range all {
		e := stats.GeoCenter(ratios[c])
		fmt.Printf("%s,%s,%d,%.4f,%.4f,%.4f\n", c.transport, c.boids, e.N, e.Value, e.Low, e.High)
		if !(e.High < limit) { // NaN too
			beyond = append(beyond, fmt.Sprintf("%s at %s", c.transport, c.boids))
		}
	}
	if len(beyond) > 0 {
		return fmt.Errorf("the interval is not below %.2f: %s", limit, strings.Join(beyond, ", "))
	}
	return nil
}
