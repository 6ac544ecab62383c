//go:build linux

package app

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// deaths are what was seen of many kills.
type deaths struct {
	all  []*death
	late int // kills that came after the end of the trial
}

// slow is how long a role may take to notice and leave before it is counted.
const slow = 100 * time.Millisecond

// table shows the distribution of times from a kill, in ms: until the
// supervisor told the others, and until each of them was gone.
func (d *deaths) table() string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "transport\tkilled\tn\tin start/ticks/end\tknown p50\tp99\tmax\tsurvivors\tgone p50\tp99\tmax\t> %v\t\n", slow)
	for _, group := range d.groups() {
		var known, exits []time.Duration
		moments := map[string]int{}
		for _, one := range group {
			moments[one.moment]++
			exits = append(exits, one.exits...)
			if one.known != 0 {
				known = append(known, one.known)
			}
		}
		over := len(slices.DeleteFunc(slices.Clone(exits), func(e time.Duration) bool { return e <= slow }))
		fmt.Fprintf(w, "%s\t%s\t%d\t%d/%d/%d\t%s\t%d\t%s\t%d\t\n", group[0].transport, group[0].victim, len(group),
			moments["start"], moments["ticks"], moments["end"], spread(known), len(exits), spread(exits), over)
	}
	w.Flush()
	fmt.Fprintf(&text, "times in ms from the kill; %d more kills came when the trial was over\n", d.late)
	return text.String()
}

// groups returns the deaths by transport and victim, in the order of their
// first one.
func (d *deaths) groups() (groups [][]*death) {
	at := map[string]int{}
	for _, one := range d.all {
		key := one.transport + " " + one.victim
		if _, ok := at[key]; !ok {
			at[key] = len(groups)
			groups = append(groups, nil)
		}
		groups[at[key]] = append(groups[at[key]], one)
	}
	return groups
}

// spread returns median, 99th percentile and maximum as cells of the table.
func spread(times []time.Duration) string {
	if len(times) == 0 {
		return "\t\t"
	}
	slices.Sort(times)
	ms := func(q float64) float64 {
		return float64(times[int(q*float64(len(times)-1)+0.5)].Microseconds()) / 1e3
	}
	return fmt.Sprintf("%.1f\t%.1f\t%.1f", ms(0.5), ms(0.99), ms(1))
}
