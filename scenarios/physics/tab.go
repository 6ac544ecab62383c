package physics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/copytax/copytax/browser"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/control"
	"github.com/copytax/copytax/internal/tab"
	"github.com/copytax/copytax/scenarios/flock/wasmhost"
)

// The metrics of a step that was held to the oracle.
const (
	ofBoundMetric = "of_bound_fraction" // the largest error of a float in what rounding can explain
	judgedMetric  = "judged_boids"      // of which that was asked
)

// The bounds of docs/oracle.md are for operations that round to the nearest, as those
// of a processor do. WGSL grants a division 2.5 units in the last place, and a square
// root more.
const (
	onProcessor = 1
	onGraphics  = 2
	software    = "swiftshader" // in the name of an adapter that is the processor
)

// A chromium is the browser of the back ends in a tab, as a plan found it.
type chromium struct {
	path        string // as in [tab.Options]
	what        string // its version, and what draws for it
	unavailable error
}

// probe finds out what the browser can, if a wanted back end is in a tab.
func (b *chromium) probe(ctx context.Context, wanted []backend) {
	if !slices.ContainsFunc(wanted, func(b backend) bool { return b.Kind == Tab }) {
		return
	}
	a, err := tab.Probe(ctx, b.path)
	b.what, b.unavailable = fmt.Sprintf("%s, %s %s", a.Browser, a.Vendor, a.Architecture), err
}

// open starts a browser with the page of the physics. It outlives ctx, which is that of
// one trial of several.
func (b *chromium) open(ctx context.Context, l *lab.Lab) (peer, error) {
	if b.unavailable != nil {
		return nil, b.unavailable
	}
	files, err := browser.Page("physics")
	if err != nil {
		return nil, err
	}
	files["flock.wasm"] = wasmhost.Module()
	runtime := tab.Runtime{Options: tab.Options{Path: b.path}, Site: tab.Site{Files: files}}
	process, stream, err := runtime.Start(context.WithoutCancel(ctx), l, &control.Assignment{}, nil)
	if err != nil {
		return nil, err
	}
	return tabPeer{process, stream}, nil
}

// A tabPeer is the worker in a tab.
type tabPeer struct {
	control.Process
	io.ReadWriteCloser
}

// PID is that of the browser's first process.
func (p tabPeer) PID() int {
	if several, ok := p.Process.(control.Several); ok {
		if pids := several.PIDs(); len(pids) > 0 {
			return slices.Min(pids)
		}
	}
	return 0
}

func (p tabPeer) leave() {
	p.Kill() // what it knew has been asked, and it has nothing to put away
	_, _ = p.End()
	p.Close()
}

// judge holds the step of a shader to the oracle, in the browser, and to the neighbours
// that the reference found.
func (s *session) judge(ctx context.Context, c *client, b backend, t experiment.Trial, metrics map[string]float64) error {
	words, err := c.ask(ctx, "adapter "+b.Own)
	if err != nil {
		return err
	}
	adapter := strings.Join(words, " ")
	if was := t.Of.Factors[Browser]; !strings.HasSuffix(was, ", "+adapter) {
		return fmt.Errorf("%s runs on %q, and the plan was made with %q", b.Name, adapter, was)
	}
	n, err := c.numbers(ctx, []int{count, count, count}, "judge %s", b.Own)
	if err != nil {
		return err
	}
	limit := float64(onGraphics)
	if strings.Contains(adapter, software) {
		limit = onProcessor
	}
	worst, judged, neighbours := float64(n[0])/1e6, n[1], n[2]
	metrics[ofBoundMetric], metrics[judgedMetric] = worst, float64(judged)
	switch want := s.truth.neighbours; {
	case judged == 0:
		return errors.New("the oracle was asked of no boid")
	case worst > limit:
		return fmt.Errorf("%w: after tick %d a float of %s is %.3g of the bound of its rounding from the oracle's, want at most %g",
			errWrong, s.truth.tick+1, b.Name, worst, limit)
	case neighbours != want:
		return fmt.Errorf("%w: at tick %d %s found %d neighbours, the reference %d", errWrong, s.truth.tick, b.Name, neighbours, want)
	}
	return nil
}
