package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/internal/bench"
	"github.com/copytax/copytax/internal/machine"
	"github.com/copytax/copytax/internal/peer"
	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/transports"
)

// runFlags are the flags of run as they were typed.
type runFlags struct {
	all        bool
	scenario   string
	transports []string
	boids      string
	neighbours int
	mode       string
	profile    string
	blocks     int
	seed       uint64
	out        string
	resume     string
	json       bool
	report     bool
	engines    []string
	enginePath string

	native *nativeEngine // found by open if the plan needs it
}

func newRun() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Measure transports and record the results",
		Long: `Run the system under each transport, in fresh processes a trial, in blocks of
seeded random order, and record every trial in results/RUN as soon as it is
over. A run that was interrupted goes on with --resume. The baseline, direct, is
always run, twice a block: the second time shows how far equal arms lie apart.`,
		Example: `  copytax run --all --profile standard
  copytax run --transport 'unix+*,http+json' --boids 1k,10k --blocks 5
  copytax run --resume results/20261123T120000Z-quick`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.all, "all", false, "run every rung of the ladder (see copytax list)")
	fl.StringVar(&f.scenario, "scenario", "flock", "workload; of the gauges (see copytax list) several, separated by commas, or hub for all")
	fl.StringSliceVar(&f.transports, "transport", nil, "transports, by name or pattern, separated by commas")
	fl.StringVar(&f.boids, "boids", "", "numbers of boids, such as 1k,10k (default the profile's)")
	fl.IntVar(&f.neighbours, "neighbours", 8, "mean neighbours of a boid: 8, 32 or 128")
	fl.StringVar(&f.mode, "mode", "constant-density", "constant-density or fixed-volume")
	fl.StringVar(&f.profile, "profile", "quick", "quick or standard (see copytax list)")
	fl.IntVar(&f.blocks, "blocks", 0, "number of blocks (default the profile's)")
	fl.Uint64Var(&f.seed, "seed", 1, "seed of the world and of the order of trials")
	fl.StringVar(&f.out, "out", "", "folder for the results (default results/TIME-PROFILE)")
	fl.StringVar(&f.resume, "resume", "", "folder of a run to go on with; its plan is kept")
	fl.StringSliceVar(&f.engines, "engine", []string{bench.Wasm}, "engines of transports that can have either: wasm, native, or both")
	fl.StringVar(&f.enginePath, "engine-path", "", "the native engine (default flock-engine beside this program, then rust/target/release)")
	fl.BoolVar(&f.json, "json", false, "print the summary as JSON")
	fl.BoolVar(&f.report, "report", true, "draw the report at the end")
	return cmd
}

func (f *runFlags) run(cmd *cobra.Command) error {
	started, err := f.open(cmd)
	if err != nil {
		return err
	}
	defer started.Close()
	failed, err := f.carryOut(cmd.Context(), started, newProgress(cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	if err := started.Finish(); err != nil {
		return err
	}
	if err := f.conclude(cmd, started.Dir()); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d trials failed; the reasons are in the report and in %s",
			failed, trials(started.Manifest().Plan), filepath.Join(started.Dir(), store.SamplesName))
	}
	return nil
}

// open resumes a run or starts a new one.
func (f *runFlags) open(cmd *cobra.Command) (*store.Run, error) {
	if f.resume != "" {
		return f.reopen(cmd)
	}
	plan, err := f.planAny(cmd)
	if err != nil {
		return nil, usage(err)
	}
	if err := f.needEngine(plan); err != nil {
		return nil, err
	}
	info, err := machine.Fingerprint()
	if err != nil {
		return nil, err
	}
	fingerprint, err := json.Marshal(info)
	if err != nil {
		return nil, fmt.Errorf("encode the machine's fingerprint: %w", err)
	}
	for _, u := range plan.Missing() {
		fmt.Fprintf(cmd.ErrOrStderr(), "not run here: %s: %s\n", u.Transport, u.Reason)
	}
	return store.Create(f.folder(), store.Manifest{
		Command: os.Args, Version: f.version(), Machine: fingerprint, Plan: plan,
	})
}

// reopen resumes a run. Its plan is fixed, so flags that would change it are a
// mistake; so is another program, whose samples would not be comparable.
func (f *runFlags) reopen(cmd *cobra.Command) (*store.Run, error) {
	for _, name := range []string{
		"all", "scenario", "transport", "boids", "neighbours", "mode", "profile", "blocks", "seed", "out",
		"engine",
	} {
		if cmd.Flags().Changed(name) {
			return nil, usage(fmt.Errorf("--%s cannot be given with --resume: the run keeps its plan", name))
		}
	}
	dir, err := findRun(f.resume)
	if err != nil {
		return nil, err
	}
	r, err := store.Resume(dir)
	if err != nil {
		return nil, err
	}
	if err := f.sameConditions(r.Manifest()); err != nil {
		return nil, errors.Join(fmt.Errorf("resume %s: %w: the trials would not be comparable", dir, err), r.Close())
	}
	return r, nil
}

// version names the programs of a new run.
func (f *runFlags) version() store.Version {
	v := version()
	if f.native != nil {
		v.Engine = &f.native.is
	}
	return v
}

// sameConditions returns an error when the run was begun by another program, or
// on another machine, than this.
func (f *runFlags) sameConditions(m store.Manifest) error {
	if err := errors.Join(f.needEngine(m.Plan), f.sameEngine(m)); err != nil {
		return err
	}
	if is := version(); m.Version.Program != is.Program {
		return fmt.Errorf("it was begun by another build of copytax (%s, this is %s)", m.Version.Copytax, is.Copytax)
	}
	var was machine.Info
	if err := json.Unmarshal(m.Machine, &was); err != nil {
		return fmt.Errorf("read the machine's fingerprint: %w", err)
	}
	is, err := machine.Fingerprint()
	if err != nil {
		return err
	}
	for _, fact := range []struct{ what, was, is string }{
		{"processor", was.CPU.Model, is.CPU.Model},
		{"operating system's kernel", was.Kernel, is.Kernel},
		{"number of usable processors", fmt.Sprint(was.CPU.Usable), fmt.Sprint(is.CPU.Usable)},
		{"GOMAXPROCS", fmt.Sprint(was.Go.GOMAXPROCS), fmt.Sprint(is.Go.GOMAXPROCS)},
		{"GOGC", was.Go.GOGC, is.Go.GOGC},
		{"GOMEMLIMIT", was.Go.GOMEMLIMIT, is.Go.GOMEMLIMIT},
	} {
		if fact.was != fact.is {
			return fmt.Errorf("its %s was %q, here it is %q", fact.what, fact.was, fact.is)
		}
	}
	return nil
}

func (f *runFlags) folder() string {
	if f.out != "" {
		return f.out
	}
	return filepath.Join(resultsDir, time.Now().UTC().Format("20060102T150405Z")+"-"+f.profile)
}

// carryOut runs what is left of the run's plan.
func (f *runFlags) carryOut(ctx context.Context, r *store.Run, p bench.Progress) (failed int, err error) {
	if r.Manifest().Plan.Gauges() {
		return carryOutGauges(ctx, r, p)
	}
	exe, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("find this program, which plays the roles: %w", err)
	}
	s := peer.NewSupervisor(exe, roleVerb)
	defer s.Close()
	runner := bench.Runner{Supervisor: s, Transport: transports.Find, Progress: p}
	if f.native != nil {
		runner.Native = f.native.program
	}
	return runner.Run(ctx, r)
}
