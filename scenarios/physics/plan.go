package physics

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/physics/worker"
)

// A setup is how workers are started and used.
type setup struct {
	programs map[Kind]*program
	browser  chromium
	threads  int // for back ends that use several
}

const answering = time.Minute // in which a worker says what it can do

// newSetup reads the options. That a program is not there is no mistake.
func newSetup(r experiment.Request) (setup, error) {
	threads, err := strconv.Atoi(r.Value("threads"))
	if err != nil || threads < 1 || threads > worker.MaxThreads {
		return setup{}, fmt.Errorf("--threads %q: want 1 to %d", r.Value("threads"), worker.MaxThreads)
	}
	node := programOf(r, "node", r.Value("js-worker"))
	if _, err := os.Stat(r.Value("js-worker")); err != nil && node.unavailable == nil {
		node.unavailable = fmt.Errorf("--js-worker: %w", err)
	}
	return setup{threads: threads, browser: chromium{path: r.Value("browser")}, programs: map[Kind]*program{
		Go:           {Program: lab.Program{Path: r.Lab.Self(), Args: []string{lab.WorkerVerb, workerJob}}},
		Native:       programOf(r, "native"),
		NativeScalar: programOf(r, "native-scalar"),
		Node:         node,
		Tab:          {lacks: map[string]string{}},
	}}, node.addModules(r.Value("module"))
}

func programOf(r experiment.Request, option string, args ...string) *program {
	p := &program{Program: lab.Program{Path: r.Value(option), Args: args}, lacks: map[string]string{}}
	if _, err := exec.LookPath(p.Path); err != nil {
		p.unavailable = fmt.Errorf("--%s: %w", option, err)
	}
	return p
}

// addModules gives the worker in JavaScript the modules that there are.
func (p *program) addModules(modules string) error {
	for module := range strings.SplitSeq(modules, ",") {
		name, path, _ := strings.Cut(module, "=")
		if name == "" || path == "" {
			return fmt.Errorf("--module %q: want NAME=PATH", module)
		}
		if _, err := os.Stat(path); err != nil {
			p.lacks[name] = fmt.Sprintf("--module: %v", err)
			continue
		}
		p.Args = append(p.Args, "--module", module)
	}
	return nil
}

// Plan implements [experiment.Experiment].
func (p *physics) Plan(ctx context.Context, r experiment.Request) (plan experiment.Plan, err error) {
	patterns := r.Value("world")
	plan.Blocks = 7
	if r.Profile == experiment.Quick {
		plan.Blocks = 3
		patterns = cmp.Or(patterns, quickWorlds)
	}
	chosen, err := match(worlds(), patterns)
	if err != nil {
		return plan, err
	}
	wanted, err := match(backends(), r.Value("backend"))
	if err != nil {
		return plan, err
	}
	if p.setup, err = newSetup(r); err != nil {
		return plan, err
	}
	p.setup.browser.probe(ctx, wanted)
	found, err := p.setup.survey(ctx, r.Lab, wanted, &plan)
	if err != nil {
		return plan, err
	}
	addCells(&plan, found, chosen, p.setup.browser.what)
	return plan, nil
}

// match returns what patterns with commas between them pick, all when there is none.
func match[T any](names experiment.Names[T], patterns string) ([]T, error) {
	return names.Match(strings.Split(cmp.Or(patterns, "*"), ",")...)
}

// survey starts every worker that one of the wanted back ends needs and asks what
// it has. A worker that cannot be started, or answers nonsense, is no error: what
// it would have offered is missing from the plan.
func (s setup) survey(ctx context.Context, l *lab.Lab, wanted []backend, plan *experiment.Plan) (found []backend, err error) {
	offers := map[Kind]map[string]string{}
	failures := map[Kind]error{}
	for kind := range s.programs {
		// The machine's constants come from the native worker, wanted or not.
		if kind != Native && !slices.ContainsFunc(wanted, func(b backend) bool { return b.Kind == kind }) {
			continue
		}
		offers[kind], failures[kind] = s.offers(ctx, l, kind)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	for _, b := range wanted {
		reason := s.reason(b, offers[b.Kind], failures[b.Kind])
		if reason == "" {
			found = append(found, b)
			continue
		}
		plan.Unavailable = append(plan.Unavailable, experiment.Unavailable{What: b.Name, Reason: reason})
	}
	if len(found) == 0 {
		return nil, nil
	}
	if why := failures[Native]; why != nil {
		plan.Warnings = append(plan.Warnings, fmt.Sprintf("the machine's limits are not known: %v", why))
	} else {
		addCell(plan, Constants, string(Native), machineGroup)
	}
	return resolve(found, s.threads), nil
}

// offers asks a fresh worker for its back ends: why one is unavailable, by the
// worker's own name, or "" if it is not.
func (s setup) offers(ctx context.Context, l *lab.Lab, kind Kind) (map[string]string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, answering, fmt.Errorf("no reply within %v", answering))
	defer cancel()
	c, err := s.start(ctx, l, kind)
	if err != nil {
		return nil, err
	}
	defer c.leave()
	words, err := c.ask(ctx, "backends")
	offered := map[string]string{}
	for _, word := range words {
		name, reason, missing := strings.Cut(word, ":")
		if missing {
			reason = cmp.Or(reason, "for no reason that it gives")
		}
		offered[name] = strings.ReplaceAll(reason, "_", " ")
	}
	return offered, err
}

// reason says why a back end is missing, "" if it is not.
func (s setup) reason(b backend, offered map[string]string, err error) string {
	if err != nil {
		return err.Error()
	}
	if reason, listed := offered[b.Own]; listed {
		return reason
	}
	return cmp.Or(s.programs[b.Kind].lacks[b.Own], fmt.Sprintf("the %s worker has no %s for this processor", b.Kind, b.Own))
}

// addCells adds the cells of the machine, and of every back end on every world.
// A back end in a tab names its browser. What a back end cannot step is listed.
func addCells(p *experiment.Plan, backends []backend, worlds []world, browser string) {
	for _, b := range backends {
		p.Levels = append(p.Levels, b.level())
		// The worker of a back end in Rust can say what it does at most.
		if (b.Kind == Native || b.Kind == NativeScalar) && !b.Pooled {
			addCell(p, Ceiling, b.Name, machineGroup)
		}
	}
	for rank, w := range worlds {
		p.Levels = append(p.Levels, w.level(rank))
		for _, b := range backends {
			if !b.can(w) {
				p.Unavailable = append(p.Unavailable, experiment.Unavailable{What: b.Name + " on " + w.Name, Reason: "its shaders take worlds in space only"})
				continue
			}
			c := addCell(p, w.Name, b.Name, w.Name)
			if b.Kind == Tab {
				c.Factors[Browser] = browser
			}
		}
	}
}

func addCell(p *experiment.Plan, world, backend, group string) experiment.Cell {
	c := experiment.Cell{Experiment: Name, Factors: experiment.Factors{World: world, Backend: backend}, Group: group}
	p.Cells = append(p.Cells, c)
	return c
}
