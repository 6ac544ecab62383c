package ladder

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// optionBrowser names the browser of arms in a tab.
const optionBrowser = "browser"

var errNoTabArm = errors.New("--browser is given, and no arm of the run is in a tab: add --placement tab")

// placed returns the placements that are asked for. A run of everything has that of a
// tab as well, where there is a browser that can; where there is none, missing says why
// of all the transports that it would have had there.
func (l *Ladder) placed(ctx context.Context, req experiment.Request, chosen []copytax.Transport) (
	asked []copytax.Placement, missing []experiment.Unavailable, err error,
) {
	if asked, err = placements(req.Value(factorPlacement)); err != nil {
		return nil, nil, err
	}
	everything := req.Value(optionAll) == "true" && !req.Given[factorPlacement] && l.Browser != nil
	if everything {
		asked = append(asked, inTab)
	}
	switch {
	case !slices.Contains(asked, inTab):
		if req.Value(optionBrowser) != "" {
			err = errNoTabArm
		}
		return asked, nil, err
	case l.Browser == nil:
		return nil, nil, fmt.Errorf("--%s %s: this program has no tab", factorPlacement, inTab)
	}
	what, why := l.Browser.Probe(ctx, req.Value(optionBrowser))
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	l.browser = what
	if why == nil {
		return asked, nil, nil
	}
	asked = slices.DeleteFunc(asked, func(p copytax.Placement) bool { return p == inTab })
	if len(asked) == 0 || req.Value(optionBrowser) != "" {
		return nil, nil, fmt.Errorf("--%s %s: %w", factorPlacement, inTab, why)
	}
	for _, t := range chosen {
		if refusal(t.Info(), inTab) == "" {
			missing = append(missing, experiment.Unavailable{What: t.Name() + " in a tab", Reason: why.Error()})
		}
	}
	return asked, missing, nil
}

// OpenBrowser finds the browser if the plan has an arm in a tab. It must be called once before
// such a run is begun or resumed, with what the option names. A run that was begun with
// another browser is not gone on with.
func (l *Ladder) OpenBrowser(ctx context.Context, plan experiment.Plan, path string) error {
	at := slices.IndexFunc(plan.Cells, func(c experiment.Cell) bool { return c.Experiment == l.Name() && isInTab(c) })
	if at < 0 {
		return nil
	}
	if l.Browser == nil {
		return errors.New("the run has arms in a tab, and this program has none")
	}
	what, err := l.Browser.Probe(ctx, path)
	if err != nil {
		return err
	}
	if was := plan.Cells[at].Factors[factorBrowser]; was != what {
		return fmt.Errorf("the run was begun with the browser %s, and here is %s", was, what)
	}
	l.tab, err = l.Browser.Runtime(path)
	return err
}
