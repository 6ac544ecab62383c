package compare

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/stats"
)

// A Trial says what two programs are compared by.
type Trial struct {
	Old, New   string // programs
	Transports []string
	Boids      []string
	Pairs      int // of trials of each condition, 6 at least
	Seed       uint64
	Limit      float64 // ratio new ÷ old that no interval may reach
}

// A condition is what both programs run.
type condition struct{ transport, boids string }

// Builds compares what two programs cost, for a change that should cost nothing: for each
// transport and size it runs pairs of trials, one of either, and draws which of the two
// goes first. A trial is a run of its own of one block; the CPU of its roles is read from
// what the program itself exports. The ratio is estimated by the centre of its logarithms
// over the pairs. Every pair is printed to w as it ends, and the ratios behind them, also
// when a trial fails. An error says that the interval of some ratio reaches the limit.
func Builds(ctx context.Context, w io.Writer, t Trial) error {
	var all []condition
	for _, transport := range t.Transports {
		for _, n := range t.Boids {
			all = append(all, condition{transport, n})
		}
	}
	ratios, err := t.measure(ctx, w, all)
	return errors.Join(err, t.report(w, all, ratios))
}

// measure returns the ratios new ÷ old of every condition, a pair each. All conditions
// are visited, in random order, before any has its next pair.
func (t Trial) measure(ctx context.Context, w io.Writer, all []condition) (map[condition][]float64, error) {
	dir, err := os.MkdirTemp("", "copytax-compare-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ratios, rng := map[condition][]float64{}, rand.New(rand.NewPCG(t.Seed, 0))
	order := slices.Clone(all)
	if _, err := fmt.Fprintln(w, "transport,boids,pair,first,old_ns,new_ns"); err != nil {
		return nil, err
	}
	for pair := range t.Pairs {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, c := range order {
			programs := [2]string{t.Old, t.New}
			first := rng.IntN(2)
			var ns [2]float64
			for _, which := range [2]int{first, 1 - first} {
				if ns[which], err = trial(ctx, programs[which], c, filepath.Join(dir, "run")); err != nil {
					return ratios, fmt.Errorf("pair %d, %s at %s boids, %s: %w", pair, c.transport, c.boids, programs[which], err)
				}
			}
			ratios[c] = append(ratios[c], ns[1]/ns[0])
			if _, err := fmt.Fprintf(w, "%s,%s,%d,%s,%.0f,%.0f\n", c.transport, c.boids, pair, [2]string{"old", "new"}[first], ns[0], ns[1]); err != nil {
				return ratios, err
			}
		}
	}
	return ratios, nil
}

// trial runs one block and returns the CPU of the transport's roles in its window.
func trial(ctx context.Context, program string, c condition, dir string) (float64, error) {
	defer os.RemoveAll(dir)
	cmd := exec.CommandContext(ctx, program, "run", "--transport", c.transport, "--boids", c.boids, "--blocks", "1", "--report=false", "--out", dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	out, err := exec.CommandContext(ctx, program, "export", dir).Output()
	if err != nil {
		return 0, fmt.Errorf("export: %w", err)
	}
	return exported(string(out), c.transport)
}

// exported returns the CPU of an arm's roles from an export of one block.
func exported(text, arm string) (total float64, err error) {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) == 0 {
		return 0, errors.Join(err, errors.New("export is no CSV with a header"))
	}
	column := func(name string) int { return slices.Index(rows[0], name) }
	of, metric, value := column(experiment.Arm), column("metric"), column("value")
	if of < 0 || metric < 0 || value < 0 {
		return 0, fmt.Errorf("export has the columns %v, want arm, metric and value", rows[0])
	}
	for _, row := range rows[1:] {
		if row[of] != arm || row[metric] != "process_cpu_ns" {
			continue
		}
		ns, err := strconv.ParseFloat(row[value], 64)
		if err != nil {
			return 0, fmt.Errorf("export: %w", err)
		}
		total += ns
	}
	if total <= 0 {
		return 0, errors.New("no CPU of the transport was exported")
	}
	return total, nil
}

// report prints the estimates. An error says that one of them reaches the limit.
func (t Trial) report(w io.Writer, all []condition, ratios map[condition][]float64) error {
	var beyond []string
	fmt.Fprintln(w, "\ntransport,boids,pairs,ratio,low,high")
	for _, c := range all {
		e := stats.GeoCenter(ratios[c])
		if _, err := fmt.Fprintf(w, "%s,%s,%d,%.4f,%.4f,%.4f\n", c.transport, c.boids, e.N, e.Value, e.Low, e.High); err != nil {
			return err
		}
		if !(e.High < t.Limit) { // NaN too
			beyond = append(beyond, fmt.Sprintf("%s at %s", c.transport, c.boids))
		}
	}
	if len(beyond) > 0 {
		return fmt.Errorf("the interval is not below %.2f: %s", t.Limit, strings.Join(beyond, ", "))
	}
	return nil
}
