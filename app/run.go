package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/doc"
	"github.com/copytax/copytax/internal/machine"
	"github.com/copytax/copytax/internal/run"
	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/scenarios"
)

const (
	maxBlocks  = 1_000
	maxRepeats = 9
)

// runFlags are the flags of run as they were typed. What an experiment can vary
// is in options.
type runFlags struct {
	scenario string
	profile  string
	blocks   int
	time     time.Duration
	seed     uint64
	repeats  int
	out      string
	resume   string
	json     bool
	report   bool
	options  options
	catalogue
}

func newRun(c catalogue) *cobra.Command {
	f := runFlags{catalogue: c}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Measure, and record the results",
		Long: `Measure an experiment, by default the flock under each transport, in fresh
processes a trial, in blocks of seeded random order, and record every trial in
results/RUN as soon as it is over. A run that was interrupted goes on with
--resume; so does one of which trials have failed, which are then run again.`,
		Example: `  copytax run --all --profile standard
  copytax run --transport 'unix+*,http+json' --boids 1k,10k --blocks 5
  copytax run --scenario signal,handoff,fanout --profile quick`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.common(cmd.Flags())
	f.options.add(cmd, c)
	return cmd
}

// common adds the flags that no experiment declares.
func (f *runFlags) common(fl *pflag.FlagSet) {
	fl.StringVar(&f.scenario, "scenario", scenarios.Default, "`experiments` to measure, separated by commas, or hub for all gauges of it (see copytax list)")
	fl.StringVar(&f.profile, "profile", string(experiment.Quick), "quick, standard (15 minutes for the flock) or paper (two hours, and what differs from run to run is in the intervals)")
	fl.IntVar(&f.blocks, "blocks", 0, "`number` of blocks (default the profile's, and then as many as narrow intervals take)")
	fl.DurationVar(&f.time, "time", 0, "how long to go on narrowing intervals, such as 10m (default the profile's)")
	fl.Uint64Var(&f.seed, "seed", 1, "seed of worlds and of the order of trials")
	fl.IntVar(&f.repeats, "repeats", experiment.UsualRepeats, "`times` that a trial is run again at once where the machine disturbed it (default of quick: 0)")
	fl.StringVar(&f.out, "out", "", "`folder` for the results (default results/TIME-PROFILE)")
	fl.StringVar(&f.resume, "resume", "", "`run` to go on with, or whose failed trials to run again; its plan is kept")
	fl.BoolVar(&f.json, "json", false, "print the summary as JSON")
	fl.BoolVar(&f.report, "report", true, "draw the report at the end")
}

// reserved names the flags of run that an experiment cannot have.
func reserved() (names []string) {
	fl := pflag.NewFlagSet("run", pflag.ContinueOnError)
	new(runFlags).common(fl)
	fl.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return append(names, "help")
}

func (f *runFlags) run(cmd *cobra.Command) error {
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program, whose copies are the workers: %w", err)
	}
	l := lab.New(exe)
	defer l.Close()
	started, err := f.open(cmd, l)
	if err != nil {
		return err
	}
	defer started.Close()
	observer, err := machine.NewObserver()
	if err != nil {
		return err
	}
	runner := run.Runner{Lab: l, Find: f.Find, Progress: newProgress(cmd.ErrOrStderr(), started.Manifest().Plan), Observer: observer}
	failed, err := runner.Run(cmd.Context(), started)
	if err != nil {
		if cmd.Context().Err() != nil {
			return fmt.Errorf("%w; continue with: copytax run --resume %s", err, started.Dir())
		}
		return err
	}
	if err := started.Finish(); err != nil {
		return err
	}
	if err := f.conclude(cmd, started.Dir()); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d trials failed; the reasons are in the report; to run them again: copytax run --resume %s",
			failed, len(started.Manifest().Plan.Order()), started.Dir())
	}
	return nil
}

