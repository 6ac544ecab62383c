package peer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
)

// parting is how long a role has to leave once it has been told to.
const parting = 10 * time.Second

// A Supervisor starts the roles of one trial after another. It keeps a thread
// of its own from which every role is started, since the operating system kills
// a role when the thread that started it ends.
type Supervisor struct {
	exe  string
	args []string
	jobs chan func()
}

// NewSupervisor returns a supervisor that starts exe with args for each role,
// and the role's name behind them, by which a list of processes tells them apart.
func NewSupervisor(exe string, args ...string) *Supervisor {
	s := &Supervisor{exe: exe, args: args, jobs: make(chan func())}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for job := range s.jobs {
			job()
		}
	}()
	return s
}

// Close ends the thread. No trial may be running.
func (s *Supervisor) Close() { close(s.jobs) }

// start starts cmd from the supervisor's thread.
func (s *Supervisor) start(cmd *exec.Cmd) error {
	result := make(chan error)
	s.jobs <- func() { result <- cmd.Start() }
	return <-result
}

// A Trial is what is to be run.
type Trial struct {
	Scenario  string
	Transport copytax.Transport
	Config    copytax.Config
	Draw      uint64        // seed of the sample of ticks, which should differ from trial to trial
	Timeout   time.Duration // for the whole trial, start and end of the processes included
	// Engine is the program that plays the engine; nil for the supervisor's own.
	// The transport must be one of Info.NativeEngine.
	Engine *Program
}

// A Program plays a role by the control plane, with the descriptors and the
// arguments that the supervisor's own program would have got.
type Program struct {
	Path string
	// Setup is a JSON value that it is given with its assignment: what follows
	// from the trial's config by code that is not the program's.
	Setup json.RawMessage
}

// program returns who plays role.
func (t Trial) program(role copytax.Role, own string) Program {
	if role == copytax.Engine && t.Engine != nil {
		return *t.Engine
	}
	return Program{Path: own}
}

// Run plays one trial in fresh processes and returns what they reported, a
// report a process. However it ends, no process and no descriptor of the trial
// is left. The error names the role that failed first, and says what the others
// said of it.
func (s *Supervisor) Run(ctx context.Context, t Trial) ([]*Report, error) {
	if t.Engine != nil && !t.Transport.Info().NativeEngine {
		return nil, fmt.Errorf("%s cannot have the engine %s: its engine needs more than a hub", t.Transport.Name(), t.Engine.Path)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, t.Timeout,
		fmt.Errorf("no end after %v: the roles wait for each other, or the machine is too slow", t.Timeout.Round(time.Second)))
	defer cancel()
	wiring, err := t.Transport.Wire(t.Config)
	if err != nil {
		return nil, fmt.Errorf("wire %s: %w", t.Transport.Name(), err)
	}
	defer wiring.Close()
	p := &party{
		events: make(chan event, 64), values: map[string]string{}, asked: map[string][]*member{}, tellLost: wiring.Lost,
	}
	defer p.kill()
	for role := range copytax.NumRoles {
		if t.Transport.Info().OneProcess && role != copytax.Kernel {
			continue
		}
		if err := p.add(s, t, role, wiring.Files[role]); err != nil {
			return nil, fmt.Errorf("start %s: %w", role, err)
		}
	}
	wiring.CloseFiles() // the roles have theirs; when they die, so must the other ends
	return p.conduct(ctx)
}

// A party is the role processes of one trial.
type party struct {
	members []*member
	events  chan event
	values  map[string]string    // shared so far
	asked   map[string][]*member // waiting for a value

	tellLost func(copytax.Role) // by the transport's means; nil if it has none
	lost     []*member          // whose control planes closed before they were told to leave
	leaving  bool               // all have been told to leave
}

// A member is one role process as its supervisor sees it.
type member struct {
	role   copytax.Role
	cmd    *exec.Cmd
	ctl    *channel
	stderr bytes.Buffer // to be read once it is gone
	end    end
}

// An event is a message from a member, the loss of its control plane, which
// the operating system closes first of all when a process dies, or its end.
type event struct {
	from *member
	at   time.Time // when the supervisor saw it
	msg  message
	lost bool
	exit bool
	err  error // of an exit
}

