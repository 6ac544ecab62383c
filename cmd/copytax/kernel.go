package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/internal/kernel"
	"github.com/copytax/copytax/internal/machine"
	"github.com/copytax/copytax/scenarios/flock/rung"
)

// kernelWorkerVerb is the hidden verb with which copytax starts itself as a
// worker of the kernel benchmark.
const kernelWorkerVerb = "kernel-worker"

const (
	maxRounds  = 1_000
	maxThreads = 64 // see MAX_PARTS in rust/flock/src/grid.rs
)

// kernelFlags are the flags of kernel as they were typed.
type kernelFlags struct {
	native       string
	nativeScalar string
	node         string
	worker       string
	modules      []string
	worlds       []string
	backends     []string
	profile      string
	rounds       int
	threads      int
	seed         uint64
	out          string
	render       string
	json         bool
}

func newKernel() *cobra.Command {
	var f kernelFlags
	cmd := &cobra.Command{
		Use:   "kernel",
		Short: "Measure the physics alone: every back end, where a boid's time goes, how far from the limit",
		Long: `Time the step of the flock with every back end that this machine has, from plain
JavaScript to native AVX2 on all cores, on worlds of many sizes. All back ends
must compute the same bits before they are timed, and are timed in rounds of
random order. The native workers are built from rust/flock-native (make
bench-kernel does that); what is not there is listed and the rest goes on.`,
		Example: `  copytax kernel --world 3d-8-10k --rounds 3
  copytax kernel --profile standard --native rust/target/release/flock-worker --out reports/kernel
  copytax kernel --render reports/kernel`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.native, "native", "", "the native worker, as the compiler makes it")
	fl.StringVar(&f.nativeScalar, "native-scalar", "", "the native worker, built without auto-vectorisation")
	fl.StringVar(&f.node, "node", "node", "the program that runs JavaScript")
	fl.StringVar(&f.worker, "worker", "internal/kernel/js/worker.mjs", "the worker in JavaScript")
	fl.StringArrayVar(&f.modules, "module", []string{"wasm=scenarios/flock/flock.wasm", "wasm-scalar=scenarios/flock/flock-scalar.wasm"},
		"WebAssembly modules for V8, as NAME=PATH")
	fl.StringSliceVar(&f.worlds, "world", nil, "worlds, by name or pattern, separated by commas (default the profile's)")
	fl.StringSliceVar(&f.backends, "backend", nil, "back ends, by name or pattern, separated by commas (default all)")
	fl.StringVar(&f.profile, "profile", "quick", "quick or standard")
	fl.IntVar(&f.rounds, "rounds", 0, "rounds a world (default the profile's)")
	fl.IntVar(&f.threads, "threads", min(runtime.NumCPU(), maxThreads), "threads of back ends that use several")
	fl.Uint64Var(&f.seed, "seed", 1, "seed of the order of timings")
	fl.StringVar(&f.out, "out", "", "folder for "+kernel.ResultsName+", "+kernel.IndexName+" and "+kernel.FigureName+" (default none)")
	fl.StringVar(&f.render, "render", "", "draw the results in this folder again and measure nothing")
	fl.BoolVar(&f.json, "json", false, "print the numbers as JSON")
	return cmd
}

func newKernelWorker() *cobra.Command {
	return &cobra.Command{
		Use:    kernelWorkerVerb,
		Short:  "Step worlds for the kernel benchmark; started by kernel",
		Hidden: true,
		Args:   noArguments,
		RunE:   func(cmd *cobra.Command, _ []string) error { return rung.Serve(os.Stdin, cmd.OutOrStdout()) },
	}
}

func (f *kernelFlags) run(cmd *cobra.Command) error {
	if f.render != "" {
		return f.draw(cmd)
	}
	runner, err := f.plan()
	if err != nil {
		return usage(err)
	}
	if runner.Programs, err = f.programs(); err != nil {
		return err
	}
	results, err := f.describe()
	if err != nil {
		return err
	}
	progress := newKernelProgress(cmd.ErrOrStderr())
	runner.Referee, runner.Progress, runner.Save = kernel.NewReferee, progress, f.save
	err = runner.Run(cmd.Context(), results)
	progress.end()
	if err != nil {
		if cmd.Context().Err() != nil {
			return f.interrupted()
		}
		return err
	}
	return f.conclude(cmd, results)
}

func (f *kernelFlags) interrupted() error {
	if _, err := os.Stat(filepath.Join(f.out, kernel.ResultsName)); f.out == "" || err != nil {
		return errors.New("interrupted before the first world was finished, or with nowhere to keep it (--out)")
	}
	return fmt.Errorf("interrupted; the worlds that were finished are in %s", f.out)
}

