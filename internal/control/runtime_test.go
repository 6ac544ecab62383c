//go:build linux

package control_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/control"
	"github.com/copytax/copytax/transports/channel"
	"github.com/copytax/copytax/transports/direct"
)

// elsewhere is a transport whose roles can run in one more runtime.
type elsewhere struct {
	copytax.Transport
	runtime copytax.Runtime
}

func (e elsewhere) Info() copytax.Info {
	info := e.Transport.Info()
	for role := range info.Runtimes {
		info.Runtimes[role] = append(info.Runtimes[role], e.runtime)
	}
	return info
}

// dialed is a runtime whose roles inherit no control plane: they connect by TCP.
type dialed struct{}

// dial is what its programs do.
func dial(address string) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	return control.ServeConn(registry{}, conn)
}

func (dialed) Start(_ context.Context, l *lab.Lab, a *control.Assignment, files []*os.File) (control.Process, io.ReadWriteCloser, error) {
	a.Files = len(files)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer listener.Close()
	null, err := os.Open(os.DevNull) // where others have their control plane
	if err != nil {
		return nil, nil, err
	}
	defer null.Close()
	process, err := l.Launch(lab.Program{
		Path: l.Self(), Args: []string{"dial", listener.Addr().String()}, Quiet: true, Files: append([]*os.File{null}, files...),
	})
	if err != nil {
		return nil, nil, err
	}
	if err := listener.(*net.TCPListener).SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, nil, err
	}
	conn, err := listener.Accept()
	if err != nil {
		return nil, nil, errors.Join(err, errors.New(process.Death()))
	}
	return process, conn, nil
}

// A trial is the same wherever its roles run: one of three in another runtime, and all
// in one process of it.
func TestTrialInAnotherRuntime(t *testing.T) {
	l, digests := newLab(t), map[string]bool{}
	for _, c := range []struct {
		transport copytax.Transport
		placement copytax.Placement
	}{
		{park(), copytax.Placement{}},
		{elsewhere{park(), "tcp"}, copytax.Placement{copytax.Go, copytax.Go, "tcp"}},
		{elsewhere{park(), "tcp"}, copytax.Everywhere("tcp")},
		{elsewhere{direct.New(), "tcp"}, copytax.Everywhere("tcp")},
	} {
		before := descriptors(t)
		one := trial("flock", c.transport, 120)
		one.Placement, one.Runtimes = c.placement, map[copytax.Runtime]control.Runtime{"tcp": dialed{}}
		samples, err := control.Run(t.Context(), l, one)
		if err != nil {
			t.Fatalf("%s in %s: %v", c.transport.Name(), c.placement, err)
		}
		checkSamples(t, c.transport, samples, digests)
		if after := descriptors(t); after != before {
			t.Errorf("%s in %s: %d descriptors open, %d before the trial", c.transport.Name(), c.placement, after, before)
		}
	}
	if len(digests) != 1 {
		t.Errorf("got the digests %v, want one", digests)
	}
}

// Placements that cannot be fail before anything is started.
func TestPlacementsThatCannotBe(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	native := copytax.Placement{copytax.Go, copytax.Native, copytax.Go}
	for _, c := range []struct {
		transport copytax.Transport
		placement copytax.Placement
		path      string // of the native engine
		want      string
	}{
		{park(), native, none, "start engine: start " + none},
		{park(), native, "/bin/true", "engine: it left before it was told to"},
		{park(), native, "", "run the engine of shm:park: there is no runtime native here"},
		{direct.New(), native, "/bin/true", "direct cannot have its engine in native"},
		{park(), copytax.Everywhere(copytax.Native), "/bin/true", "shm:park cannot have its kernel in native"},
		{elsewhere{direct.New(), "tcp"}, copytax.Placement{copytax.Go, "tcp", copytax.Go}, "", "direct cannot have its engine in tcp"},
	} {
		before := descriptors(t)
		wrong := trial("flock", c.transport, 60)
		wrong.Placement = c.placement
		if c.path != "" {
			wrong.Runtimes = map[copytax.Runtime]control.Runtime{copytax.Native: control.Program{Path: c.path}}
		}
		_, err := control.Run(t.Context(), newLab(t), wrong)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s in %s with %q: got %v, want %s…", c.transport.Name(), c.placement, c.path, err, c.want)
		}
		if after := descriptors(t); after != before {
			t.Errorf("%s in %s: %d descriptors open, %d before", c.transport.Name(), c.placement, after, before)
		}
	}
}

// scripted is a runtime of roles that say what a test wants them to. They are
// goroutines at the other end of a pipe, which holds nothing: the supervisor is in no
// position to be ahead of them.
type scripted func(role net.Conn)

