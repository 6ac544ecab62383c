package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/internal/bench"
	"github.com/copytax/copytax/scenarios"
	"github.com/copytax/copytax/transports"
)

// A listing is what list prints.
type listing struct {
	Scenarios  []entry `json:"scenarios"`
	Gauges     []entry `json:"gauges"`
	Transports []entry `json:"transports"`
	Profiles   []entry `json:"profiles"`
}

// An entry is one thing that can be asked for by name.
type entry struct {
	Name        string `json:"name"`
	Summary     string `json:"summary"`
	Rung        int    `json:"rung,omitempty"`        // of a transport
	Default     bool   `json:"default,omitempty"`     // run by --all
	Unavailable string `json:"unavailable,omitempty"` // why it cannot run here
}

func newList() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List scenarios, transports and profiles",
		Example: `  copytax list
  copytax list --json
  copytax run --transport 'unix+*' --boids 1k`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				return writeJSON(cmd, newListing())
			}
			return newListing().print(cmd)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newListing() listing {
	var l listing
	for _, s := range scenarios.All() {
		l.Scenarios = append(l.Scenarios, entry{Name: s.Name(), Summary: s.Summary()})
	}
	for _, s := range scenarios.Gauges() {
		l.Gauges = append(l.Gauges, entry{Name: s.Name(), Summary: s.Summary()})
	}
	for _, t := range transports.All() {
		info := t.Info()
		l.Transports = append(l.Transports, entry{
			Name: t.Name(), Summary: info.Summary, Rung: info.Rung,
			Default: transports.OnLadder(t.Name()), Unavailable: info.Unavailable,
		})
	}
	for _, p := range bench.Profiles() {
		l.Profiles = append(l.Profiles, entry{Name: p.Name, Summary: p.Summary})
	}
	return l
}

func (l listing) print(cmd *cobra.Command) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SCENARIO\t\t")
	for _, e := range l.Scenarios {
		fmt.Fprintf(w, "%s\t\t%s\n", e.Name, e.Summary)
	}
	fmt.Fprintln(w, "\t\t\nGAUGE\t\t(scenarios of the hub by itself; hub for all)")
	for _, e := range l.Gauges {
		fmt.Fprintf(w, "%s\t\t%s\n", e.Name, e.Summary)
	}
	fmt.Fprintln(w, "\t\t\nTRANSPORT\tRUNG\t(* run by --all)")
	for _, e := range l.Transports {
		mark, summary := " ", e.Summary
		if e.Default {
			mark = "*"
		}
		if e.Unavailable != "" {
			summary = "unavailable here: " + e.Unavailable
		}
		fmt.Fprintf(w, "%s\t%s%d\t%s\n", e.Name, mark, e.Rung, summary)
	}
	fmt.Fprintln(w, "\t\t\nPROFILE\t\t")
	for _, e := range l.Profiles {
		fmt.Fprintf(w, "%s\t\t%s\n", e.Name, e.Summary)
	}
	return w.Flush()
}

// writeJSON prints v as one indented JSON value.
func writeJSON(cmd *cobra.Command, v any) error {
	e := json.NewEncoder(cmd.OutOrStdout())
	e.SetIndent("", "  ")
	return e.Encode(v)
}
