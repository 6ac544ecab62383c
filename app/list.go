package app

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/scenarios"
	"github.com/copytax/copytax/transports"
)

// A listing is what list prints.
type listing struct {
	Experiments []entry `json:"experiments"`
	Transports  []entry `json:"transports"`
	Carriers    []entry `json:"carriers"`
	Codecs      []entry `json:"codecs"`
	Profiles    []entry `json:"profiles"`
}

// An entry is one thing that can be asked for by name.
type entry struct {
	Name        string `json:"name"`
	Summary     string `json:"summary"`
	Rung        int    `json:"rung,omitempty"`        // of a transport
	Default     bool   `json:"default,omitempty"`     // run by --all
	Unavailable string `json:"unavailable,omitempty"` // why it cannot run here
	// Plugins are the modules that it is of, with version and sum, unless it is of this
	// tree.
	Plugins []string `json:"plugins,omitempty"`
}

func newList(c catalogue) *cobra.Command {
	return printing(&cobra.Command{
		Use:   "list",
		Short: "List experiments, transports and profiles",
		Example: `  copytax list
  copytax list --json
  copytax run --transport 'unix+*' --boids 1k`,
	}, "print JSON", func() (listing, error) { return newListing(c), nil }, printListing)
}

func newListing(c catalogue) listing {
	l := listing{Carriers: []entry{}, Codecs: []entry{}, Profiles: []entry{
		{Name: string(experiment.Quick), Summary: "few blocks, small worlds: a first look, within 90 s on 2 cores for the ladder"},
		{Name: string(experiment.Standard), Summary: "numbers to cite: within 15 min on 2 cores for the ladder"},
	}}
	for _, e := range c.Experiments {
		l.Experiments = append(l.Experiments, entry{Name: e.Name(), Summary: e.Summary(), Default: e.Name() == scenarios.Default, Plugins: names(c.Module(e.Name()))})
	}
	for _, t := range c.Transports.Offers() {
		info := t.Info()
		l.Transports = append(l.Transports, entry{
			Name: t.Name(), Summary: info.Summary, Rung: info.Rung,
			Default: transports.OnLadder(t.Name()), Unavailable: info.Unavailable, Plugins: names(t.Of),
		})
	}
	for _, m := range c.Transports.Modules() {
		of := names([]experiment.Module{m})
		for _, carrier := range m.Carriers {
			info := carrier.Info()
			l.Carriers = append(l.Carriers, entry{Name: carrier.Name(), Summary: info.Summary, Unavailable: info.Unavailable, Plugins: of})
		}
		for _, f := range m.Codecs {
			l.Codecs = append(l.Codecs, entry{Name: f.Name, Summary: f.Summary, Plugins: of})
		}
	}
	return l
}

// names names the plugins among modules.
func names(modules []experiment.Module) (all []string) {
	for _, m := range modules {
		if m.Path != experiment.Tree {
			all = append(all, m.String())
		}
	}
	return all
}

// said is the line about an entry: what it is or why it cannot be had, and whose it is.
func (e entry) said() string {
	summary := e.Summary
	if e.Unavailable != "" {
		summary = "unavailable here: " + e.Unavailable
	}
	if len(e.Plugins) > 0 {
		summary += " (" + strings.Join(e.Plugins, "; ") + ")"
	}
	return summary
}

func printListing(out io.Writer, l listing) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "EXPERIMENT\t\t(--scenario; signal, handoff and fanout together are hub)")
	for _, e := range l.Experiments {
		fmt.Fprintf(w, "%s\t\t%s\n", e.Name, e.said())
	}
	fmt.Fprintln(w, "\t\t\nTRANSPORT\tRUNG\t(of flock; * run by --all)")
	for _, e := range l.Transports {
		mark := " "
		if e.Default {
			mark = "*"
		}
		fmt.Fprintf(w, "%s\t%s%d\t%s\n", e.Name, mark, e.Rung, e.said())
	}
	for _, part := range []struct {
		head string
		of   []entry
	}{{"CARRIER\t\t(each with every codec is a transport)", l.Carriers}, {"CODEC\t\t", l.Codecs}} {
		if len(part.of) > 0 {
			fmt.Fprintln(w, "\t\t\n"+part.head)
		}
		for _, e := range part.of {
			fmt.Fprintf(w, "%s\t\t%s\n", e.Name, e.said())
		}
	}
	fmt.Fprintln(w, "\t\t\nPROFILE\t\t")
	for _, e := range l.Profiles {
		fmt.Fprintf(w, "%s\t\t%s\n", e.Name, e.Summary)
	}
	return w.Flush()
}

// printing has cmd print what look finds: for a person by text, or as one indented
// JSON value, whose flag has a usage of its own.
func printing[T any](cmd *cobra.Command, usage string, look func() (T, error), text func(io.Writer, T) error) *cobra.Command {
	asJSON := cmd.Flags().Bool("json", false, usage)
	cmd.Args = noArguments
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		found, err := look()
		if err != nil {
			return err
		}
		if !*asJSON {
			return text(cmd.OutOrStdout(), found)
		}
		e := json.NewEncoder(cmd.OutOrStdout())
		e.SetIndent("", "  ")
		return e.Encode(found)
	}
	return cmd
}
