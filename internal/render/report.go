// Package render turns the results of a run into figures and tables: a folder
// with SVG and PNG pictures, the CSV behind each, and an index; and the summary
// tables of a terminal and a README.
//
// It computes nothing but positions; the numbers are those of package stats.
// The same results give the same bytes, so a report holds no time but the
// run's. Start at [Render].
package render

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/internal/stats"
	"github.com/copytax/copytax/internal/store"
)

// A report is everything that the figures and tables of a run draw on.
type report struct {
	*stats.Analysis
	results  *store.Results
	chapters []*chapter
	fonts    *typeface
}

// A chapter is one config with the names that it goes by.
type chapter struct {
	stats.Case
	label string // for titles: "10,000 boids"
	slug  string // for file names: "10000"
}

func newReport(r *store.Results) (*report, error) {
	a, err := stats.Analyze(r)
	if err != nil {
		return nil, fmt.Errorf("report on %s: %w", r.Dir, err)
	}
	rep := &report{Analysis: a, results: r, fonts: newTypeface()}
	taken := map[string]int{}
	for _, c := range a.Cases {
		if len(withTrials(c.Arms)) == 0 {
			continue // the notes list why each of its trials failed
		}
		ch := &chapter{Case: c, label: caseLabel(c.Config, a.Cases), slug: caseSlug(c.Config, a.Cases)}
		taken[ch.slug]++
		if n := taken[ch.slug]; n > 1 { // two configs that differ in their seed or length only
			ch.slug += fmt.Sprintf("-%d", n)
			ch.label += fmt.Sprintf(" (%d)", n)
		}
		rep.chapters = append(rep.chapters, ch)
	}
	return rep, nil
}

// caseLabel names a config by its size, and by the rest where that differs.
func caseLabel(c copytax.Config, all []stats.Case) string {
	label := axisNumber(float64(c.Boids)) + " boids"
	if !oneWorld(all) {
		label += fmt.Sprintf(", %d neighbours, %s", c.Neighbours, strings.ReplaceAll(string(c.Mode), "-", " "))
	}
	return label
}

func caseSlug(c copytax.Config, all []stats.Case) string {
	if oneWorld(all) {
		return fmt.Sprint(c.Boids)
	}
	return fmt.Sprintf("%d-%d-%s", c.Boids, c.Neighbours, c.Mode)
}

func oneWorld(all []stats.Case) bool {
	for _, c := range all {
		if !sameWorld(c.Config, all[0].Config) {
			return false
		}
	}
	return true
}

// worlds groups the chapters whose configs differ in size only.
func (r *report) worlds() [][]*chapter {
	var worlds [][]*chapter
	for _, c := range r.chapters {
		i := slices.IndexFunc(worlds, func(w []*chapter) bool { return sameWorld(w[0].Config, c.Config) })
		if i < 0 {
			worlds = append(worlds, []*chapter{c})
		} else {
			worlds[i] = append(worlds[i], c)
		}
	}
	return worlds
}

// figures returns all figures of the report, in the order of the index.
func (r *report) figures() []figure {
	var all []figure
	for _, c := range r.chapters {
		all = append(all, r.phases(c), r.taxes(c))
		if f, ok := r.latency(c); ok {
			all = append(all, f)
		}
	}
	worlds := r.worlds()
	for _, w := range worlds {
		if len(w) < 2 {
			continue // one size shows no scaling
		}
		slug, label := "", ""
		if len(worlds) > 1 {
			c := w[0].Config
			slug = fmt.Sprintf("-%d-%s", c.Neighbours, c.Mode)
			label = fmt.Sprintf(": %d neighbours, %s", c.Neighbours, strings.ReplaceAll(string(c.Mode), "-", " "))
		}
		all = append(all, r.scaling(w, slug, label))
	}
	return all
}

// measured returns the arms with a successful trial, without the second half
// of the A/A pair, which is direct once more.
func (c *chapter) measured() []stats.Arm {
	return slices.DeleteFunc(withTrials(c.Arms), func(a stats.Arm) bool { return a.Name == stats.AA })
}

func (c *chapter) hasIntervals() bool {
	return slices.ContainsFunc(c.Arms, func(a stats.Arm) bool { return a.CPU.HasInterval() })
}

func withTrials(arms []stats.Arm) []stats.Arm {
	return slices.DeleteFunc(slices.Clone(arms), func(a stats.Arm) bool { return a.Trials == 0 })
}

// armLabel is an arm's name as a reader sees it.
func armLabel(name string) string {
	if name == stats.AA {
		return stats.Baseline + " (A/A)"
	}
	return name
}

func armLabels(arms []stats.Arm) []string {
	labels := make([]string, len(arms))
	for i, arm := range arms {
		labels[i] = armLabel(arm.Name)
	}
	return labels
}

// name is the run's name: that of its folder.
func (r *report) name() string { return filepath.Base(r.results.Dir) }

// caption returns what stands below a figure: what is particular to it, then
// n, the machine, and what the numbers do not cover.
func (r *report) caption(particular string, chapters ...*chapter) string {
	interval := "no intervals, which take two blocks."
	if slices.ContainsFunc(chapters, (*chapter).hasIntervals) {
		interval = "95% intervals by Student's t over blocks."
	}
	parts := []string{particular, fmt.Sprintf("n\u00a0=\u00a0%s; %s", blocksOf(chapters...), interval), r.machine() + ".", "Loopback: no network card is involved."}
	if note := r.failureNote(); note != "" {
		parts = append(parts, note)
	}
	return strings.Join(parts, " ")
}

// blocksOf returns the number of blocks that the arms rest on, as a range
// where trials failed.
func blocksOf(chapters ...*chapter) string {
	var counts []int
	for _, c := range chapters {
		for _, arm := range withTrials(c.Arms) {
			counts = append(counts, arm.Trials)
		}
	}
	switch least, most := slices.Min(counts), slices.Max(counts); {
	case most == 1:
		return "1 block"
	case least == most:
		return fmt.Sprintf("%d blocks", most)
	default:
		return fmt.Sprintf("%d to %d blocks", least, most)
	}
}

func (r *report) failureNote() string {
	if len(r.Failures) == 0 {
		return ""
	}
	return fmt.Sprintf("Failed and left out: %d of %d trials.", len(r.Failures), len(r.Failures)+len(r.Trials))
}

// machine returns the machine in a few words, of what its fingerprint holds of them.
func (r *report) machine() string { return machineOf(r.results.Manifest) }

func machineOf(manifest store.Manifest) string {
	var m struct {
		OS, Arch string
		CPU      struct {
			Model  string
			Usable int
		}
		Virtual struct{ Hypervisor string }
	}
	// The fingerprint is another package's business; a field that it lacks is left out.
	if err := json.Unmarshal(manifest.Machine, &m); err != nil || m.CPU.Model == "" {
		return "Machine: see the manifest"
	}
	parts := []string{m.CPU.Model}
	if m.CPU.Usable > 0 {
		parts = append(parts, fmt.Sprintf("%d logical processors", m.CPU.Usable))
	}
	if m.Virtual.Hypervisor != "" {
		parts = append(parts, "virtual machine ("+m.Virtual.Hypervisor+")")
	}
	if m.OS != "" {
		parts = append(parts, strings.Trim(m.OS+"/"+m.Arch, "/"))
	}
	return strings.Join(append(parts, manifest.Version.Go), ", ")
}