func (p *party) add(s *Supervisor, t Trial, role copytax.Role, files []*os.File) error {
	parent, child, err := socketPair()
	if err != nil {
		return err
	}
	defer child.Close()
	program := t.program(role, s.exe)
	m := &member{role: role, cmd: exec.Command(program.Path, append(slices.Clone(s.args), role.String())...)}
	if m.ctl, err = newChannel(parent); err != nil {
		return err
	}
	m.cmd.ExtraFiles = append([]*os.File{child}, files...)
	m.cmd.Stderr = &m.stderr
	m.cmd.WaitDelay = settle // for stderr, should somebody else hold it open
	// The terminal's interrupt is for the supervisor, which ends the roles;
	// and if it is killed itself, the operating system does.
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := s.start(m.cmd); err != nil {
		m.ctl.close()
		return err
	}
	p.members = append(p.members, m)
	go p.listen(m)
	err = m.ctl.send(message{Kind: kindAssign, Assign: &assignment{
		Role: role.String(), Scenario: t.Scenario, Transport: t.Transport.Name(), Config: t.Config, Draw: t.Draw,
		Files: len(files), Setup: program.Setup,
	}})
	if errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET) {
		return nil // it has died already, which listen sees
	}
	return err
}

// listen turns a member's messages and its end into events.
func (p *party) listen(m *member) {
	for {
		msg, err := m.ctl.receive()
		if err != nil {
			break
		}
		p.events <- event{from: m, at: time.Now(), msg: msg}
	}
	p.events <- event{from: m, at: time.Now(), lost: true}
	err := m.cmd.Wait()
	p.events <- event{from: m, at: time.Now(), exit: true, err: err}
}

// conduct runs the protocol: all ready, go, all reported, exit, all gone.
func (p *party) conduct(ctx context.Context) ([]*Report, error) {
	if err := p.until(ctx, kindReady, nil); err != nil {
		return nil, err
	}
	p.tell(message{Kind: kindGo})
	var reports []*Report
	if err := p.until(ctx, kindReport, &reports); err != nil {
		return nil, err
	}
	p.leaving = true
	p.tell(message{Kind: kindExit})
	parted, cancel := context.WithTimeoutCause(ctx, parting, fmt.Errorf("it did not leave within %v of being told to", parting))
	defer cancel()
	return reports, p.untilGone(parted)
}

// tell sends m to all. A member that cannot be told is dying, which listen sees.
func (p *party) tell(m message) {
	for _, to := range p.members {
		_ = to.ctl.send(m)
	}
}

// until takes events until each member has sent a message of the given kind.
func (p *party) until(ctx context.Context, kind string, reports *[]*Report) error {
	for missing := len(p.members); missing > 0; {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case e := <-p.events:
			if e.ends() {
				p.note(e)
				return p.blame()
			}
			if e.msg.Kind != kind {
				p.serve(e)
				continue
			}
			missing--
			if e.msg.Report != nil && reports != nil {
				*reports = append(*reports, e.msg.Report)
			}
		}
	}
	return nil
}

// serve answers the rendezvous.
func (p *party) serve(e event) {
	key := e.msg.Key
	switch e.msg.Kind {
	case kindShare:
		p.values[key] = e.msg.Value
		for _, m := range p.asked[key] {
			_ = m.ctl.send(message{Kind: kindValue, Key: key, Value: e.msg.Value}) // as in tell
		}
		delete(p.asked, key)
	case kindLookup:
		if value, ok := p.values[key]; ok {
			_ = e.from.ctl.send(message{Kind: kindValue, Key: key, Value: value})
			return
		}
		p.asked[key] = append(p.asked[key], e.from)
	}
}

// untilGone waits until all members have left in good order.
func (p *party) untilGone(ctx context.Context) error {
	for p.left() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case e := <-p.events:
			p.note(e)
			if e.err != nil || e.msg.Kind == kindError {
				return p.blame()
			}
		}
	}
	return nil
}

// left reports whether a member's process is left.
func (p *party) left() bool {
	return slices.ContainsFunc(p.members, func(m *member) bool { return m.end.gone.IsZero() })
}

// kill ends what is left of the party and waits until it is gone.
func (p *party) kill() {
	for _, m := range p.members {
		if m.end.gone.IsZero() {
			_ = m.cmd.Process.Kill() // already dead is what we want
		}
	}
	for p.left() {
		if e := <-p.events; e.exit {
			e.from.end.gone = e.at
		}
	}
	for _, m := range p.members {
		m.ctl.close()
	}
}