func (s scripted) Start(context.Context, *lab.Lab, *control.Assignment, []*os.File) (control.Process, io.ReadWriteCloser, error) {
	ours, theirs := net.Pipe()
	p := &actor{conn: theirs, over: make(chan struct{})}
	go func() {
		defer p.Kill()
		s(theirs)
	}()
	return p, ours, nil
}

// An actor is one of them.
type actor struct {
	conn net.Conn
	over chan struct{}
	once sync.Once
}

func (a *actor) Kill() {
	a.once.Do(func() {
		a.conn.Close()
		close(a.over)
	})
}

func (a *actor) End() (time.Time, error) {
	<-a.over
	return time.Now(), nil
}

func (*actor) Death() string { return "it left the stage" }

// script returns a role that says a line behind each that it reads of the kind that is
// due, and then only reads.
func script(lines ...string) scripted {
	return func(role net.Conn) {
		read := bufio.NewReader(role)
		for {
			heard, err := read.ReadString('\n')
			if err != nil {
				return
			}
			if len(lines) == 0 {
				continue
			}
			due, say, _ := strings.Cut(lines[0], ">")
			if strings.Contains(heard, `"kind":"`+due+`"`) {
				if lines = lines[1:]; say == "" {
					return
				}
				fmt.Fprintln(role, say)
			}
		}
	}
}

// The supervisor ignores what it does not know, refuses what is no message, and says
// what a role was at when it does not end.
func TestSupervisorSpeaksTheProtocol(t *testing.T) {
	const ready, report = `assign>{"kind":"ready"}`, `go>{"kind":"report","report":{"samples":[]}}`
	for name, c := range map[string]struct {
		role scripted
		want string
	}{
		"to the end": {script(ready, report, "exit>"), "the kernel did not report"},
		"kinds and fields of later versions": {
			script("assign>{\"kind\":\"fly\"}\n{\"kind\":\"ready\",\"wings\":2}", "go>{\"kind\":\"fly\"}\n{\"kind\":\"report\",\"report\":{\"wings\":2}}", "exit>"),
			"the kernel did not report",
		},
		"ready and done twice": {script(ready+"\n"+`{"kind":"ready"}`, report+"\n"+`{"kind":"report"}`, "exit>"), "the kernel did not report"},
		"values come back":     {script(`assign>{"kind":"share","key":"a","value":"b"}`, `value>{"kind":"ready"}`, report, "exit>"), "the kernel did not report"},
		"shares in its ticks":  {script(ready, `go>{"kind":"share","key":"a","value":"b"}`), `the kernel shares "a" in its ticks: `},
		"gives up":             {script(`assign>{"kind":"error","error":"no wings","at":1}`), "kernel: no wings"},
		"leaves":               {script("assign>"), "kernel: it left the stage"},
		"leaves in its ticks":  {script(ready, "go>"), "kernel: it left the stage"},
		"no message":           {script("assign>}{"), "kernel: sent on the control plane: 3 bytes that are no message: "},
		"no kind":              {script(ready, "go>{}"), "kernel: sent on the control plane: a message without a kind"},
		"starts for ever":      {script(), "no end after 500ms: kernel starting (it does not say more)"},
		"ticks for ever":       {script(ready), "no end after 500ms: kernel in its ticks (it does not say more)"},
		"says where it is":     {script(ready, `status>{"kind":"status","doing":"in the air"}`), "no end after 500ms: kernel in its ticks (in the air)"},
	} {
		one := trial("flock", elsewhere{direct.New(), "stage"}, 60)
		one.Timeout = 500 * time.Millisecond
		one.Placement, one.Runtimes = copytax.Everywhere("stage"), map[copytax.Runtime]control.Runtime{"stage": c.role}
		_, err := control.Run(t.Context(), newLab(t), one)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

// A trial that hangs is told by what each role waits for, also where they share a
// process.
func TestTimeoutSaysWhatEachRoleWaitsFor(t *testing.T) {
	for transport, want := range map[copytax.Transport][]string{
		park():        {"kernel in its ticks (tick 5, in wait for ", "engine in its ticks (tick 6, in wait for ", "viewer in its ticks (tick 5, at work for "},
		channel.New(): {"kernel in its ticks (", "kernel tick 5, in wait for ", "engine tick 6, in wait for ", "viewer tick 5, at work for "},
	} {
		slow := trial("hangs", transport, endless)
		slow.Timeout = 2 * time.Second
		_, err := control.Run(t.Context(), newLab(t), slow)
		for _, part := range want {
			if err == nil || !strings.HasPrefix(err.Error(), "no end after 2s: ") || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: got %v, want %q in it", transport.Name(), err, part)
			}
		}
	}
}
