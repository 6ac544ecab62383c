package kernel

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// parting is how long a worker has to leave once its input has ended.
const parting = 5 * time.Second

// A launcher starts processes from a thread that it keeps, because the operating
// system kills a worker when the thread that started it ends.
type launcher struct{ jobs chan func() }

func newLauncher() *launcher {
	l := &launcher{jobs: make(chan func())}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for job := range l.jobs {
			job()
		}
	}()
	return l
}

// close ends the thread, and with it every process that it started.
func (l *launcher) close() { close(l.jobs) }

func (l *launcher) start(cmd *exec.Cmd) error {
	result := make(chan error)
	l.jobs <- func() { result <- cmd.Start() }
	return <-result
}

// A process is a running worker: lines go in, lines come out. It is the leader
// of a process group, which dies with it.
type process struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    io.ReadCloser
	stderr tail
	gone   chan struct{} // closed once it has been waited for
	err    error         // of its end; valid when gone is closed

	mu     sync.Mutex
	reaped bool // its number may belong to another by now
}

// spawn starts a command with pipes for its input and output.
func (l *launcher) spawn(command, env []string) (*process, error) {
	p := &process{cmd: exec.Command(command[0], command[1:]...), gone: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = &p.stderr
	p.cmd.WaitDelay = parting // for one that leaves its standard error to a child
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	inRead, inWrite, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, inRead.Close(), inWrite.Close())
	}
	p.cmd.Stdin, p.cmd.Stdout, p.in, p.out = inRead, outWrite, inWrite, outRead
	err = l.start(p.cmd)
	_, _ = inRead.Close(), outWrite.Close() // the process has its own
	if err != nil {
		return nil, errors.Join(err, inWrite.Close(), outRead.Close())
	}
	go p.wait()
	return p, nil
}

func (p *process) wait() {
	p.err = p.cmd.Wait()
	p.mu.Lock()
	p.reaped = true
	p.mu.Unlock()
	close(p.gone)
}

// kill ends the whole group. It may be called at any time and more than once.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // already dead is what we want
	}
}

// close ends its input, and after a while the process.
func (p *process) close() {
	_ = p.in.Close() // it may be closed, or broken: either way the process is told
	select {
	case <-p.gone:
	case <-time.After(parting):
		p.kill()
		<-p.gone
	}
	_ = p.out.Close()
}

// death kills what is left of the process and says how it ended.
func (p *process) death() string {
	select {
	case <-p.gone:
	case <-time.After(time.Second):
		p.kill()
		<-p.gone
	}
	said := ""
	if line := p.stderr.last(); line != "" {
		said = ": " + line
	}
	if p.err == nil {
		return "it left before it was told to" + said
	}
	return fmt.Sprintf("it died: %v%s", p.err, said)
}
