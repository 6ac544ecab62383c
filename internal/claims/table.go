package claims

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/copytax/copytax/experiment/report"
	"github.com/copytax/copytax/experiment/stats"
)

// Summary returns the table of all claims that were tested, a row a claim, and behind it
// a list of those that were not, as Markdown. Links begin with root.
func Summary(findings []Finding, root string) string {
	var b strings.Builder
	fmt.Fprintln(&b, "| claim | measured | verdict |\n|---|---|---|")
	for _, f := range findings {
		if f.Untested == "" {
			fmt.Fprintf(&b, "| %s | %s | **%s** |\n", escape(f.Text), escape(f.measured(root)), f.Holds)
		}
	}
	fmt.Fprintln(&b, "\nNot tested by any published run:")
	fmt.Fprintln(&b)
	for _, f := range findings {
		if f.Untested != "" {
			fmt.Fprintf(&b, "- %s: %s.\n", f.Text, f.Untested)
		}
	}
	return b.String()
}

func escape(s string) string { return strings.ReplaceAll(report.OneLine(s), "|", `\|`) }

// measured says what was measured, by group and verdict, with every interval.
func (f Finding) measured(root string) string {
	text := fmt.Sprintf("[%s](%sreports/%s/index.md), %s.", f.Run, root, f.Run, f.Metric)
	for i, g := range f.Groups {
		var words []string
		for _, holds := range []stats.Holding{stats.Supported, stats.Refuted, stats.Unresolved} {
			if cases := f.cases(i, holds); len(cases) > 0 {
				words = append(words, fmt.Sprintf("*%s* (%s)", holds, inWords(cases)))
			}
		}
		text += " " + strings.TrimPrefix(g.Name+": ", ": ") + strings.Join(words, ", ") + "."
	}
	return strings.TrimSpace(text + " " + f.Note)
}

// A named is a case with what was found.
type named struct {
	name string
	Found
}

// cases returns those of a group that have one verdict.
func (f Finding) cases(group int, holds stats.Holding) (all []named) {
	for k, c := range f.Groups[group].Cases {
		if found := f.Found[group][k]; found.Holds == holds {
			all = append(all, named{c.Name, found})
		}
	}
	return all
}

// inWords lists cases with what was measured. Of many it says how many there are, and
// the two that lie at the ends.
func inWords(cases []named) string {
	var names, words []string
	for _, c := range cases {
		names, words = append(names, c.name), append(words, strings.TrimPrefix(c.name+": ", ": ")+c.Measured)
	}
	order := func(a, b named) int { return cmp.Compare(a.value, b.value) }
	least, most := slices.MinFunc(cases, order), slices.MaxFunc(cases, order)
	switch {
	case len(cases) > 1 && least.Measured == most.Measured:
		return strings.Join(names, ", ") + ": " + least.Measured
	case len(cases) > 5:
		return fmt.Sprintf("%d, from %s with %s to %s with %s", len(cases), least.name, least.Measured, most.name, most.Measured)
	}
	return strings.Join(words, "; ")
}

// Page returns every case of every claim that was tested, a table a claim, as Markdown.
// Links begin with root.
func Page(findings []Finding, root string) string {
	var b strings.Builder
	for _, f := range findings {
		if f.Untested != "" {
			continue
		}
		fmt.Fprintf(&b, "## %s\n\n**%s**. Measured in [%s](%sreports/%s/index.md): %s. %s\n\n",
			strings.ToUpper(f.Text[:1])+f.Text[1:], f.Holds, f.Run, root, f.Run, f.Metric, f.Note)
		fmt.Fprintln(&b, "| of | where | measured | limit | verdict |\n|---|---|---|---|---|")
		for i, g := range f.Groups {
			for k, c := range g.Cases {
				fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", escape(g.Name), escape(c.Name), escape(f.Found[i][k].Measured), c.By.limit(), f.Found[i][k].Holds)
			}
		}
		fmt.Fprintln(&b)
	}
	return strings.ReplaceAll(b.String(), ". \n", ".\n")
}
