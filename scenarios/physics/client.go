package physics

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
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
	unavailable string
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
	p     *lab.Process
	lines *bufio.Reader
}

// start starts the worker of a kind.
func (s setup) start(l *lab.Lab, kind Kind) (*client, error) {
	p := s.programs[kind]
	if p.unavailable != "" {
		return nil, errors.New(p.unavailable)
	}
	process, err := l.Launch(p.Program)
	if err != nil {
		return nil, err
	}
	return &client{kind, process, bufio.NewReaderSize(process.Out, longestLine)}, nil
}

// ask sends a request and returns the words of the reply behind "ok", of which
// there must be so many; any number where want is negative. When ctx ends the
// worker is killed.
func (c *client) ask(ctx context.Context, want int, format string, args ...any) ([]string, error) {
	request := fmt.Sprintf(format, args...)
	verb, _, _ := strings.Cut(request, " ")
	defer context.AfterFunc(ctx, c.p.Kill)()
	line, err := c.exchange(request)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	var words []string
	if err == nil {
		words, err = parseReply(line)
	}
	if err == nil && want >= 0 && len(words) != want {
		err = fmt.Errorf("a reply of %d words, want %d", len(words), want)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", c.kind, verb, err)
	}
	return words, nil
}

func (c *client) exchange(request string) (string, error) {
	if _, err := io.WriteString(c.p.In, request+"\n"); err != nil {
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

func parseReply(line string) ([]string, error) {
	verdict, rest, _ := strings.Cut(line, " ")
	switch verdict {
	case "ok":
		return strings.Fields(rest), nil
	case "error":
		return nil, refusal{rest}
	}
	return nil, fmt.Errorf("reply %q is neither ok nor error", shorten(line))
}

// shorten keeps what a stranger wrote from flooding a message.
func shorten(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}

// counts asks for whole numbers.
func (c *client) counts(ctx context.Context, want int, format string, args ...any) ([]uint64, error) {
	words, err := c.ask(ctx, want, format, args...)
	if err != nil {
		return nil, err
	}
	counts := make([]uint64, len(words))
	for i, word := range words {
		if counts[i], err = strconv.ParseUint(word, 10, 64); err != nil {
			return nil, fmt.Errorf("%s: %s: %q is no count", c.kind, format[:strings.Index(format, " ")], shorten(word))
		}
	}
	return counts, nil
}

// backends returns the worker's back ends: why one is unavailable, by its own
// name, or "" if it is not.
func (c *client) backends(ctx context.Context) (map[string]string, error) {
	words, err := c.ask(ctx, -1, "backends")
	offered := map[string]string{}
	for _, word := range words {
		name, reason, missing := strings.Cut(word, ":")
		if missing && reason == "" {
			reason = "for no reason that it gives"
		}
		offered[name] = strings.ReplaceAll(reason, "_", " ")
	}
	return offered, err
}

// make makes the first frame of a world.
func (c *client) make(ctx context.Context, w world, threads int) error {
	m := w.Model
	_, err := c.ask(ctx, 0, "world %d %d %d %s %d", m.Boids, m.Dimensions, m.Seed, policyHex(m), threads)
	return err
}

// A state is what a world has come to.
type state struct {
	chain      uint64 // FNV-1a over all frames since the first
	neighbours uint64 // of all boids together in the last tick
}

// advance steps the world.
func (c *client) advance(ctx context.Context, ticks int) (s state, err error) {
	words, err := c.ask(ctx, 2, "advance %d", ticks)
	if err != nil {
		return s, err
	}
	if s.chain, err = parseHash(words[0]); err == nil {
		s.neighbours, err = strconv.ParseUint(words[1], 10, 64)
	}
	if err != nil {
		return s, fmt.Errorf("%s: advance: %w", c.kind, err)
	}
	return s, nil
}

// digest returns the hash of what one step of the current frame gives.
func (c *client) digest(ctx context.Context, own string) (uint64, error) {
	words, err := c.ask(ctx, 1, "digest %s", own)
	if err != nil {
		return 0, err
	}
	hash, err := parseHash(words[0])
	if err != nil {
		return 0, fmt.Errorf("%s: digest: %w", c.kind, err)
	}
	return hash, nil
}

// parseHash reads 16 hexadecimal digits.
func parseHash(word string) (uint64, error) {
	hash, err := strconv.ParseUint(word, 16, 64)
	if err != nil || len(word) != 16 {
		return 0, fmt.Errorf("hash %q: want 16 hexadecimal digits", shorten(word))
	}
	return hash, nil
}

// time runs a phase reps times and returns how long that took, and how many
// neighbours the last run found.
func (c *client) time(ctx context.Context, own string, phase worker.Phase, reps int) (time.Duration, uint64, error) {
	counts, err := c.counts(ctx, 2, "time %s %s %d", own, phase, reps)
	if err != nil {
		return 0, 0, err
	}
	if counts[0] == 0 {
		return 0, 0, fmt.Errorf("%s: time: %d runs of %s of %s in no time", c.kind, reps, phase, own)
	}
	return time.Duration(counts[0]), counts[1], nil
}

// calibrate returns the constants of this machine that the worker measured, by the
// names that it gives them, which end in their units.
func (c *client) calibrate(ctx context.Context) (map[string]float64, error) {
	words, err := c.ask(ctx, -1, "calibrate")
	if err != nil {
		return nil, err
	}
	constants := map[string]float64{}
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		v, err := strconv.ParseFloat(value, 64)
		if err == nil && math.IsNaN(v) {
			continue // it needs instructions that this processor lacks
		}
		if err != nil || !(v > 0) || v > 1e12 {
			return nil, fmt.Errorf("%s: calibrate: %q is no constant", c.kind, shorten(word))
		}
		constants[name] = v
	}
	return constants, nil
}

// leave lets the worker end.
func (c *client) leave() { c.p.Leave(parting) }
