package transporttest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/control"
	"github.com/copytax/copytax/internal/judge"
)

const (
	scenarioName = "conformance"
	// inKit stands behind the name of a transport whose roles have a board beside the
	// descriptors that it gives them.
	inKit = " in the conformance kit"
	// mainVariable holds the number of the process whose test binary has a Main.
	mainVariable = "COPYTAX_CONFORMANCE_MAIN"
	// warmUp is how many ticks of processes come before those that are measured.
	warmUp = 20
)

// Main is the TestMain of a package whose tests call Run: the test binary, which Run
// starts once more for each role, is that role, and else runs the tests.
//
//	func TestMain(m *testing.M) { transporttest.Main(m, mine.Transports()...) }
func Main(m *testing.M, transports ...copytax.Transport) {
	if len(os.Args) == 3 && os.Args[1] == control.RoleVerb {
		names := experiment.Names[copytax.Transport]{What: "transport", All: transports, Of: copytax.Transport.Name}
		if err := control.Serve(Roles(list{names})); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if err := os.Setenv(mainVariable, strconv.Itoa(os.Getpid())); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// self returns the test binary if it has a Main, which else would run its tests as
// each role, and they would start it again.
func self() (string, error) {
	if os.Getenv(mainVariable) != strconv.Itoa(os.Getpid()) {
		return "", errors.New("this test binary cannot be a role: add func TestMain(m *testing.M) { transporttest.Main(m, ...) } with the transports of its tests")
	}
	return os.Executable()
}

// A list finds transports, and no scenario.
type list struct {
	experiment.Names[copytax.Transport]
}

func (l list) Transport(name string) (copytax.Transport, error) { return l.Find(name) }

func (list) Scenario(name string) (copytax.Scenario, error) {
	return nil, fmt.Errorf("unknown scenario %q", name)
}

// Roles returns a registry whose processes can be roles of the kit's trials, besides
// what next has. It is for the program that Options.Program names.
func Roles(next control.Registry) control.Registry { return &roles{Registry: next} }

// A roles is what the kit needs in a process that is a role.
type roles struct {
	control.Registry
	trial trial // of which this process plays a part
}

func (r *roles) Scenario(name string) (copytax.Scenario, error) {
	if name == scenarioName {
		return scenario{r}, nil
	}
	return r.Registry.Scenario(name)
}

func (r *roles) Transport(name string) (copytax.Transport, error) {
	name, ours := strings.CutSuffix(name, inKit)
	tr, err := r.Registry.Transport(name)
	if err != nil || !ours {
		return tr, err
	}
	return boarded{Transport: tr, trial: &r.trial}, nil
}

// A boarded transport gives each role, behind its own descriptors, that of the board.
// Roles of one process have the board without one.
type boarded struct {
	copytax.Transport
	trial *trial   // in a role
	file  *os.File // in the supervisor
}

func (b boarded) Name() string { return b.Transport.Name() + inKit }

// Wire implements copytax.Transport.
func (b boarded) Wire(c copytax.Config) (*copytax.Wiring, error) {
	w, err := b.Transport.Wire(c)
	if err != nil || b.Info().OneProcess {
		return w, err
	}
	for role := range w.Files {
		own, err := lab.Duplicate(b.file)
		if err != nil {
			w.Close()
			return nil, err
		}
		w.Files[role] = append(slices.Clip(w.Files[role]), own)
	}
	return w, nil
}

// enter finds the board and returns what is left for the link.
func (b boarded) enter(role copytax.Role, env copytax.Env) (copytax.Env, error) {
	t := b.trial
	t.tr, t.info, t.cfg = b.Transport, b.Info(), env.Config
	t.plan = plan{boids: env.Boids, latest: env.Latest, overlap: !t.inOneThread()}
	switch last := len(env.Files) - 1; {
	case t.board != nil:
	case t.info.OneProcess:
		t.board = &board{}
	case last < 0:
		return env, errors.New("the kit's board is missing")
	default:
		mem, err := mapBoard(env.Files[last])
		if err != nil {
			return env, err
		}
		env.Files = env.Files[:last]
		t.board = boardIn(mem)
	}
	t.board.roles[role].begin(opening, 0)
	return env, nil
}

// mapBoard maps the board for as long as the process lives, and closes file.
func mapBoard(file *os.File) ([]byte, error) {
	defer file.Close()
	return mapShared(file)
}

// opened opens a link by way of the board.
func opened[L any](b boarded, role copytax.Role, env copytax.Env, open func(copytax.Env) (L, error)) (link L, err error) {
	if env, err = b.enter(role, env); err != nil {
		return link, err
	}
	defer func() { b.trial.board.roles[role].end(opening, 0, err) }()
	return open(env)
}

func (b boarded) OpenKernel(env copytax.Env) (copytax.KernelLink, error) {
	return opened(b, copytax.Kernel, env, b.Transport.OpenKernel)
}

func (b boarded) OpenEngine(env copytax.Env) (copytax.EngineLink, error) {
	return opened(b, copytax.Engine, env, b.Transport.OpenEngine)
}

func (b boarded) OpenViewer(env copytax.Env) (copytax.ViewerLink, error) {
	return opened(b, copytax.Viewer, env, b.Transport.OpenViewer)
}

// A scenario is the kit's roles as actors of a real trial.
type scenario struct{ *roles }

func (scenario) Name() string { return scenarioName }

func (scenario) Summary() string { return "known messages, every float of which is looked at" }

func (s scenario) worker(role copytax.Role, env copytax.Env) *worker {
	return &worker{trial: &s.trial, role: role, mark: env.Mark}
}

func (s scenario) NewKernel(env copytax.Env, link copytax.KernelLink) (copytax.KernelActor, error) {
	k := &kernel{worker: s.worker(copytax.Kernel, env), link: link}
	return kernelActor{actor{k.worker, k.tick, k.close}, k}, nil
}

func (s scenario) NewEngine(env copytax.Env, link copytax.EngineLink) (copytax.Actor, error) {
	e, err := newEngine(s.worker(copytax.Engine, env), link)
	if err != nil {
		return nil, err
	}
	return actor{e.worker, e.tick, e.close}, nil
}

func (s scenario) NewViewer(env copytax.Env, link copytax.ViewerLink) (copytax.Actor, error) {
	v := &viewer{worker: s.worker(copytax.Viewer, env), link: link}
	if env.Latest {
		l := &latestViewer{viewer: v}
		return latestActor{actor{v.worker, l.use, l.close}, l}, nil
	}
	return actor{v.worker, v.tick, v.close}, nil
}

// An actor is a role that has looked at everything as it came, and owes no evidence but
// of which frames those were, where not all come.
type actor struct {
	worker *worker
	tick   func(epoch uint64) error
	close  func() error
}

func (a actor) Tick(epoch uint64) error { return a.tick(epoch) }
func (a actor) Close() error            { return a.close() }

func (a actor) Evidence() (copytax.Evidence, error) {
	return copytax.Evidence{Seen: a.worker.seen}, nil
}

type kernelActor struct {
	actor
	kernel *kernel
}

func (a kernelActor) Begin(epoch uint64) error { return a.kernel.begin(epoch) }

func (a kernelActor) Tick(epoch uint64) error {
	if err := a.kernel.read(epoch); err != nil {
		return err
	}
	return a.kernel.await(epoch)
}

// runProcesses plays a trial whose roles are processes, each alone in its own, as they
// are when they are measured. What burns in the supervisor does so in every trial, and
// a collection of this process in one.
func runProcesses(tr copytax.Transport, p plan, opt Options) error {
	burns := ""
	for range 3 {
		samples, c, err := inProcesses(tr, p, opt)
		if err != nil {
			return err
		}
		if err := plausible(tr.Info(), c, samples); err != nil {
			return err
		}
		if burns = judge.Supervised(samples); burns == "" {
			return nil
		}
	}
	return errors.New(burns)
}

// inProcesses plays one such trial with a board.
func inProcesses(tr copytax.Transport, p plan, opt Options) (samples []experiment.Sample, c copytax.Config, err error) {
	b := boarded{Transport: tr}
	if b.file, err = newBoardFile(); err != nil {
		return nil, c, err
	}
	defer b.file.Close()
	mem, err := mapShared(b.file)
	if err != nil {
		return nil, c, err
	}
	runtime.GC() // what other cases have left would be collected in this one
	samples, c, err = b.play(boardIn(mem), p, opt)
	return samples, c, errors.Join(err, unmap(mem))
}

// play plays the trial while it watches the board.
func (b boarded) play(shared *board, p plan, opt Options) ([]experiment.Sample, copytax.Config, error) {
	c := config(p.boids, opt.Ticks)
	c.WarmUp, c.Latest = warmUp, p.latest
	l := lab.New(opt.Program)
	defer l.Close()
	ctx, cancel := context.WithCancelCause(context.Background())
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		shared.watch(opt.Patience, ctx.Done(), cancel)
	}()
	samples, err := control.Run(ctx, l, control.Trial{
		Scenario: scenarioName, Transport: b, Config: c, Draw: 1, Timeout: opt.Timeout,
	})
	cancel(nil)
	<-watching // it reads the board, which is about to go
	return samples, c, err
}
