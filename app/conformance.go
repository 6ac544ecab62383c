package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/doc"
	"github.com/copytax/copytax/internal/judge"
	"github.com/copytax/copytax/transports/codec/codectest"
	"github.com/copytax/copytax/transports/transporttest"
)

// conformanceFlags are the flags of conformance as they were typed.
type conformanceFlags struct {
	catalogue
	json, plugins bool
}

func newConformance(c catalogue) *cobra.Command {
	f := conformanceFlags{catalogue: c}
	cmd := &cobra.Command{
		Use:   "conformance NAME...",
		Short: "Check that transports, codecs and experiments do what they must",
		Long: `Run the conformance kit on each transport, carrier, codec or experiment of a NAME,
or of a pattern. A carrier is checked with the codecs raw, protobuf and json and those of
its own module; a plugin's codec also on unix; an experiment by one trial of its first
cell. One line a case.`,
		Example: `  copytax conformance unix+raw
  copytax conformance 'shm:*' json --json
  copytax conformance --plugins`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	cmd.Flags().BoolVar(&f.json, "json", false, "print a JSON object a line")
	cmd.Flags().BoolVar(&f.plugins, "plugins", false, "check everything that plugins add")
	return cmd
}

// A subject is one thing that can be checked.
type subject struct {
	kind, name string
	of         string // path of its module
	check      func(report func(name string, err error)) error
	// product is set for a transport that a carrier and a codec make. With --plugins
	// its two parts are checked instead.
	product bool
}

func (f *conformanceFlags) run(cmd *cobra.Command, args []string) error {
	chosen, err := f.choose(cmd.Context(), args)
	if err != nil {
		return usage(err)
	}
	failed := 0
	for _, s := range chosen {
		if err := cmd.Context().Err(); err != nil {
			return context.Cause(cmd.Context())
		}
		if runtime.GOOS != "linux" && s.kind != "codec" {
			f.say(cmd.OutOrStdout(), caseVerdict{s.kind, s.name, "", "skipped", "it runs on Linux, and this is " + runtime.GOOS})
			continue
		}
		bad := false
		err := s.check(func(name string, err error) {
			bad = bad || err != nil
			f.say(cmd.OutOrStdout(), verdictOf(s, name, err))
		})
		switch {
		case errors.Is(err, transporttest.ErrUnavailable):
			f.say(cmd.OutOrStdout(), caseVerdict{s.kind, s.name, "", "skipped", err.Error()})
		case err != nil && !bad: // before the first case
			f.say(cmd.OutOrStdout(), verdictOf(s, "start", err))
			failed++
		case err != nil:
			failed++
		}
	}
	if cmd.Context().Err() != nil { // cases were left out, and may have failed for it
		return context.Cause(cmd.Context())
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d do not conform", failed, len(chosen))
	}
	return nil
}

// choose returns the subjects of any of the names.
func (f *conformanceFlags) choose(ctx context.Context, args []string) (chosen []subject, err error) {
	if len(args) == 0 && !f.plugins {
		return nil, errors.New("say what to check: names or patterns (see copytax list), or --plugins")
	}
	all := f.subjects(ctx)
	found := make([]bool, len(args))
	for _, s := range all {
		wanted := f.plugins && s.of != experiment.Tree && !s.product
		for i, pattern := range args {
			fits, err := path.Match(pattern, s.name)
			if err != nil {
				return nil, fmt.Errorf("pattern %q: %w", pattern, err)
			}
			found[i] = found[i] || fits
			wanted = wanted || fits
		}
		if wanted {
			chosen = append(chosen, s)
		}
	}
	if i := slices.Index(found, false); i >= 0 {
		if fits, _ := path.Match(args[i], f.Ladder.Name()); fits {
			return nil, fmt.Errorf("%s is as good as its transports: name those (see copytax list)", f.Ladder.Name())
		}
		return nil, fmt.Errorf("there is no transport, carrier, codec or experiment %q (see copytax list)", args[i])
	}
	if len(chosen) == 0 {
		return nil, errors.New("--plugins: no plugin of this program adds anything")
	}
	return chosen, nil
}

func (f *conformanceFlags) subjects(ctx context.Context) (all []subject) {
	made := map[string]bool{}
	for _, m := range f.Transports.Modules() {
		for _, format := range m.Codecs {
			all = append(all, subject{"codec", format.Name, m.Path, f.codecCheck(ctx, m, format), false})
		}
		for _, c := range m.Carriers {
			all = append(all, subject{"carrier", c.Name(), m.Path, f.carrierCheck(ctx, m, c), false})
			for _, of := range f.Transports.Modules() {
				for _, format := range of.Codecs {
					made[c.Name()+"+"+format.Name] = true
				}
			}
		}
	}
	for _, o := range f.Transports.Offers() {
		all = append(all, subject{"transport", o.Name(), o.Of[0].Path, transportCheck(ctx, o), made[o.Name()]})
	}
	for _, e := range f.Experiments {
		if e == experiment.Experiment(f.Ladder) {
			continue // it is as good as its transports
		}
		of := append(f.Module(e.Name()), experiment.Module{Path: experiment.Tree})[0]
		check := func(report func(string, error)) error { return checkExperiment(ctx, e, report) }
		all = append(all, subject{"experiment", e.Name(), of.Path, check, false})
	}
	return all
}

func transportCheck(ctx context.Context, t copytax.Transport) func(report func(string, error)) error {
	return func(report func(string, error)) error {
		exe, err := os.Executable()
		if err != nil {
			return err
		}
		return transporttest.Check(t, transporttest.Options{
			Program: exe, Report: report, Match: func(string) bool { return ctx.Err() == nil },
		})
	}
}

// codecCheck checks a codec alone and, where it is a plugin's and can be run, on unix: a
// carrier relies on more than is to be seen of the bytes.
func (f *conformanceFlags) codecCheck(ctx context.Context, m experiment.Module, format copytax.Format) func(report func(string, error)) error {
	return func(report func(string, error)) error {
		err := codectest.Check(format, report)
		if err != nil || m.Path == experiment.Tree || runtime.GOOS != "linux" {
			return err
		}
		return f.carried(ctx, "unix", format.Name, report)
	}
}

// carried checks the transport that a carrier and a codec make.
func (f *conformanceFlags) carried(ctx context.Context, carrier, codec string, report func(string, error)) error {
	name := carrier + "+" + codec
	t, err := f.Transports.Find(name)
	if err != nil {
		return err
	}
	return transportCheck(ctx, t)(func(what string, err error) { report(name+" "+what, err) })
}

// carrierCheck checks a carrier with codecs of each sort, and with those of its module.
func (f *conformanceFlags) carrierCheck(ctx context.Context, m experiment.Module, c copytax.Carrier) func(report func(string, error)) error {
	with := []string{"raw", "protobuf", "json"}
	for _, format := range m.Codecs {
		if m.Path != experiment.Tree {
			with = append(with, format.Name)
		}
	}
	return func(report func(string, error)) error {
		var errs []error
		for _, format := range with {
			errs = append(errs, f.carried(ctx, c.Name(), format, report))
		}
		return errors.Join(errs...)
	}
}

// checkExperiment plans an experiment, measures its first cell once and has the sample
// judged and reported on, as a run would.
func checkExperiment(ctx context.Context, e experiment.Experiment, report func(string, error)) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	l := lab.New(exe)
	defer l.Close()
	plan, err := planAlone(ctx, e, l)
	report("plan", err)
	if err != nil {
		return err
	}
	trial := plan.Order()[0]
	samples, err := measureAlone(ctx, e, l, trial)
	if err == nil {
		err = judge.Trial(plan, trial, samples, e, nil)
	}
	report("trial of "+trial.Of.String(), err)
	if err != nil {
		return err
	}
	for i := range samples {
		samples[i].Of, samples[i].Cell, samples[i].Trial, samples[i].Block = trial.Of, trial.Cell, trial.Number, trial.Block
	}
	err = reportAlone(e, &experiment.Results{Name: e.Name(), Plan: plan, Samples: samples, Complete: true})
	report("report", err)
	return err
}

