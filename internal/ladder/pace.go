package ladder

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
)

// The factors that say when ticks begin, and which frames the viewer reads. A cell
// without them is of a time when there was lock-step alone.
const (
	factorPace   = "pace"   // lockstep, or a rate
	factorFrames = "frames" // every or latest
)

const (
	lockStep = "lockstep"
	hertz    = "hz" // behind a rate

	every  = "every"
	latest = "latest"

	leastRate, mostRate = 0.1, 10_000 // ticks a second

	warmUpSeconds = 1 // of a trial with a rate
)

// paceOf is the pace of a config as its factor says it.
func paceOf(c copytax.Config) string {
	if c.Rate == 0 {
		return lockStep
	}
	return strconv.FormatFloat(c.Rate, 'f', -1, 64) + hertz
}

// framesOf is what the viewer of a config reads, as its factor says it.
func framesOf(c copytax.Config) string {
	if c.Latest {
		return latest
	}
	return every
}

// parsePace reads a pace: ticks a second, 0 for lock-step.
func parsePace(word string) (rate float64, err error) {
	if word == lockStep {
		return 0, nil
	}
	digits, ok := strings.CutSuffix(word, hertz)
	if plain := strings.Trim(digits, "0123456789.") == ""; ok && plain {
		rate, err = strconv.ParseFloat(digits, 64)
	}
	if err != nil || !(rate >= leastRate && rate <= mostRate) {
		return 0, fmt.Errorf("--pace %q: want %s, or a rate from %v%s to %v%s, such as 60%s", word, lockStep, leastRate, hertz, mostRate, hertz, hertz)
	}
	return rate, nil
}

// paceOptions are the options of the command line.
func paceOptions() []experiment.Option {
	return []experiment.Option{
		{Name: factorPace, Usage: "when ticks begin: lockstep, or ticks a second such as 60hz; several separated by commas", Default: lockStep},
		{Name: factorFrames, Usage: "which frames a viewer reads at a rate: latest, or every (default latest; in lock-step it is every)"},
	}
}

// paced returns the configs of one size at each pace that is asked for. The window of
// a rate has a length in time, and is a whole number of generations.
func (e effort) paced(c copytax.Config, req experiment.Request) (configs []copytax.Config, err error) {
	frames := cmp.Or(req.Value(factorFrames), latest)
	if frames != every && frames != latest {
		return nil, fmt.Errorf("--frames %q: want %s or %s", frames, every, latest)
	}
	for _, word := range words(cmp.Or(req.Value(factorPace), lockStep)) {
		at := c
		if at.Rate, err = parsePace(word); err != nil {
			return nil, err
		}
		if at.Rate > 0 {
			at.Latest = frames == latest
			at.WarmUp = max(int(math.Ceil(at.Rate*warmUpSeconds)), minWarmUp)
			at.Ticks = max(int(math.Round(at.Rate*e.seconds/copytax.GenerationTicks)), 1) * copytax.GenerationTicks
		}
		if !slices.Contains(configs, at) {
			configs = append(configs, at)
		}
	}
	if req.Value(factorFrames) == latest && !slices.ContainsFunc(configs, func(c copytax.Config) bool { return c.Latest }) {
		return nil, fmt.Errorf("--frames %s: in lock-step the viewer reads every frame; give a rate, such as --pace 60%s", latest, hertz)
	}
	return configs, nil
}

// can reports whether an arm's viewer can read what a config asks for. Where the roles
// take turns there is nothing to skip: it reads every frame, which is the latest.
func (a side) can(c copytax.Config) bool {
	return !c.Latest || a.info.Latest || a.info.OneProcess && !a.info.Concurrent
}

// arePaced returns an error when no arm can have a pace that was asked for: the baseline
// alone would be measured, and nothing compared with it. Where it was asked for alone,
// or nothing else can run here, that is what was meant, or is said elsewhere.
func (l *Ladder) arePaced(arms []side, configs []copytax.Config) error {
	others := slices.DeleteFunc(slices.Clone(arms), func(a side) bool { return a.transport == Baseline })
	for _, c := range configs {
		if len(others) == 0 || slices.ContainsFunc(others, func(a side) bool { return a.can(c) }) {
			continue
		}
		able, err := l.able(func(info copytax.Info) bool { return side{info: info}.can(c) })
		if err != nil {
			return err
		}
		able = slices.DeleteFunc(able, func(name string) bool { return name == Baseline })
		hint := "give --frames " + every
		if len(able) > 0 {
			hint += ", or a transport that can: " + strings.Join(able, ", ")
		}
		return fmt.Errorf("--pace %s: no transport of the run can skip to the latest frame, so that %s would run alone: %s", paceOf(c), Baseline, hint)
	}
	return nil
}

// cellsOf returns the cells of an arm, and the paces at which it has none.
func (l *Ladder) cellsOf(a side, configs []copytax.Config) (cells []experiment.Cell, missing []experiment.Unavailable) {
	for _, c := range configs {
		if a.can(c) {
			cells = append(cells, l.cellOf(a, c))
			continue
		}
		u := experiment.Unavailable{
			What: a.name + " at " + paceOf(c), Reason: "its viewer cannot skip to the latest frame; --frames every runs it",
		}
		if !slices.Contains(missing, u) {
			missing = append(missing, u)
		}
	}
	return cells, missing
}

// pacing is the time that the ticks of a config take by their schedule.
func pacing(c copytax.Config) time.Duration {
	if c.Rate == 0 {
		return 0
	}
	return time.Duration(float64(c.WarmUp+c.Ticks+1) / c.Rate * float64(time.Second))
}

// conditionOf returns what cells must have in common to be in one table: the world but for
// its seed, which differs from session to session alone, when its ticks begin, which frames
// the viewer reads, and whether it is all in a tab and draws there.
func conditionOf(c experiment.Cell) string {
	f := worldFactors(c)
	delete(f, factorSeed)
	f[factorPace] = cmp.Or(c.Factors[factorPace], lockStep)
	f[factorFrames] = cmp.Or(c.Factors[factorFrames], every)
	if isInTab(c) {
		f[factorPlacement] = inTab.String()
		f[factorDisplay] = cmp.Or(c.Factors[factorDisplay], noDisplay)
	}
	return f.Condition()
}

// setPace fills what the factors of a cell say of its pace into a config.
func setPace(c *copytax.Config, cell experiment.Cell) (err error) {
	if c.Rate, err = parsePace(cmp.Or(cell.Factors[factorPace], lockStep)); err != nil {
		return fmt.Errorf("factor %s of %s: %w", factorPace, cell, err)
	}
	switch frames := cmp.Or(cell.Factors[factorFrames], every); frames {
	case every, latest:
		c.Latest = frames == latest
	default:
		return fmt.Errorf("factor %s of %s: %q, want %s or %s", factorFrames, cell, frames, every, latest)
	}
	return nil
}
