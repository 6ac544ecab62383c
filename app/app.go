// Package app is the whole command copytax as a library, so that the main package of
// another module builds a copytax of its own. Start at [Main].
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/internal/store"
	"github.com/copytax/copytax/scenarios"
)

// A catalogue is what is compiled in.
type catalogue struct {
	*scenarios.Catalogue
	program Program
}

// load reads a run and checks every byte of it, and what it says.
func (c catalogue) load(dir string) (*store.Results, error) { return store.Load(dir, c.Known) }

// The exit statuses.
const (
	exitOK      = 0
	exitFailure = 1 // something that was asked for did not work
	exitUsage   = 2 // it was not asked for rightly
)

// A Program is what is compiled in beside this tree. The zero value is copytax itself.
type Program struct {
	// Revision names the state of copytax that it was built from, where the go command
	// does not say: copytax build fills it in.
	Revision string
	Plugins  []experiment.Module
}

// Main carries out the command line with everything in this tree and in plugins, and
// ends the process. It is called once, from a main function.
func Main(p Program) {
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	// The first signal ends a run in good order, a further one ends whatever there is.
	context.AfterFunc(ctx, stop)
	os.Exit(p.execute(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// endings are the signals that end a run in good order. The end of the terminal is one,
// but for nohup, which has it ignored.
func endings() []os.Signal {
	if strings.HasPrefix(runtime.GOARCH, "wasm") {
		return []os.Signal{os.Interrupt} // a module is sent none, and asking which are ignored is beyond it
	}
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

// execute carries out one command line and returns its exit status. It prints the
// error, if any, once.
func (p Program) execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := catalogue{scenarios.New(p.Plugins...), p}
	err := c.Check(reserved()...)
	if err == nil {
		root := newRoot(c, stdout, stderr)
		root.SetArgs(args)
		err = root.ExecuteContext(ctx)
	}
	if err == nil {
		return exitOK
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) { // wherever it was: that is no mistake of the command line
		fmt.Fprintln(stderr, "copytax: interrupted")
		return exitFailure
	}
	// Joined errors come in lines; one mistake is told in one.
	fmt.Fprintln(stderr, "copytax:", strings.ReplaceAll(err.Error(), "\n", "; "))
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintln(stderr, "see: copytax --help")
		return exitUsage
	}
	return exitFailure
}

// A usageError is a command line that asks for what cannot be.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usage marks err as a mistake of the command line; nil stays nil.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

func newRoot(c catalogue, stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "copytax",
		Short: "Price what moving data costs a whole live system",
		Long: `copytax runs one live system, a flock of boids shared by three processes, under
interchangeable transports, from a shared buffer that nobody copies to JSON over
HTTP, and reports the Copy Tax: the share of the work that is not the world but
moving it.`,
		Example: `  copytax doctor                            what this machine can measure
  copytax run --all --profile quick         a first run, within 90 s
  copytax report results/reference          draw its figures again`,
		Args:          noVerb,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.AddCommand(
		newRun(c), newShow(c), newReport(c), newExport(c), newVerify(c), newCompare(c), newCite(c), newList(c), newConformance(c), newDoctor(), newWatch(), newVersion(c),
		newBuild(c), newNew(c), newRole(c), newWorker(c), newMoved(),
	)
	refuse(root, runtime.GOOS)
	return root
}

// noVerb wants no argument: one that gets here is no verb.
func noVerb(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(fmt.Errorf("unknown verb %q", args[0]))
	}
	return nil
}

// noArguments is cobra.NoArgs with an error that names the mistake as one.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(fmt.Errorf("%s: unexpected argument %q", cmd.CommandPath(), args[0]))
	}
	return nil
}

// oneArgument wants exactly one argument, called what.
func oneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage(fmt.Errorf("%s: want one %s, got %d arguments", cmd.CommandPath(), what, len(args)))
		}
		return nil
	}
}
