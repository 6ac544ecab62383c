package lab

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
)

// A Worker is a process that does a job, as the one sees it that started it.
type Worker struct {
	*Process
	job   string
	lines chan said // closed when there are no more
	ended error     // why there are no more
}

// said is what a worker says, its result as it was encoded.
type said = reply[json.RawMessage]

// Start starts this program as the worker of a job. It inherits files, which stay
// the caller's too.
func (l *Lab) Start(job string, args any, files ...*os.File) (*Worker, error) {
	return l.StartProgram(Program{Path: l.exe, Args: []string{WorkerVerb, job}, Files: files}, job, args)
}

// StartProgram starts any program that speaks the protocol of workers.
func (l *Lab) StartProgram(program Program, job string, args any) (*Worker, error) {
	process, err := l.Launch(program)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", job, err)
	}
	w := &Worker{Process: process, job: job, lines: make(chan said, 4)}
	go w.listen()
	return w, w.send(order[any]{Job: job, Args: args, Files: len(program.Files)})
}

// listen passes on what the worker says.
func (w *Worker) listen() {
	defer close(w.lines)
	d := json.NewDecoder(w.Out)
	for {
		var r said
		if err := d.Decode(&r); err != nil {
			return
		}
		w.lines <- r
	}
}

func (w *Worker) send(v any) error {
	if err := json.NewEncoder(w.In).Encode(v); err != nil {
		return fmt.Errorf("%s: %w", w.job, err)
	}
	return nil
}

// next returns the next thing that the worker says.
func (w *Worker) next(ctx context.Context) (said, error) {
	if w.ended != nil {
		return said{}, w.ended
	}
	select {
	case <-ctx.Done():
		return said{}, fmt.Errorf("%s: %w", w.job, context.Cause(ctx))
	case r, ok := <-w.lines:
		switch {
		case !ok:
			w.ended = fmt.Errorf("%s: %s", w.job, w.Death())
		case r.Error != "":
			w.ended = errors.New(r.Error)
		}
		return r, w.ended
	}
}

// Ready blocks until the worker says that it is ready.
func (w *Worker) Ready(ctx context.Context) error {
	r, err := w.next(ctx)
	if err == nil && !r.Ready {
		return fmt.Errorf("%s: a result before it was ready", w.job)
	}
	return err
}

// Go lets a worker that is ready begin.
func (w *Worker) Go() error { return w.send(struct{ Go bool }{true}) }

// Result blocks until the worker is done and decodes its result into v, a
// pointer, or nil to ignore it.
func (w *Worker) Result(ctx context.Context, v any) error {
	r, err := w.next(ctx)
	if err != nil || v == nil {
		return err
	}
	if err := json.Unmarshal(r.Result, v); err != nil {
		return fmt.Errorf("%s: decode the result: %w", w.job, err)
	}
	return nil
}

// Gather waits until all workers are ready, lets them begin, and returns when
// every one has been told.
func Gather(ctx context.Context, workers ...*Worker) error {
	for _, w := range workers {
		if err := w.Ready(ctx); err != nil {
			return err
		}
	}
	for _, w := range workers {
		if err := w.Go(); err != nil {
			return err
		}
	}
	return nil
}

// Results decodes the result of each worker into what has its place behind them, as
// Result does. When one fails the others may wait for it in vain: they are not waited
// for any longer, and the error is that of those that failed.
func Results(ctx context.Context, workers []*Worker, into ...any) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(workers))
	var all sync.WaitGroup
	for i, w := range workers {
		all.Go(func() {
			if errs[i] = w.Result(ctx, into[i]); errs[i] != nil {
				cancel()
			}
		})
	}
	all.Wait()
	failed := slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return errors.Is(err, context.Canceled) })
	return cmp.Or(errors.Join(failed...), errors.Join(errs...))
}