// planAlone returns the quick plan of an experiment, of one block and of cells that
// can be measured here.
func planAlone(ctx context.Context, e experiment.Experiment, l *lab.Lab) (experiment.Plan, error) {
	req := experiment.Request{Profile: experiment.Quick, Seed: 1, Values: map[string]string{}, Given: map[string]bool{}, Lab: l}
	for _, o := range e.Options() {
		req.Values[o.Name] = o.Default
	}
	plan, err := e.Plan(ctx, req)
	plan.Experiments, plan.Profile, plan.Seed, plan.Blocks = []string{e.Name()}, req.Profile, req.Seed, 1
	switch {
	case err != nil:
		return plan, err
	case len(plan.Cells) == 0:
		return plan, fmt.Errorf("nothing of it can be measured here: %v", plan.Missing())
	}
	for _, c := range plan.Cells {
		if c.Experiment != e.Name() {
			return plan, fmt.Errorf("cell %s is of experiment %q", c, c.Experiment)
		}
	}
	return plan, nil
}

func measureAlone(ctx context.Context, e experiment.Experiment, l *lab.Lab, t experiment.Trial) (samples []experiment.Sample, err error) {
	ctx, cancel := context.WithTimeout(ctx, experiment.UsualLimit)
	defer cancel()
	session, err := e.Open(ctx, l, []experiment.Cell{t.Of})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	return session.Measure(ctx, t)
}

// reportAlone makes every file of a report and throws it away.
func reportAlone(e experiment.Experiment, r *experiment.Results) error {
	said, err := e.Report(r)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "copytax-conformance-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return doc.Write(dir+"/report", &doc.Document{Run: r.Name, Parts: []doc.Part{{Name: e.Name(), Summary: e.Summary(), Report: said}}})
}

// A caseVerdict is a line of the output.
type caseVerdict struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Case   string `json:"case"`
	Result string `json:"result"` // ok, FAIL or skipped
	Reason string `json:"reason,omitempty"`
}

func verdictOf(s subject, name string, err error) caseVerdict {
	if err != nil {
		return caseVerdict{s.kind, s.name, name, "FAIL", err.Error()}
	}
	return caseVerdict{s.kind, s.name, name, "ok", ""}
}

func (f *conformanceFlags) say(out io.Writer, v caseVerdict) {
	if f.json {
		_ = json.NewEncoder(out).Encode(v) // nobody reads any longer: the exit status says the rest
		return
	}
	line := fmt.Sprintf("%-7s %s %s", v.Result, v.Name, v.Case)
	if v.Reason != "" {
		line += ": " + strings.ReplaceAll(v.Reason, "\n", "\n        ")
	}
	fmt.Fprintln(out, line)
}
