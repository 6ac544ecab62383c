package gauge

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

// A Job is what a worker process plays. It must call Done, and may call Ready
// before that.
type Job func(*Worker) error

// A Worker is a process of a measurement as it sees itself. Its methods are for
// one goroutine.
type Worker struct {
	Files []*os.File // inherited, in the order of Troupe.Start; the job owns them
	args  json.RawMessage
	in    *json.Decoder
	out   *json.Encoder
}

// An order is the first line that a worker reads.
type order struct {
	Job   string          `json:"job"`
	Args  json.RawMessage `json:"args"`
	Files int             `json:"files"`
}

// A reply is a line that a worker writes: ready, an error or its result.
type reply struct {
	Ready  bool            `json:"ready,omitempty"`
	Error  string          `json:"error,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
}

// Serve plays the job that the first line of in asks for, and answers on out.
// A job that fails is reported there as well as returned.
func Serve(in io.Reader, out io.Writer, jobs map[string]Job) error {
	w := &Worker{in: json.NewDecoder(bufio.NewReader(in)), out: json.NewEncoder(out)}
	var o order
	if err := w.in.Decode(&o); err != nil {
		return fmt.Errorf("read what to do: %w: workers are started by copytax run, not by hand", err)
	}
	w.args = o.Args
	for i := range o.Files {
		w.Files = append(w.Files, os.NewFile(uintptr(firstFile+i), fmt.Sprintf("inherited-%d", i)))
	}
	job := jobs[o.Job]
	if job == nil {
		return w.fail(fmt.Errorf("unknown job %q", o.Job))
	}
	if err := job(w); err != nil {
		return w.fail(fmt.Errorf("%s: %w", o.Job, err))
	}
	return nil
}

func (w *Worker) fail(err error) error {
	return errors.Join(err, w.out.Encode(reply{Error: err.Error()}))
}

// Args decodes what Troupe.Start was given into v, a pointer.
func (w *Worker) Args(v any) error {
	if err := json.Unmarshal(w.args, v); err != nil {
		return fmt.Errorf("decode arguments: %w", err)
	}
	return nil
}

// Ready tells the driver that everything is set up, and blocks until it says
// that all others are too.
func (w *Worker) Ready() error {
	if err := w.out.Encode(reply{Ready: true}); err != nil {
		return fmt.Errorf("say that all is ready: %w", err)
	}
	var start struct{ Go bool }
	if err := w.in.Decode(&start); err != nil || !start.Go {
		return fmt.Errorf("wait for the start: the driver has gone: %w", err)
	}
	return nil
}

// Done sends the result, any value that encodes to JSON. It is the job's last
// call.
func (w *Worker) Done(result any) error {
	raw, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("encode the result: %w", err)
	}
	if err := w.out.Encode(reply{Result: raw}); err != nil {
		return fmt.Errorf("send the result: %w", err)
	}
	return nil
}
