package control

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
)

// A Runtime is what a role can run in: it starts whoever is the role, and connects the
// supervisor with it. What is said on the connection is the supervisor's affair, and
// the same everywhere: see docs/control-protocol.md.
type Runtime interface {
	// Start starts the process of the role that a assigns, to which the supervisor
	// then sends a on the connection. Before it returns it may fill a's Setup, and must
	// set a's Files to the number of files that the process inherits: some runtimes
	// have no use for any. The files stay the caller's, who closes them.
	//
	// The connection is any ordered stream that takes some KiB before they are read, so
	// that a role which has stopped does not stop the supervisor. It ends when the
	// process does, by which its death is noticed, and the process ends when the
	// connection does. The supervisor owns both and gives them back by Kill and Close.
	// ctx ends with the trial.
	Start(ctx context.Context, l *lab.Lab, a *Assignment, files []*os.File) (Process, io.ReadWriteCloser, error)
}

// A Process is whoever does a role. Its methods may be called by any goroutine.
type Process interface {
	Kill()                   // brings about its end, and that of all that it has started; at any time, and more than once
	End() (time.Time, error) // blocks until the end, and returns when it was and how: nil for a good one
	Death() string           // says how it ended, in a few words; it may kill what does not end by itself
}

// Several is a [Process] that is more than one to the operating system, all of which
// its own report accounts for.
type Several interface {
	PIDs() []int // those of now, in any order; by any goroutine
}

var (
	_ Runtime = Program{}
	_ Process = (*lab.Process)(nil)
)

// A Program is the runtime of roles that are processes of one program. Each inherits
// its end of the control plane as descriptor [ControlFD] and the data plane's files
// behind it, and has the arguments RoleVerb and the role. The zero value is the
// runtime [copytax.Go]: this program once more.
type Program struct {
	Path string // empty for this program
	// Setup returns what the program needs with its assignment and cannot compute; nil
	// if it needs nothing.
	Setup func(copytax.Config) (json.RawMessage, error)
}

// WithPolicy returns the Setup of a native engine: the policy of the first frame, which
// follows from a trial's config by code of the scenario that is not the engine's.
func WithPolicy(first func(copytax.Config) copytax.Policy) func(copytax.Config) (json.RawMessage, error) {
	return func(c copytax.Config) (json.RawMessage, error) {
		var setup struct {
			Policy [copytax.PolicyBytes]byte `json:"policy"` // an array, so that it encodes as numbers
		}
		policy := first(c)
		policy.Put(setup.Policy[:])
		return json.Marshal(setup)
	}
}

// Start implements [Runtime].
func (p Program) Start(_ context.Context, l *lab.Lab, a *Assignment, files []*os.File) (Process, io.ReadWriteCloser, error) {
	a.Files = len(files)
	if p.Setup != nil {
		setup, err := p.Setup(a.Config)
		if err != nil {
			return nil, nil, fmt.Errorf("set up %s: %w", p.Path, err)
		}
		a.Setup = setup
	}
	conn, child, err := controlPlane()
	if err != nil {
		return nil, nil, err
	}
	defer child.Close()
	process, err := l.Launch(lab.Program{
		Path: cmp.Or(p.Path, l.Self()), Args: []string{RoleVerb, a.Role}, Quiet: true,
		Files: append([]*os.File{child}, files...),
		Grace: settle, // for stderr, should somebody else hold it open
	})
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return process, conn, nil
}

// controlPlane returns both ends of one, that of the role as it is inherited.
func controlPlane() (conn net.Conn, child *os.File, err error) {
	ends, err := lab.SocketPair("control")
	if err != nil {
		return nil, nil, fmt.Errorf("create control plane: %w", err)
	}
	if conn, err = takeOver(ends[0]); err != nil {
		ends[1].Close()
	}
	return conn, ends[1], err
}

// takeOver makes a connection of file, a socket, which it closes.
func takeOver(file *os.File) (net.Conn, error) {
	defer file.Close() // the connection has a duplicate
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, fmt.Errorf("open control plane: %w", err)
	}
	return conn, nil
}

// runtimes returns the runtime of each role, or says which the transport or this
// program does not have.
func (t Trial) runtimes() (all [copytax.NumRoles]Runtime, err error) {
	info := t.Transport.Info()
	for role := range all {
		name := cmp.Or(t.Placement[role], copytax.Go)
		if !info.Can(copytax.Role(role), name) || info.OneProcess && name != cmp.Or(t.Placement[copytax.Kernel], copytax.Go) {
			return all, fmt.Errorf("%s cannot have its %s in %s", t.Transport.Name(), copytax.Role(role), name)
		}
		if all[role] = t.Runtimes[name]; name == copytax.Go {
			all[role] = Program{}
		}
		if all[role] == nil {
			return all, fmt.Errorf("run the %s of %s: there is no runtime %s here", copytax.Role(role), t.Transport.Name(), name)
		}
	}
	return all, nil
}
