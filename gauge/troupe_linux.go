package gauge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A Troupe starts the worker processes of one measurement after another. It
// keeps a thread of its own from which every worker is started: the operating
// system kills a worker when the thread that started it ends, and so when the
// driver dies, however it does.
type Troupe struct {
	exe     string
	args    []string
	jobs    chan func()
	players []*Player
}

// NewTroupe returns a troupe whose workers are exe with args, a program that
// calls Serve.
func NewTroupe(exe string, args ...string) *Troupe {
	t := &Troupe{exe: exe, args: args, jobs: make(chan func())}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for job := range t.jobs {
			job()
		}
	}()
	return t
}

// Close kills what is left and ends the thread.
func (t *Troupe) Close() {
	t.Disband()
	close(t.jobs)
}

// Start starts a worker that plays a job of the scenario. It inherits files,
// which stay the caller's too.
func (t *Troupe) Start(job string, args any, files ...*os.File) (*Player, error) {
	raw, err := json.Marshal(args)
	if err != nil {
		return nil, fmt.Errorf("encode the arguments of %s: %w", job, err)
	}
	p := &Player{job: job, cmd: exec.Command(t.exe, append(slices.Clone(t.args), job)...), lines: make(chan line, 4)}
	p.cmd.ExtraFiles = files
	p.cmd.Stderr = &p.stderr
	p.cmd.WaitDelay = time.Second
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", job, err)
	}
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start %s: %w", job, err)
	}
	failed := make(chan error)
	t.jobs <- func() { failed <- p.cmd.Start() }
	if err := <-failed; err != nil {
		return nil, fmt.Errorf("start %s: %w", job, err)
	}
	t.players = append(t.players, p)
	go p.listen(out)
	return p, p.send(order{Job: job, Args: raw, Files: len(files)})
}

// Disband kills every worker that is left and waits for all to be gone.
func (t *Troupe) Disband() {
	for _, p := range t.players {
		_ = p.cmd.Process.Kill() // it may have ended by itself
	}
	for _, p := range t.players {
		for range p.lines { // until listen has seen its end
		}
	}
	t.players = nil
}

// A Player is a worker process as its driver sees it.
type Player struct {
	job    string
	cmd    *exec.Cmd
	in     io.WriteCloser
	stderr bytes.Buffer
	lines  chan line
	ended  error // why there are no more lines
}

// A line is a reply, or the end of the process.
type line struct {
	reply
	end error
}

// listen passes on what the worker says, and then its end.
func (p *Player) listen(out io.Reader) {
	defer close(p.lines)
	d := json.NewDecoder(out)
	for {
		var r reply
		if err := d.Decode(&r); err != nil {
			break
		}
		p.lines <- line{reply: r}
	}
	err := p.cmd.Wait()
	if err == nil {
		err = errors.New("it ended early")
	}
	p.lines <- line{end: err}
}

func (p *Player) send(v any) error {
	if err := json.NewEncoder(p.in).Encode(v); err != nil {
		return fmt.Errorf("%s: %w", p.job, err)
	}
	return nil
}

// next returns the next thing that the worker says.
func (p *Player) next(ctx context.Context) (reply, error) {
	if p.ended != nil {
		return reply{}, p.ended
	}
	select {
	case <-ctx.Done():
		return reply{}, fmt.Errorf("%s: %w", p.job, context.Cause(ctx))
	case l, ok := <-p.lines:
		switch {
		case !ok:
			p.ended = fmt.Errorf("%s: it is gone", p.job)
		case l.end != nil:
			p.ended = p.explain(l.end)
		case l.Error != "":
			p.ended = errors.New(l.Error)
		}
		return l.reply, p.ended
	}
}

// explain returns why the worker ended, with the last line that it complained.
func (p *Player) explain(end error) error {
	text := strings.TrimSpace(p.stderr.String())
	if i := strings.LastIndexByte(text, '\n'); i >= 0 {
		text = text[i+1:]
	}
	if text != "" {
		return fmt.Errorf("%s: %w: %s", p.job, end, text)
	}
	return fmt.Errorf("%s: %w", p.job, end)
}

// Ready blocks until the worker says that it is ready.
func (p *Player) Ready(ctx context.Context) error {
	r, err := p.next(ctx)
	if err == nil && !r.Ready {
		return fmt.Errorf("%s: a result before it was ready", p.job)
	}
	return err
}

// Go lets a worker that is ready begin.
func (p *Player) Go() error { return p.send(struct{ Go bool }{true}) }

// Result blocks until the worker is done and decodes its result into v, a
// pointer, or nil to ignore it.
func (p *Player) Result(ctx context.Context, v any) error {
	r, err := p.next(ctx)
	if err != nil || v == nil {
		return err
	}
	if err := json.Unmarshal(r.Result, v); err != nil {
		return fmt.Errorf("%s: decode the result: %w", p.job, err)
	}
	return nil
}

// Signal sends the worker a signal.
func (p *Player) Signal(s os.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("signal %s: %w", p.job, err)
	}
	return nil
}

// PID is the worker's process.
func (p *Player) PID() int { return p.cmd.Process.Pid }

// Gather waits until all players are ready, lets them begin, and returns when
// every one has been told.
func Gather(ctx context.Context, players ...*Player) error {
	for _, p := range players {
		if err := p.Ready(ctx); err != nil {
			return err
		}
	}
	for _, p := range players {
		if err := p.Go(); err != nil {
			return err
		}
	}
	return nil
}

// Both decodes the results of two players that work together. When one fails
// the other may wait for it in vain: it is not waited for any longer, and the
// error is that of the one that failed.
func Both(ctx context.Context, a *Player, resultA any, b *Player, resultB any) error {
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
