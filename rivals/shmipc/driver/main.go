// Command driver measures a hand-off through this project's hub beside what
// one would pick instead: iceoryx2, shmipc-go and a plain unix socket. It
// writes a table for people and every sample for programs.
//
// It starts the workers of the libraries, and itself as the worker of the hub
// and of the socket. It links none of the libraries. Start at measure for one
// hand-off between fresh processes, at arms for what is compared.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/rivals/shmipc/handoff"
)

// workerArg in front of a job's name makes the driver a worker.
const workerArg = "worker"

func main() {
	if len(os.Args) > 1 && os.Args[1] == workerArg {
		exit(gauge.Serve(os.Stdin, os.Stdout, map[string]gauge.Job{handoff.JobName: handoff.Job(ownArms())}))
	}
	var o options
	o.define(flag.CommandLine)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(run(ctx, o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "rivals:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// options are the flags.
type options struct {
	rounds   int
	only     string
	touch    string
	gap      time.Duration
	shmipc   string
	iceoryx2 string
	missing  string
	raw      string
	table    string
	compiler string
	commit   string
}

func (o *options) define(f *flag.FlagSet) {
	f.IntVar(&o.rounds, "rounds", 10, "how often each cell is measured, in an order drawn anew each time")
	f.StringVar(&o.only, "only", "", "arms to measure, names with commas between; all if empty")
	f.StringVar(&o.touch, "touch", "everything", "what the reader reads of a payload: nothing, field or everything")
	f.DurationVar(&o.gap, "gap", 0, "how long the writer is busy before each publish")
	f.StringVar(&o.shmipc, "shmipc", "", "worker that plays shmipc-go")
	f.StringVar(&o.iceoryx2, "iceoryx2", "", "worker that plays iceoryx2")
	f.StringVar(&o.missing, "missing", "it was not built", "why a worker that is not named is missing")
	f.StringVar(&o.raw, "json", "", "file for the samples")
	f.StringVar(&o.table, "table", "", "file for the table; standard output if empty")
	f.StringVar(&o.commit, "commit", "unknown", "what the hub was built from")
	f.StringVar(&o.compiler, "rustc", "unknown", "the compiler of the iceoryx2 worker")
}

func run(ctx context.Context, o options) error {
	if o.rounds < 2 {
		return errors.New("-rounds: want at least 2: one round gives no interval")
	}
	record, err := newRecord(o)
	if err != nil {
		return err
	}
	d, err := newDriver(o)
	if err != nil {
		return err
	}
	err = d.rounds(ctx, record)
	if err = errors.Join(err, d.close()); err != nil {
		return err
	}
	if err := record.finish(); err != nil {
		return err
	}
	return errors.Join(save(o.raw, record), publish(o.table, record))
}

func save(path string, r *record) error {
	if path == "" {
		return nil
	}
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode the samples: %w", err)
	}
	return write(path, append(text, '\n'))
}

func publish(path string, r *record) error {
	text, err := page(r)
	if err != nil {
		return err
	}
	if path == "" {
		fmt.Print(text)
		return nil
	}
	return write(path, []byte(text))
}

// write replaces a file at once.
func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	next := path + ".new"
	if err := os.WriteFile(next, content, 0o644); err != nil {
		return err
	}
	return os.Rename(next, path)
}