// open resumes a run or starts a new one. It writes nothing before all that was
// asked for is known to be possible.
func (f *runFlags) open(cmd *cobra.Command, l *lab.Lab) (*store.Run, error) {
	if cmd.Flags().Changed("resume") {
		return f.reopen(cmd, l)
	}
	plan, err := f.plan(cmd, l)
	if err != nil {
		return nil, err
	}
	dir := f.folder(cmd)
	if err := f.checkPlace(dir); err != nil {
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
	version, err := f.versionOf(cmd.Context(), l, plan)
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, u := range plan.Missing() {
		missing = append(missing, u.What+": "+u.Reason)
	}
	if len(plan.Cells) == 0 {
		return nil, fmt.Errorf("nothing of %s can be measured here: %s", f.scenario, strings.Join(missing, "; "))
	}
	for _, what := range missing {
		fmt.Fprintln(cmd.ErrOrStderr(), "not run here:", what)
	}
	for _, hint := range plan.Hints {
		fmt.Fprintln(cmd.ErrOrStderr(), hint)
	}
	limits := machine.Limitations(info)
	started, err := store.Create(dir, store.Manifest{
		Command: os.Args, Version: version, Machine: fingerprint, Plan: plan, Warnings: append(plan.Warnings, warnings(limits)...),
	})
	if err != nil {
		return nil, err
	}
	for _, check := range limits {
		fmt.Fprintf(cmd.ErrOrStderr(), "warning: %s; to mend it: %s\n", check.Warning(), check.Advice)
	}
	return started, nil
}

// warnings are what checks say to a reader of the figures.
func warnings(checks []machine.Check) (all []string) {
	for _, check := range checks {
		all = append(all, check.Warning())
	}
	return all
}

// plan turns the flags into a plan, or says what is wrong with them.
func (f *runFlags) plan(cmd *cobra.Command, l *lab.Lab) (experiment.Plan, error) {
	chosen, err := f.chosen()
	if err != nil {
		return experiment.Plan{}, usage(err)
	}
	values, err := f.options.values(chosen)
	if err != nil {
		return experiment.Plan{}, usage(err)
	}
	request := experiment.Request{Profile: experiment.Profile(f.profile), Seed: f.seed, Values: values, Given: f.options.given(), Lab: l}
	if !slices.Contains(experiment.Profiles(), request.Profile) {
		return experiment.Plan{}, usage(fmt.Errorf("unknown profile %q: want %s, %s or %s", f.profile, experiment.Quick, experiment.Standard, experiment.Paper))
	}
	all := experiment.Plan{Profile: request.Profile, Seed: f.seed, Options: f.options.recorded(values)}
	for _, e := range chosen {
		part, err := e.Plan(cmd.Context(), request)
		if err != nil {
			return all, usage(err)
		}
		level := experiment.Level{Factor: experiment.ExperimentFactor, Value: e.Name(), Summary: e.Summary()}
		if level.Credit(f.Module(e.Name())); level.Facts != nil {
			part.Levels = append(part.Levels, level)
		}
		if err := join(&all, part, e.Name()); err != nil && !cmd.Flags().Changed("blocks") {
			return all, usage(err)
		}
	}
	if all.Programs, err = f.options.programs(values); err != nil {
		return all, err
	}
	if err := f.growth(cmd, &all); err != nil {
		return all, usage(err)
	}
	if all.Blocks < 1 || all.Blocks > maxBlocks {
		return all, usage(fmt.Errorf("--blocks %d: want 1 to %d", all.Blocks, maxBlocks))
	}
	if f.repeats < 0 || f.repeats > maxRepeats {
		return all, usage(fmt.Errorf("--repeats %d: want 0 to %d", f.repeats, maxRepeats))
	}
	repeats := f.repeats
	if request.Profile == experiment.Quick && !cmd.Flags().Changed("repeats") {
		repeats = 0 // a first look marks what was disturbed, and takes no longer for it
	}
	all.Environment = experiment.UsualEnvironment(repeats)
	return all, nil
}

// growth decides whether the run goes on behind its blocks, and for how long.
func (f *runFlags) growth(cmd *cobra.Command, all *experiment.Plan) error {
	if cmd.Flags().Changed("blocks") {
		all.Blocks, all.Growth = f.blocks, nil
	}
	switch given := cmd.Flags().Changed("time"); {
	case !given:
		return nil
	case cmd.Flags().Changed("blocks"):
		return errors.New("--blocks and --time exclude each other: a number of blocks takes the time that it takes")
	case all.Growth == nil:
		return fmt.Errorf("--time %v: this run has a fixed number of blocks; give --blocks", f.time)
	case f.time <= 0:
		return fmt.Errorf("--time %v: want more than nothing", f.time)
	}
	all.Growth.Seconds = f.time.Seconds()
	return nil
}

// join adds an experiment's plan to the run's. An error says that the two differ
// in their blocks.
func join(all *experiment.Plan, part experiment.Plan, name string) (err error) {
	if len(all.Experiments) > 0 && all.Blocks != part.Blocks {
		err = fmt.Errorf("%s has %d blocks and %s %d: say how many with --blocks, or run them apart", all.Experiments[0], all.Blocks, name, part.Blocks)
	}
	// Only a run of one experiment grows: another one's blocks would wait for its rounds.
	if all.Growth = part.Growth; len(all.Experiments) > 0 {
		all.Growth = nil
	}
	all.Experiments = append(all.Experiments, name)
	all.Blocks = max(all.Blocks, part.Blocks)
	all.Levels = append(all.Levels, part.Levels...)
	all.Cells = append(all.Cells, part.Cells...)
	all.Unavailable = append(all.Unavailable, part.Unavailable...)
	all.Warnings = append(all.Warnings, part.Warnings...)
	all.Hints = append(all.Hints, part.Hints...)
	return err
}

// chosen returns the experiments that --scenario names, each once.
func (f *runFlags) chosen() (chosen []experiment.Experiment, err error) {
	for word := range strings.SplitSeq(f.scenario, ",") {
		found, err := f.Named(strings.TrimSpace(word))
		if err != nil {
			return nil, err
		}
		for _, e := range found {
			known := func(c experiment.Experiment) bool { return c.Name() == e.Name() }
			if !slices.ContainsFunc(chosen, known) {
				chosen = append(chosen, e)
			}
		}
	}
	return chosen, nil
}

// reopen resumes a run. Its plan is fixed, so flags that would change it are a
// mistake; so is another program, whose samples would not be comparable.
func (f *runFlags) reopen(cmd *cobra.Command, l *lab.Lab) (*store.Run, error) {
	for _, name := range append([]string{"scenario", "profile", "blocks", "time", "seed", "repeats", "out"}, f.options.fixed()...) {
		if cmd.Flags().Changed(name) {
			return nil, usage(fmt.Errorf("--%s cannot be given with --resume: the run keeps its plan", name))
		}
	}
	dir, err := findRun(f.resume)
	if err != nil {
		return nil, err
	}
	return store.Resume(dir, func(m store.Manifest) error {
		if err := f.sameConditions(cmd.Context(), l, m); err != nil {
			return err
		}
		return f.planAgain(cmd, l, m.Plan)
	})
}

// planAgain lets each experiment of a run find again what its sessions need, such as
// the programs of its workers. The plan itself is kept.
func (f *runFlags) planAgain(cmd *cobra.Command, l *lab.Lab, plan experiment.Plan) error {
	request := experiment.Request{Profile: plan.Profile, Seed: plan.Seed, Values: f.options.again(plan.Options), Lab: l}
	are, err := f.options.programs(request.Values)
	if err != nil {
		return err
	}
	for name, was := range plan.Programs {
		if are[name] != was {
			return fmt.Errorf("its --%s was another program than %s is: %s", name, request.Values[name], incomparable)
		}
	}
	for _, name := range plan.Experiments {
		e, err := f.Find(name)
		if err != nil {
			return err
		}
		if _, err := e.Plan(cmd.Context(), request); err != nil {
			return err
		}
	}
	return nil
}

const incomparable = "its trials and new ones would not be comparable"

// sameConditions returns an error when the run was begun by other programs, or on
// another machine, than this.
func (f *runFlags) sameConditions(ctx context.Context, l *lab.Lab, m store.Manifest) error {
	version, err := f.versionOf(ctx, l, m.Plan)
	if err != nil {
		return err
	}
	if m.Version.Program != version.Program {
		return fmt.Errorf("it was begun by another build of copytax (%s, this is %s): %s", m.Version.Copytax, version.Copytax, incomparable)
	}
	if was, is := m.Version.Engine, version.Engine; (was == nil) != (is == nil) || was != nil && *was != *is {
		return fmt.Errorf("it was begun with another build of the native engine: %s", incomparable)
	}
	was, err := machine.Parse(m.Machine)
	if err != nil {
		return err
	}
	is, err := machine.Fingerprint()
	if err != nil {
		return err
	}
	return sameMachine(was, is)
}

// sameMachine returns the first condition of a measurement that is another one now.
func sameMachine(was, is machine.Info) error {
	for _, d := range machine.Differences(was, is) {
		if d.Apart {
			return fmt.Errorf("its %s was %q, here it is %q: %s", d.What, d.Was, d.Is, incomparable)
		}
	}
	return nil
}

// checkPlace returns an error where the run or its report would spoil another one.
func (f *runFlags) checkPlace(dir string) error {
	if err := doc.CheckPlace(dir); err != nil || !f.report {
		return err
	}
	return doc.CheckTarget(reportFolder(dir), dir)
}

// versionOf names this program, and the other one that the plan needs.
func (f *runFlags) versionOf(ctx context.Context, l *lab.Lab, plan experiment.Plan) (store.Version, error) {
	v := f.version()
	engine, err := f.Ladder.Equip(l, plan, f.options.typed("engine-path"))
	if err == nil && engine != nil {
		v.Engine = &store.NativeEngine{Version: engine.Version, BLAKE3: engine.BLAKE3}
	}
	if err == nil {
		err = f.Ladder.OpenBrowser(ctx, plan, f.options.typed("browser"))
	}
	return v, err
}

func (f *runFlags) folder(cmd *cobra.Command) string {
	if cmd.Flags().Changed("out") {
		return f.out
	}
	return filepath.Join(resultsDir, time.Now().UTC().Format("20060102T150405Z")+"-"+f.profile)
}

// conclude prints the summary of a finished run and draws its report.
func (f *runFlags) conclude(cmd *cobra.Command, dir string) error {
	_, d, err := f.document(dir)
	if err != nil {
		return err
	}
	show := doc.Terminal
	if f.json {
		show = doc.JSON
	}
	if err := show(cmd.OutOrStdout(), d); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "results: %s\n", dir)
	if !f.report {
		return nil
	}
	out := reportFolder(dir)
	if err := doc.Write(out, d); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "report:  %s\n", filepath.Join(out, doc.IndexName))
	return nil
}
