package physics

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/scenarios/physics/worker"
)

const (
	longestLine = 64 << 10        // bytes, of a reply that is understood
	parting     = 5 * time.Second // that a worker has to leave once its input has ended
)

// A program is how a kind of worker is started on this machine.
type program struct {
	lab.Program
	// unavailable is why there is none here.
	unavailable error
	// lacks is why the worker does not have some of its back ends, by its own names
	// for them.
	lacks map[string]string
}

// A refusal is what a worker answers to a request that it cannot carry out. It
// can be asked further.
type refusal struct{ what string }

func (r refusal) Error() string { return r.what }

// A client asks a worker process, which holds one world and steps it with its back
// ends. It has no more than one request under way.
type client struct {
	kind  Kind
	p     peer
	lines *bufio.Reader
}

// A peer is who a client talks to, by lines.
type peer interface {
	io.ReadWriter
	PID() int
	Kill()         // at any time, and more than once
	Death() string // how it ended, in a few words
	leave()        // lets it end
}

// A child is a process that talks by its standard input and output.
type child struct{ *lab.Process }

func (c child) Read(b []byte) (int, error)  { return c.Out.Read(b) }
func (c child) Write(b []byte) (int, error) { return c.In.Write(b) }
func (c child) leave()                      { c.Leave(parting) }

// start starts the worker of a kind.
func (s setup) start(ctx context.Context, l *lab.Lab, kind Kind) (*client, error) {
	p, err := s.launch(ctx, l, kind)
	if err != nil {
		return nil, err
	}
	return &client{kind, p, bufio.NewReaderSize(p, longestLine)}, nil
}

func (s setup) launch(ctx context.Context, l *lab.Lab, kind Kind) (peer, error) {
	if kind == Tab {
		return s.browser.open(ctx, l)
	}
	p := s.programs[kind]
	if p.unavailable != nil {
		return nil, p.unavailable
	}
	process, err := l.Launch(p.Program)
	if err != nil {
		return nil, err
	}
	return child{process}, nil
}

// ask sends a request and returns the words of the reply behind "ok". When ctx ends
// the worker is killed.
func (c *client) ask(ctx context.Context, request string) ([]string, error) {
	defer context.AfterFunc(ctx, c.p.Kill)()
	line, err := c.exchange(request)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	verdict, rest, _ := strings.Cut(line, " ")
	switch {
	case err != nil:
	case verdict == "error":
		err = refusal{rest}
	case verdict != "ok":
		err = fmt.Errorf("reply %q is neither ok nor error", shorten(line))
	default:
		return strings.Fields(rest), nil
	}
	return nil, c.fault(request, err)
}

// fault says which request of whom an error is about.
func (c *client) fault(request string, err error) error {
	verb, _, _ := strings.Cut(request, " ")
	return fmt.Errorf("%s: %s: %w", c.kind, verb, err)
}

// The bases of numbers in a reply.
const (
	count = 10
	hash  = 16 // and as many digits
)

// numbers asks for numbers of the given bases.
func (c *client) numbers(ctx context.Context, bases []int, format string, args ...any) ([]uint64, error) {
	request := fmt.Sprintf(format, args...)
	words, err := c.ask(ctx, request)
	if err != nil {
		return nil, err
	}
	if len(words) != len(bases) {
		return nil, c.fault(request, fmt.Errorf("a reply of %d words, want %d", len(words), len(bases)))
	}
	list := make([]uint64, len(words))
	for i, word := range words {
		if list[i], err = strconv.ParseUint(word, bases[i], 64); err != nil || (bases[i] == hash && len(word) != hash) {
			return nil, c.fault(request, fmt.Errorf("%q is no number in base %d", shorten(word), bases[i]))
		}
	}
	return list, nil
}

func (c *client) exchange(request string) (string, error) {
	if _, err := io.WriteString(c.p, request+"\n"); err != nil {
		return "", errors.New(c.p.Death())
	}
	line, err := c.lines.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		c.p.Kill() // what follows is no reply to anything
		return "", fmt.Errorf("a reply of more than %d bytes", longestLine)
	}
	if err != nil {
		return "", errors.New(c.p.Death())
	}
	return strings.TrimSpace(string(line)), nil
}

// shorten keeps what a stranger wrote from flooding a message.
func shorten(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}

// time runs a phase reps times and returns how long that took, and how many
// neighbours the last run found.
func (c *client) time(ctx context.Context, own string, phase worker.Phase, reps int) (time.Duration, uint64, error) {
	n, err := c.numbers(ctx, []int{count, count}, "time %s %s %d", own, phase, reps)
	if err != nil {
		return 0, 0, err
	}
	if n[0] == 0 {
		return 0, 0, c.fault("time", fmt.Errorf("%d runs of %s of %s in no time", reps, phase, own))
	}
	return time.Duration(n[0]), n[1], nil
}

// leave lets the worker end.
func (c *client) leave() { c.p.leave() }
