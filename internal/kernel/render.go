package kernel

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

const (
	// IndexName is the file that a reader opens first.
	IndexName = "index.md"
	// FigureName is the picture of where the time of a boid goes.
	FigureName = "kernel.svg"
)

// Render writes the tables and the figure of the results in dir beside them. The
// same results give the same bytes.
func Render(dir string) error {
	r, err := Load(dir)
	if err != nil {
		return err
	}
	a := Analyze(r)
	drawn, ok := r.newFigure(a)
	if !ok {
		return fmt.Errorf("render %s: no back end gave a timing", dir)
	}
	picture, err := drawn.svg()
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(dir, FigureName), picture); err != nil {
		return err
	}
	return replace(filepath.Join(dir, IndexName), []byte(r.index(a)))
}

// index returns the page with all tables.
func (r *Results) index(a *Analysis) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# The kernel benchmark\n\n")
	fmt.Fprintf(&b, "%s profile, %d rounds, seed %d, %d threads where a back end uses several, measured %s to %s.\n",
		r.Profile, r.Rounds, r.Seed, r.Threads, r.Created.Format("2006-01-02 15:04"), r.Finished.Format("2006-01-02 15:04 UTC"))
	fmt.Fprintf(&b, "%s. copytax %s.\n\n", r.machine(), r.Version.Copytax)
	fmt.Fprintf(&b, "    %s\n\n", strings.Join(r.Command, " "))
	fmt.Fprintf(&b, "This page and the figure are made from [%s](%s) alone: `copytax kernel --render` gives the same bytes.\n", ResultsName, ResultsName)
	b.WriteString("What each number means, and does not say, is in METHODOLOGY.md, \"The kernel benchmark\".\n\n")
	fmt.Fprintf(&b, "![ns a boid by back end](%s)\n\n", FigureName)
	for _, s := range r.sheaves(a) {
		fmt.Fprintf(&b, "%s\n", s.markdown())
	}
	fmt.Fprintf(&b, "## The columns\n\n- %s\n\n", strings.Join(columnNotes(), "\n- "))
	r.writeBackends(&b)
	r.writeConstants(&b)
	b.WriteString("## What is missing, and warnings\n\n")
	notes := r.notes()
	if len(notes) == 0 {
		notes = []string{"Nothing: every back end was available and gave the same bits on every world."}
	}
	fmt.Fprintf(&b, "- %s\n", strings.Join(notes, "\n- "))
	return b.String()
}

func (r *Results) writeBackends(b *strings.Builder) {
	b.WriteString("## The back ends\n\n")
	for _, e := range Ladder() {
		if !slices.Contains(r.Backends, e.Name) {
			continue
		}
		bits := "the bits of all others"
		if e.Inexact {
			bits = "bits of its own, compared with nothing"
		}
		fmt.Fprintf(b, "- `%s`: %s; %s, %s\n", e.Name, e.Summary, lanes(r.width(e)), bits)
	}
	b.WriteString("\n")
}

func (r *Results) writeConstants(b *strings.Builder) {
	if len(r.Calibration) == 0 {
		return
	}
	var keys []string
	for key := range r.Calibration {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	s := sheaf{title: "Constants of the machine, one core", header: []string{"constant", "value"},
		notes: []string{"addN, mulN, mixN: float32 operations a nanosecond with N lanes; _gbs: 10⁹ bytes a second."}}
	for _, key := range keys {
		s.rows = append(s.rows, []string{key, number(r.Calibration[key])})
	}
	fmt.Fprintf(b, "## The machine\n\n%s\n", s.markdown())
	if len(r.Ceilings) == 0 {
		return
	}
	s = sheaf{title: "Empirical ceilings: the force on one cell that stays in the nearest cache",
		header: []string{"back end", "ns/candidate", "ns/boid", "candidates a boid", "neighbours a boid"},
		notes:  []string{"Force alone: no sort, no integration, the same boids again and again."}}
	for _, c := range r.Ceilings {
		ns, boids := float64(c.NS), float64(c.Boids)
		s.rows = append(s.rows, []string{c.Backend, number(ns / float64(c.Candidates)), number(ns / boids),
			number(float64(c.Candidates) / boids), number(float64(c.Neighbours) / boids)})
	}
	fmt.Fprintf(b, "%s\n", s.markdown())
}

// machine returns the machine in a few words.
func (r *Results) machine() string {
	m := r.Machine
	if m.CPU.Model == "" {
		return "Machine not known"
	}
	parts := []string{m.CPU.Model, fmt.Sprintf("%d logical processors", m.CPU.Usable)}
	if m.Virtual.Hypervisor != "" {
		parts = append(parts, "virtual machine ("+m.Virtual.Hypervisor+")")
	}
	return strings.Join(append(parts, m.OS+"/"+m.Arch, r.Version.Go), ", ")
}
