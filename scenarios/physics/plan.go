package physics

import (
	"context"
	"errors"
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
	programs map[Kind]program
	threads  int // for back ends that use several
}

const answering = time.Minute // in which a worker says what it can do

// newSetup reads the options. That a program is not there is no mistake.
func newSetup(r experiment.Request) (setup, error) {
	threads, err := strconv.Atoi(r.Value("threads"))
	if err != nil || threads < 1 || threads > worker.MaxThreads {
		return setup{}, fmt.Errorf("--threads %q: want 1 to %d", r.Value("threads"), worker.MaxThreads)
	}
	node, err := nodeProgram(r)
	self := lab.Program{Path: r.Lab.Self(), Args: []string{lab.WorkerVerb, workerJob}}
	return setup{threads: threads, programs: map[Kind]program{
		Go:           {Program: self},
		Native:       nativeProgram(r, "native"),
		NativeScalar: nativeProgram(r, "native-scalar"),
		Node:         node,
	}}, err
}

func nativeProgram(r experiment.Request, option string) program {
	p := program{Program: lab.Program{Path: r.Value(option)}}
	if _, err := exec.LookPath(p.Path); err != nil {
		p.unavailable = fmt.Sprintf("--%s: %v", option, err)
	}
	return p
}

// nodeProgram is the worker in JavaScript, with the modules that there are.
func nodeProgram(r experiment.Request) (program, error) {
	p := program{Program: lab.Program{Path: r.Value("node"), Args: []string{r.Value("js-worker")}}, lacks: map[string]string{}}
	if _, err := exec.LookPath(p.Path); err != nil {
		p.unavailable = fmt.Sprintf("--node: %v", err)
	} else if _, err := os.Stat(r.Value("js-worker")); err != nil {
		p.unavailable = fmt.Sprintf("--js-worker: %v", err)
	}
	for module := range strings.SplitSeq(r.Value("module"), ",") {
		name, path, ok := strings.Cut(module, "=")
		if !ok || name == "" || path == "" {
			return p, fmt.Errorf("--module %q: want NAME=PATH", module)
		}
		if _, err := os.Stat(path); err != nil {
			p.lacks[name] = fmt.Sprintf("--module: %v", err)
			continue
		}
		p.Args = append(p.Args, "--module", module)
	}
	return p, nil
}

// Plan implements [experiment.Experiment].
func (p *physics) Plan(ctx context.Context, r experiment.Request) (plan experiment.Plan, err error) {
	worlds, blocks := r.Value("world"), 7
	if r.Profile == experiment.Quick {
		blocks = 3
		if worlds == "" {
			worlds = quickWorlds
		}
	}
	chosen, err := match(catalogue(), worlds, "world", worldName)
	if err != nil {
		return plan, err
	}
	wanted, err := match(ladder(), r.Value("backend"), "back end", backendName)
	if err != nil {
		return plan, err
	}
	if p.setup, err = newSetup(r); err != nil {
		return plan, err
	}
	found, err := p.setup.survey(ctx, r.Lab, wanted)
	if err != nil {
		return plan, err
	}
	plan = found.plan(chosen)
	plan.Blocks = blocks
	return plan, nil
}

// A survey is what the workers of this machine offer.
type survey struct {
	backends []backend // in the order of the ladder
	missing  []experiment.Unavailable
	native   error // why the machine's constants are not known
}

// survey starts every worker that one of the wanted back ends needs and asks what
// it has. A worker that cannot be started, or answers nonsense, is no error: what
// it would have offered is missing.
func (s setup) survey(ctx context.Context, l *lab.Lab, wanted []backend) (found survey, err error) {
	reasons := map[string]string{}
	for _, kind := range kinds() {
		of := func(b backend) bool { return b.Kind == kind }
		// The machine's constants come from the native worker, wanted or not.
		if !slices.ContainsFunc(wanted, of) && kind != Native {
			continue
		}
		offered, err := s.offers(ctx, l, kind)
		if ctx.Err() != nil {
			return found, context.Cause(ctx)
		}
		if kind == Native {
			found.native = err
		}
		for _, b := range wanted {
			if of(b) {
				reasons[b.Name] = s.reason(b, offered, err)
			}
		}
	}
	for _, b := range wanted {
		if reason := reasons[b.Name]; reason != "" {
			found.missing = append(found.missing, experiment.Unavailable{What: b.Name, Reason: reason})
			continue
		}
		found.backends = append(found.backends, b)
	}
	found.backends = resolve(found.backends, s.threads)
	if len(found.backends) == 0 {
		return found, noBackends(found.missing)
	}
	return found, nil
}

// offers asks a fresh worker what it has.
func (s setup) offers(ctx context.Context, l *lab.Lab, kind Kind) (map[string]string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, answering, fmt.Errorf("no reply within %v", answering))
	defer cancel()
	c, err := s.start(l, kind)
	if err != nil {
		return nil, err
	}
	defer c.leave()
	return c.backends(ctx)
}

// reason says why a back end is missing, "" if it is not.
func (s setup) reason(b backend, offered map[string]string, err error) string {
	reason, listed := offered[b.Own]
	switch {
	case err != nil:
		return err.Error()
	case listed:
		return reason
	case s.programs[b.Kind].lacks[b.Own] != "":
		return s.programs[b.Kind].lacks[b.Own]
	}
	return fmt.Sprintf("the %s worker has no %s for this processor", b.Kind, b.Own)
}

func noBackends(missing []experiment.Unavailable) error {
	err := errors.New("no back end can run here")
	for _, m := range missing {
		err = fmt.Errorf("%w; %s: %s", err, m.What, m.Reason)
	}
	return err
}

// plan lists the cells: of the machine, and of every back end on every world.
func (s survey) plan(worlds []world) experiment.Plan {
	p := experiment.Plan{Unavailable: s.missing}
	add := func(world, backend, group string) {
		factors := experiment.Factors{World: world, Backend: backend}
		p.Cells = append(p.Cells, experiment.Cell{Experiment: Name, Factors: factors, Group: group})
	}
	if s.native == nil {
		add(Constants, string(Native), machineGroup)
	} else {
		p.Warnings = append(p.Warnings, fmt.Sprintf("the machine's limits are not known: %v", s.native))
	}
	for _, b := range s.backends {
		p.Levels = append(p.Levels, b.level())
		if b.hasCeiling() {
			add(Ceiling, b.Name, machineGroup)
		}
	}
	for rank, w := range worlds {
		p.Levels = append(p.Levels, w.level(rank))
		for _, b := range s.backends {
			add(w.Name, b.Name, w.Name)
		}
	}
	return p
}

// hasCeiling reports whether the worker of a back end can say what it does at most.
func (b backend) hasCeiling() bool {
	return (b.Kind == Native || b.Kind == NativeScalar) && !b.Pooled
}
