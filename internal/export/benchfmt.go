package export

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/machine"
	"github.com/copytax/copytax/internal/store"
)

// The factors that are in every name of a benchmark: the first of its keys and the last.
const (
	firstKey = "transport"
	lastKey  = "boids"
)

// Benchfmt writes the successful trials of a run to w in Go's benchmark format, which
// benchstat reads: lines of configuration, then a line a trial. A factor that is the same
// in all cells is a line of configuration; any other is a part of the benchmark's name,
// unless it follows from the number of boids, as that of ticks does.
// Experiments whose trials are no benchmarks are left out. It returns what is left out, a
// sentence each; if that is everything, an error.
//
// Source: R. Cox, A. Clements, https://golang.org/design/14313-benchmark-format.
func Benchfmt(w io.Writer, r *store.Results, known store.Catalogue) (left []string, err error) {
	results := r.Experiment()
	for _, name := range results.Plan.Experiments {
		e, ok := known(name)
		benchmarked, is := e.(experiment.Benchmarked)
		if !ok || !is {
			left = append(left, fmt.Sprintf("trials of the experiment %s are no Go benchmarks, and are left out", name))
			continue
		}
		if err := benchmarks(w, r, results.Of(name), name, benchmarked); err != nil {
			return left, fmt.Errorf("export %s: %w", name, err)
		}
	}
	if len(left) == len(results.Plan.Experiments) {
		return left, errors.New("export: " + strings.Join(left, "; ") + ": use --format csv")
	}
	for _, f := range results.Failures {
		if !f.Mended {
			left = append(left, fmt.Sprintf("trial %d (%s) failed, and is left out", f.Number, f.Of))
		}
	}
	return left, nil
}

// benchmarks writes the trials of one experiment.
func benchmarks(w io.Writer, r *store.Results, results *experiment.Results, name string, e experiment.Benchmarked) error {
	cells := slices.DeleteFunc(slices.Clone(results.Plan.Cells), func(c experiment.Cell) bool { return c.Experiment != name })
	constant, dependent := constants(cells), dependents(cells)
	if err := configure(w, r, constant); err != nil {
		return err
	}
	for _, trial := range experiment.Groups(results.Samples, func(s experiment.Sample) int { return s.Trial }) {
		b, err := e.Benchmark(trial)
		if err != nil {
			return err
		}
		line := []string{benchmarkName(trial[0].Of, constant, dependent), strconv.Itoa(b.Iterations)}
		for _, v := range b.Values {
			line = append(line, strconv.FormatFloat(v.Value, 'f', -1, 64)+" "+v.Unit)
		}
		if _, err := fmt.Fprintln(w, strings.Join(line, "\t")); err != nil {
			return err
		}
	}
	return nil
}

// configKey is what the format takes as a key.
var configKey = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

// constants returns the factors that are the same in all cells, but for those that are in
// every name.
func constants(cells []experiment.Cell) experiment.Factors {
	if len(cells) == 0 {
		return nil
	}
	same := maps.Clone(cells[0].Factors)
	maps.DeleteFunc(same, func(name, value string) bool {
		return name == firstKey || name == lastKey || !configKey.MatchString(name) || value == "" ||
			slices.ContainsFunc(cells, func(c experiment.Cell) bool { return c.Factors[name] != value })
	})
	return same
}

// dependents returns the factors that have one value for each number of boids.
func dependents(cells []experiment.Cell) experiment.Factors {
	values := map[[2]string]string{} // by factor and number
	free := map[string]bool{}
	for _, c := range cells {
		for name, value := range c.Factors {
			of := [2]string{name, c.Factors[lastKey]}
			was, ok := values[of]
			free[name] = free[name] || ok && was != value
			values[of] = value
		}
	}
	all := experiment.Factors{}
	for of := range values {
		name := of[0]
		everywhere := !slices.ContainsFunc(cells, func(c experiment.Cell) bool { _, has := c.Factors[name]; return !has })
		if !free[name] && everywhere && name != firstKey && name != lastKey && name != experiment.Arm {
			all[name] = ""
		}
	}
	return all
}

// configure writes the lines of configuration.
func configure(w io.Writer, r *store.Results, constant experiment.Factors) error {
	m, err := machine.Parse(r.Manifest.Machine)
	if err != nil {
		return err
	}
	lines := [][2]string{
		{"goos", m.OS}, {"goarch", m.Arch}, {"cpu", m.CPU.Model}, {"run", r.Name()}, {"seal", r.Manifest.Seal}, {"copytax", r.Manifest.Version.Copytax},
	}
	for _, name := range slices.Sorted(maps.Keys(constant)) {
		lines = append(lines, [2]string{name, constant[name]})
	}
	for _, l := range lines {
		if _, err := fmt.Fprintf(w, "%s: %s\n", l[0], strings.Join(strings.Fields(l[1]), " ")); err != nil {
			return err
		}
	}
	return nil
}

// benchmarkName names a cell: BenchmarkFlock/transport=unix+raw/boids=10000. A name has
// no spaces and no slashes but those between its parts: both become _.
func benchmarkName(c experiment.Cell, without ...experiment.Factors) string {
	f := maps.Clone(c.Factors)
	for _, names := range without {
		maps.DeleteFunc(f, func(name, _ string) bool { _, is := names[name]; return is })
	}
	if f[experiment.Arm] == f[firstKey] {
		delete(f, experiment.Arm) // it says nothing more
	}
	name := "Benchmark" + strings.ToUpper(c.Experiment[:1]) + c.Experiment[1:]
	part := func(key string) {
		if value, ok := f[key]; ok {
			name += "/" + safe.Replace(key) + "=" + safe.Replace(value)
		}
		delete(f, key)
	}
	last, has := f[lastKey]
	delete(f, lastKey)
	part(firstKey)
	for _, key := range slices.Sorted(maps.Keys(f)) {
		part(key)
	}
	if has {
		f[lastKey] = last
		part(lastKey)
	}
	if processors.MatchString(name) {
		name += "-1" // or the digits would be taken for GOMAXPROCS
	}
	return name
}

var (
	safe       = strings.NewReplacer(" ", "_", "/", "_", "\t", "_")
	processors = regexp.MustCompile(`-[0-9]+$`)
)
