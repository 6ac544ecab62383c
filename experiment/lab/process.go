package lab

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// A Program is how a process is started.
type Program struct {
	Path  string
	Args  []string
	Env   []string   // KEY=VALUE, which come on top of this program's own
	Files []*os.File // descriptors from 3 on; they stay the caller's too
	Quiet bool       // no standard input and output: the process is talked to by its files
	// Grace is how long its standard error may be held open by a child of its own
	// once it has ended; 0 means a second.
	Grace time.Duration
}

// A Process is a running program. It leads a process group, which dies with it.
type Process struct {
	In  io.WriteCloser // its standard input, nil if it is quiet
	Out io.ReadCloser  // its standard output, the same

	cmd    *exec.Cmd
	stderr tail
	gone   chan struct{} // closed once it has been waited for
	err    error         // of its end; valid when gone is closed
	at     time.Time     // of its end, the same
}

// Launch starts a program. It is killed by Clear, or when this program ends.
func (l *Lab) Launch(program Program) (*Process, error) {
	p := &Process{cmd: exec.Command(program.Path, program.Args...), gone: make(chan struct{})}
	p.cmd.Stderr = &p.stderr
	p.cmd.WaitDelay = cmp.Or(program.Grace, time.Second)
	p.cmd.Env = append(os.Environ(), program.Env...)
	p.cmd.ExtraFiles = program.Files
	if err := lead(p.cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", program.Path, err)
	}
	if err := l.start(p, program.Quiet); err != nil {
		p.closePipes()
		return nil, fmt.Errorf("start %s: %w", program.Path, err)
	}
	l.mu.Lock()
	l.running = append(l.running, p)
	l.mu.Unlock()
	go p.wait()
	return p, nil
}

// start starts a process on the thread of the lab.
func (l *Lab) start(p *Process, quiet bool) error {
	if !quiet {
		theirs, err := p.pipes()
		if err != nil {
			return err
		}
		defer Close(theirs)
	}
	failed := make(chan error)
	l.launches <- func() { failed <- p.cmd.Start() }
	return <-failed
}

// pipes makes its standard input and output, and returns its ends of them.
func (p *Process) pipes() (theirs []*os.File, err error) {
	inRead, inWrite, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, inRead.Close(), inWrite.Close())
	}
	p.cmd.Stdin, p.cmd.Stdout, p.In, p.Out = inRead, outWrite, inWrite, outRead
	return []*os.File{inRead, outWrite}, nil
}

func (p *Process) closePipes() {
	if p.In != nil {
		_ = p.In.Close() // closed already, or broken: either way it is told
		_ = p.Out.Close()
	}
}

// wait waits for the end of the process. What is left of its group ends with it:
// until the process is waited for, its number can be nobody else's.
func (p *Process) wait() {
	awaitEnd(p.PID())
	killGroup(p.PID()) // there is nobody left, as a rule
	p.err = p.cmd.Wait()
	p.at = time.Now()
	close(p.gone)
}

// PID is the number of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// End returns when the process was seen to have ended and how, nil for a good end.
// It blocks until then.
func (p *Process) End() (time.Time, error) {
	<-p.gone
	return p.at, p.err
}

// Kill ends the whole group. It may be called at any time and more than once.
func (p *Process) Kill() {
	select {
	case <-p.gone: // its number may belong to another by now
	default:
		killGroup(p.PID())
	}
}

// endWithin waits for the end of the process, which it brings about after so long,
// and returns how it ended.
func (p *Process) endWithin(patience time.Duration) error {
	late := time.AfterFunc(patience, p.Kill)
	defer late.Stop()
	<-p.gone
	return p.err
}

// Leave closes its standard input, by which it is told to end, and kills it if it
// has not ended after so long. It returns how the process ended.
func (p *Process) Leave(patience time.Duration) error {
	_ = p.In.Close() // as in closePipes
	defer p.Out.Close()
	return p.endWithin(patience)
}

// Output runs a program that needs no input to its end, and returns what it writes
// to its standard output. It is killed after so long.
func (l *Lab) Output(program Program, patience time.Duration) ([]byte, error) {
	p, err := l.Launch(program)
	if err != nil {
		return nil, err
	}
	late := time.AfterFunc(patience, p.Kill)
	defer late.Stop()
	out, err := io.ReadAll(p.Out)
	return out, errors.Join(err, p.Leave(patience))
}

// Death kills what is left of the process and says in a few words how it ended, and
// what it complained of: the first line of the end of its standard error, which is
// what a runtime says before a trace of the stack.
func (p *Process) Death() string {
	how := p.Exit()
	if said := p.stderr.line(); said != "" {
		how += ": " + said
	}
	return how
}

// Exit is the first half of Death: how the process ended.
func (p *Process) Exit() string { return describe(p.endWithin(time.Second)) }

// Stderr returns the end of what the process has written to its standard error so far.
func (p *Process) Stderr() string { return p.stderr.String() }

// describe says how a process ended, by the error of its end.
func describe(err error) string {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "it left before it was told to"
	case !errors.As(err, &exit):
		return err.Error()
	}
	return cmp.Or(killedBy(exit.ProcessState), exit.Error())
}
