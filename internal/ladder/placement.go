package ladder

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// engineIn returns the placement of the engine in a runtime and the others in Go.
func engineIn(r copytax.Runtime) copytax.Placement {
	p := copytax.Everywhere(copytax.Go)
	p[copytax.Engine] = r
	return p
}

// placementOf returns where the roles of a cell run. Cells of runs that were recorded
// before there were placements have a factor engine, wasm or native; a cell with
// neither factor runs in Go.
func placementOf(c experiment.Cell) (copytax.Placement, error) {
	switch c.Factors[factorEngine] {
	case "native":
		return engineIn(copytax.Native), nil
	case "wasm":
		return copytax.Everywhere(copytax.Go), nil
	}
	p, err := copytax.ParsePlacement(cmp.Or(c.Factors[factorPlacement], string(copytax.Go)))
	if err != nil {
		return p, fmt.Errorf("factor %s of %s: %w", factorPlacement, c, err)
	}
	return p, nil
}

// hasNativeEngine reports whether the engine of a cell is no WebAssembly. One whose
// placement means nothing has none.
func hasNativeEngine(c experiment.Cell) bool {
	p, err := placementOf(c)
	return err == nil && p[copytax.Engine] == copytax.Native
}

// inTab is the placement of all roles in a browser's tab. It has a floor of its own, and
// no arm of it is compared with one of another placement.
var inTab = copytax.Everywhere(copytax.Tab)

// isInTab reports whether a cell has it.
func isInTab(c experiment.Cell) bool {
	p, err := placementOf(c)
	return err == nil && p == inTab
}

// placeOf is where a cell runs, as a table has it.
func placeOf(c experiment.Cell) string {
	return placeName(isInTab(c), displayOf(c))
}

func placeName(tab bool, d display) string {
	switch {
	case d.draws():
		return string(copytax.Tab) + "-" + strings.ReplaceAll(d.String(), ":", "-")
	case tab:
		return string(copytax.Tab)
	}
	return ""
}

// mark is what stands behind the transport in the name of an arm that is not in Go
// everywhere: @native for the engine alone in native, which is the case that most runs
// have and those published have so; @all-native for all roles in native; @go-go-tab for
// any other placement. There are no commas, which separate the names of transports, and
// no two placements have one mark, but for that of all roles in a tab, whose arms are in
// worlds of their own.
func mark(p copytax.Placement) string {
	switch p {
	case copytax.Everywhere(copytax.Go), inTab:
		return ""
	case engineIn(p[copytax.Engine]):
		return "@" + string(p[copytax.Engine])
	case copytax.Everywhere(p[copytax.Kernel]):
		return "@all-" + string(p[copytax.Kernel])
	}
	return "@" + strings.ReplaceAll(p.String(), ",", "-")
}

// placements returns those that are asked for, each once.
func placements(list string) (all []copytax.Placement, err error) {
	for word := range strings.SplitSeq(list, betweenPlacements) {
		p, err := copytax.ParsePlacement(word)
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", factorPlacement, err)
		}
		for _, r := range p {
			if r != copytax.Go && r != copytax.Native && r != copytax.Tab {
				return nil, fmt.Errorf("--%s %s: unknown runtime %q: want %s, %s or %s", factorPlacement, p, r, copytax.Go, copytax.Native, copytax.Tab)
			}
		}
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all, nil
}

// refusal says why a transport cannot have a placement; empty if it can.
func refusal(info copytax.Info, p copytax.Placement) string {
	if info.OneProcess && p != copytax.Everywhere(p[copytax.Kernel]) {
		return "its roles share a process, and so the runtime"
	}
	for role := range copytax.NumRoles {
		if !info.Can(role, p[role]) {
			able := info.Runtimes[role]
			if !info.Foreign {
				able = append([]copytax.Runtime{copytax.Go}, able...)
			}
			words := make([]string, len(able))
			for i, r := range able {
				words[i] = string(r)
			}
			return fmt.Sprintf("its %s runs in %s, not in %s", role, strings.Join(words, " or "), p[role])
		}
	}
	return ""
}

// sidesOf returns the arms of the transports with the placements, in their order, the
// A/A pair next to its first half. What cannot be is missing, but for a transport of a
// tab in another placement, or another one in a tab, if it has some placement. The
// baseline is the floor of all arms, once in Go and once in a tab, as far as there are
// arms of either.
func sidesOf(transports []copytax.Transport, asked []copytax.Placement) (arms []side, missing []experiment.Unavailable) {
	missing = []experiment.Unavailable{}
	for _, t := range transports {
		info := t.Info()
		if info.Unavailable != "" {
			missing = append(missing, experiment.Unavailable{What: t.Name(), Reason: info.Unavailable})
			continue
		}
		if t.Name() == Baseline {
			for _, p := range floors(asked) {
				a := side{name: Baseline, transport: Baseline, placement: p, info: info}
				arms = append(arms, a, a.again())
			}
			continue
		}
		for _, p := range asked {
			if why := refusal(info, p); why != "" {
				if (p == inTab || info.Foreign) && slices.ContainsFunc(asked, func(p copytax.Placement) bool { return refusal(info, p) == "" }) {
					continue
				}
				missing = append(missing, experiment.Unavailable{What: t.Name() + mark(p), Reason: why})
				continue
			}
			arms = append(arms, side{name: t.Name() + mark(p), transport: t.Name(), placement: p, info: info, offPage: offPageOf(t)})
		}
	}
	return arms, missing
}

func offPageOf(t copytax.Transport) string {
	if o, ok := t.(offPage); ok {
		return o.OffPage()
	}
	return ""
}

// floors returns the placements of the baseline.
func floors(asked []copytax.Placement) (all []copytax.Placement) {
	if slices.ContainsFunc(asked, func(p copytax.Placement) bool { return p != inTab }) {
		all = append(all, copytax.Everywhere(copytax.Go))
	}
	if slices.Contains(asked, inTab) {
		all = append(all, inTab)
	}
	return all
}

// arePossible returns an error when no transport of the run can have a placement that
// was asked for: the run would not be what was meant.
func (l *Ladder) arePossible(asked []copytax.Placement, chosen []copytax.Transport) error {
	// The baseline is in every run, asked for or not: that it can says nothing.
	others := slices.DeleteFunc(slices.Clone(chosen), func(t copytax.Transport) bool { return t.Name() == Baseline })
	if len(others) == 0 {
		others = chosen
	}
	for _, p := range asked {
		can := func(info copytax.Info) bool { return refusal(info, p) == "" }
		if slices.ContainsFunc(others, func(t copytax.Transport) bool { return can(t.Info()) || t.Info().Unavailable != "" }) {
			continue
		}
		if p == copytax.Everywhere(copytax.Go) {
			return fmt.Errorf("%s: %s: add --%s %s", others[0].Name(), refusal(others[0].Info(), p), factorPlacement, others[0].Info().Runtimes[copytax.Kernel][0])
		}
		able, err := l.able(can)
		if err != nil {
			return err
		}
		if len(able) == 0 {
			return fmt.Errorf("--%s %s: no transport can have it", factorPlacement, p)
		}
		return fmt.Errorf("--%s %s: no transport of the run can have it, only %s can", factorPlacement, p, strings.Join(able, ", "))
	}
	return nil
}

// able returns the names of all transports of this program that can do something.
func (l *Ladder) able(can func(copytax.Info) bool) (names []string, err error) {
	all, err := l.Match([]string{"*"})
	for _, t := range all {
		if can(t.Info()) {
			names = append(names, t.Name())
		}
	}
	return names, err
}
