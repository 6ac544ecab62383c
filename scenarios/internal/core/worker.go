package core

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/copytax/copytax/experiment"
	"github.com/copytax/copytax/experiment/lab"
)

// A Plan is a cell as its workers are told it: a value that encodes to JSON.
type Plan interface {
	Regions() []Region // of the hub, if there is one; the control page comes first
	Sides() Cores      // that its workers stay on
}

// A Wired plan has its workers inherit further files behind the hub's. They are the
// caller's, those that come with an error too.
type Wired interface {
	Descriptors() ([]*os.File, error)
}

// The numbers of workers; a further reader has a further number.
const (
	Writer = iota
	Reader
)

// What a worker is told: the plan, and its number.
type order[P any] struct {
	Plan   P
	Number int
}

// Job returns what a worker does: it is told a plan and its number, and returns
// its part of the trial's sample. It must call Ready.
func Job[P any](do func(t *lab.Task, p P, number int) (experiment.Sample, error)) lab.Job {
	return lab.Protocol(func(t *lab.Task) error {
		var o order[P]
		if err := t.Args(&o); err != nil {
			return err
		}
		part, err := do(t, o.Plan, o.Number)
		if err != nil {
			return err
		}
		return t.Done(part)
	})
}

// Work is what one side does from the start to the last hand-off.
type Work func() (experiment.Sample, error)

// Side returns the job of a worker that has its process for itself: it stays on
// its core, maps the hub, gets ready by enter, and then does the work.
func Side[P Plan](enter func(P, *Hub) (Work, error)) lab.Job {
	return Job(func(t *lab.Task, p P, number int) (part experiment.Sample, err error) {
		Quiet()
		if err := p.Sides().Stay(number); err != nil {
			return part, err
		}
		h, err := Open(p, t.Files, number)
		if err != nil {
			return part, err
		}
		defer func() { err = errors.Join(err, h.Close()) }()
		work, err := enter(p, h)
		if err == nil {
			err = t.Ready()
		}
		if err != nil {
			return part, err
		}
		return work()
	})
}

// Quiet keeps Go's runtime from moving or stopping a job: it has one thread and
// makes no garbage to speak of.
func Quiet() {
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
}

// Run has a worker do each job, and returns the sample that they make together.
func Run(ctx context.Context, l *lab.Lab, p Plan, jobs ...string) (s experiment.Sample, err error) {
	workers, err := Start(ctx, l, p, jobs...)
	if err != nil {
		return s, err
	}
	parts, err := Collect(ctx, workers)
	if err != nil {
		return s, err
	}
	return Merge(parts)
}

// Start starts a worker for each job and lets them begin, the writer last. They
// get ready one after the other, undisturbed: a reader may look at its own memory
// while the writer sleeps.
func Start(ctx context.Context, l *lab.Lab, p Plan, jobs ...string) (workers []*lab.Worker, _ error) {
	files, err := Create(p.Regions())
	if wired, ok := p.(Wired); ok && err == nil {
		var further []*os.File
		further, err = wired.Descriptors()
		files = append(files, further...)
	}
	defer lab.Close(files)
	if err != nil {
		return nil, err
	}
	for number, job := range jobs {
		w, err := l.Start(job, order[Plan]{p, number}, files...)
		if err != nil {
			return nil, err
		}
		if err := w.Ready(ctx); err != nil {
			return nil, fmt.Errorf("start: %w", err)
		}
		workers = append(workers, w)
	}
	for _, w := range slices.Backward(workers) {
		if err := w.Go(); err != nil {
			return nil, err
		}
	}
	return workers, nil
}

// Collect returns what each worker has found out.
func Collect(ctx context.Context, workers []*lab.Worker) (experiment.Samples, error) {
	parts := make(experiment.Samples, len(workers))
	into := make([]any, len(workers))
	for i := range parts {
		into[i] = &parts[i]
	}
	return parts, lab.Results(ctx, workers, into...)
}

// handOffs is what the workers of a trial must agree on: how many they counted.
const handOffs = "hand_offs"

// Merge puts the parts of a sample together: it adds up metrics of one name and
// merges the latencies. Workers that count hand-offs must have counted as many.
func Merge(parts experiment.Samples) (s experiment.Sample, err error) {
	latency, err := experiment.Merge(parts, Latency)
	if err != nil {
		return s, err
	}
	s = Sample(latency, map[string]float64{})
	counted := ""
	for _, part := range parts {
		if n := part.Evidence[handOffs]; n != counted && n != "" && counted != "" {
			return s, fmt.Errorf("%s hand-offs were made and %s received", counted, n)
		}
		counted = cmp.Or(counted, part.Evidence[handOffs])
		for name, v := range part.Metrics {
			s.Metrics[name] += v
		}
	}
	return s, nil
}
