package lab

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// firstFile is the descriptor of the first file that a worker inherits; those
// before it are its standard input, output and error.
const firstFile = 3

// A Job is what a worker process does, given its standard input and output.
type Job func(in io.Reader, out io.Writer) error

// Protocol returns the job of a worker that speaks the protocol of workers. run
// must call Done, and may call Ready before that.
func Protocol(run func(*Task) error) Job {
	return func(in io.Reader, out io.Writer) error {
		t := &Task{in: json.NewDecoder(bufio.NewReader(in)), out: json.NewEncoder(out)}
		var o order[json.RawMessage]
		if err := t.in.Decode(&o); err != nil {
			return fmt.Errorf("read what to do: %w: workers are started by copytax run, not by hand", err)
		}
		t.args = o.Args
		for i := range o.Files {
			t.Files = append(t.Files, os.NewFile(uintptr(firstFile+i), fmt.Sprintf("inherited-%d", i)))
		}
		if err := run(t); err != nil {
			err = fmt.Errorf("%s: %w", o.Job, err)
			return errors.Join(err, t.out.Encode(reply[any]{Error: err.Error()})) // the driver is told as well
		}
		return nil
	}
}

// A Task is what a worker has to do, and how it answers. Its methods are for one goroutine.
type Task struct {
	Files []*os.File // inherited, in the order of Lab.Start; the job owns them
	args  json.RawMessage
	in    *json.Decoder
	out   *json.Encoder
}

// An order is the first line that a worker reads.
type order[A any] struct {
	Job   string `json:"job"`
	Args  A      `json:"args"`
	Files int    `json:"files"`
}

// A reply is a line that a worker writes: ready, an error or its result.
type reply[R any] struct {
	Ready  bool   `json:"ready,omitempty"`
	Error  string `json:"error,omitempty"`
	Result R      `json:"result"`
}

// Args decodes what Lab.Start was given into v, a pointer.
func (t *Task) Args(v any) error {
	if err := json.Unmarshal(t.args, v); err != nil {
		return fmt.Errorf("decode arguments: %w", err)
	}
	return nil
}

// Ready tells the driver that everything is set up, and blocks until it says
// that all others are too.
func (t *Task) Ready() error {
	if err := t.out.Encode(reply[any]{Ready: true}); err != nil {
		return fmt.Errorf("say that all is ready: %w", err)
	}
	var start struct{ Go bool }
	if err := t.in.Decode(&start); err != nil || !start.Go {
		return fmt.Errorf("wait for the start: the driver has gone: %w", err)
	}
	return nil
}

// Done sends the result, any value that encodes to JSON. It is the job's last
// call.
func (t *Task) Done(result any) error {
	if err := t.out.Encode(reply[any]{Result: result}); err != nil {
		return fmt.Errorf("send the result: %w", err)
	}
	return nil
}