// draw renders what was measured before.
func (f *kernelFlags) draw(cmd *cobra.Command) error {
	for _, name := range []string{"native", "native-scalar", "node", "worker", "module", "world", "backend", "profile",
		"rounds", "threads", "seed", "out", "json"} {
		if cmd.Flags().Changed(name) {
			return usage(fmt.Errorf("--%s cannot be given with --render, which measures nothing", name))
		}
	}
	if err := kernel.Render(f.render); err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), filepath.Join(f.render, kernel.IndexName))
	return nil
}

// plan turns the flags into a runner, or says what is wrong with them.
func (f *kernelFlags) plan() (*kernel.Runner, error) {
	profile, err := kernel.ParseProfile(f.profile)
	if err != nil {
		return nil, err
	}
	r := &kernel.Runner{Rounds: profile.Rounds, Threads: f.threads, Seed: f.seed}
	if f.rounds != 0 {
		r.Rounds = f.rounds
	}
	if r.Rounds < 1 || r.Rounds > maxRounds {
		return nil, fmt.Errorf("--rounds %d: want 1 to %d", r.Rounds, maxRounds)
	}
	if f.threads < 1 || f.threads > maxThreads {
		return nil, fmt.Errorf("--threads %d: want 1 to %d", f.threads, maxThreads)
	}
	if r.Backends, err = kernel.MatchBackends(f.backends); err != nil {
		return nil, err
	}
	worlds := f.worlds
	if len(worlds) == 0 {
		worlds = profile.Worlds
	}
	for _, module := range f.modules {
		if name, path, ok := strings.Cut(module, "="); !ok || name == "" || path == "" {
			return nil, fmt.Errorf("--module %q: want NAME=PATH", module)
		}
	}
	r.Worlds, err = kernel.MatchWorlds(kernel.Catalogue(kernel.Published()...), worlds)
	return r, err
}

// describe notes what is measured, and on what.
func (f *kernelFlags) describe() (*kernel.Results, error) {
	info, err := machine.Fingerprint()
	if err != nil {
		return nil, err
	}
	return &kernel.Results{
		Command: os.Args, Created: time.Now().UTC().Truncate(time.Second),
		Version: version(), Machine: info, Profile: f.profile,
	}, nil
}

// save keeps the results so far, if they are to be kept.
func (f *kernelFlags) save(results *kernel.Results) error {
	if f.out == "" {
		return nil
	}
	return results.Save(f.out)
}

// conclude prints the tables and draws the page.
func (f *kernelFlags) conclude(cmd *cobra.Command, results *kernel.Results) error {
	show := kernel.Terminal
	if f.json {
		show = kernel.JSON
	}
	if err := show(cmd.OutOrStdout(), results); err != nil {
		return err
	}
	if f.out != "" {
		if err := kernel.Render(f.out); err != nil {
			return err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "results: %s\n", filepath.Join(f.out, kernel.IndexName))
	}
	if n := len(results.Failures); n > 0 {
		return fmt.Errorf("%d measurements of a back end on a world failed; the reasons are below the tables", n)
	}
	return nil
}

// programs says how each worker is started here.
func (f *kernelFlags) programs() ([]kernel.Program, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program, which is a worker too: %w", err)
	}
	return []kernel.Program{
		{Kind: kernel.Go, Command: []string{exe, kernelWorkerVerb}},
		nativeProgram(kernel.Native, "--native", f.native),
		nativeProgram(kernel.NativeScalar, "--native-scalar", f.nativeScalar),
		f.nodeProgram(),
	}, nil
}

func nativeProgram(kind kernel.Kind, flag, path string) kernel.Program {
	p := kernel.Program{Kind: kind, Command: []string{path}}
	if path == "" {
		p.Unavailable = "no native worker was given by " + flag
	} else if _, err := exec.LookPath(path); err != nil {
		p.Unavailable = fmt.Sprintf("%s: %v", flag, err)
	}
	return p
}

// nodeProgram is the worker in JavaScript, with the modules that there are.
func (f *kernelFlags) nodeProgram() kernel.Program {
	p := kernel.Program{Kind: kernel.Node, Command: []string{f.node, f.worker}}
	if _, err := exec.LookPath(f.node); err != nil {
		p.Unavailable = fmt.Sprintf("--node: %v", err)
	} else if _, err := os.Stat(f.worker); err != nil {
		p.Unavailable = fmt.Sprintf("--worker: %v", err)
	}
	p.Lacks = map[string]string{}
	for _, module := range f.modules {
		name, path, _ := strings.Cut(module, "=")
		if _, err := os.Stat(path); err != nil {
			p.Lacks[name] = fmt.Sprintf("--module: %v", err)
			continue
		}
		p.Command = append(p.Command, "--module", module)
	}
	return p
}
