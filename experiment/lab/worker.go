package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// A Worker is a process that does a job, as the one sees it that started it.
type Worker struct {
	*Process
	job   string
	lines chan line
	ended error // why there are no more lines
}

// A line is a reply, or the end of the process.
type line struct {
	reply
	end error
}

// Start starts this program as the worker of a job. It inherits files, which stay
// the caller's too.
func (l *Lab) Start(job string, args any, files ...*os.File) (*Worker, error) {
	return l.StartProgram(Program{Path: l.exe, Args: []string{WorkerVerb, job}, Files: files}, job, args)
}

// StartProgram starts any program that speaks the protocol of workers.
func (l *Lab) StartProgram(program Program, job string, args any) (*Worker, error) {
	raw, err := json.Marshal(args)
	if err != nil {
		return nil, fmt.Errorf("encode the arguments of %s: %w", job, err)
	}
	process, err := l.Launch(program)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", job, err)
	}
	w := &Worker{Process: process, job: job, lines: make(chan line, 4)}
	go w.listen()
	return w, w.send(order{Job: job, Args: raw, Files: len(program.Files)})
}

// listen passes on what the worker says, and then its end.
func (w *Worker) listen() {
	defer close(w.lines)
	d := json.NewDecoder(w.Out)
	for {
		var r reply
		if err := d.Decode(&r); err != nil {
			break
		}
		w.lines <- line{reply: r}
	}
	err, _ := w.End()
	if err == nil {
		err = errors.New("it ended early")
	}
	w.lines <- line{end: err}
}

func (w *Worker) send(v any) error {
	if err := json.NewEncoder(w.In).Encode(v); err != nil {
		return fmt.Errorf("%s: %w", w.job, err)
	}
	return nil
}

// next returns the next thing that the worker says.
func (w *Worker) next(ctx context.Context) (reply, error) {
	if w.ended != nil {
		return reply{}, w.ended
	}
	select {
	case <-ctx.Done():
		return reply{}, fmt.Errorf("%s: %w", w.job, context.Cause(ctx))
	case l, ok := <-w.lines:
		switch {
		case !ok:
			w.ended = fmt.Errorf("%s: it is gone", w.job)
		case l.end != nil:
			w.ended = w.explain(l.end)
		case l.Error != "":
			w.ended = errors.New(l.Error)
		}
		return l.reply, w.ended
	}
}

// explain returns why the worker ended, with the last line that it complained.
func (w *Worker) explain(end error) error {
	if text := w.Complaint(); text != "" {
		return fmt.Errorf("%s: %w: %s", w.job, end, text)
	}
	return fmt.Errorf("%s: %w", w.job, end)
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

// Both decodes the results of two workers that wait for each other. When one
// fails the other may wait for it in vain: it is not waited for any longer, and
// the error is that of the one that failed.
func Both(ctx context.Context, a *Worker, resultA any, b *Worker, resultB any) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	other := make(chan error, 1)
	go func() {
		err := b.Result(ctx, resultB)
		if err != nil {
			cancel()
		}
		other <- err
	}()
	errA := a.Result(ctx, resultA)
	if errA != nil {
		cancel()
	}
	errB := <-other
	switch {
	case errors.Is(errA, context.Canceled) && errB != nil:
		return errB
	case errors.Is(errB, context.Canceled) && errA != nil:
		return errA
	}
	return errors.Join(errA, errB)
}
