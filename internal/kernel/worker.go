package kernel

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
)

const (
	// patience is how long a worker may take for one request: a million boids
	// with 33 neighbours in JavaScript take about a minute to warm up.
	patience = 20 * time.Minute
	// longestLine is the longest reply that is understood, in bytes.
	longestLine = 64 << 10
)

// A Phase is a part of the step that a worker can time.
type Phase string

// The phases, each of which contains those before it.
const (
	Sort     Phase = "sort"     // check and sort by cell
	Perceive Phase = "perceive" // and add up the neighbours
	Step     Phase = "step"     // and move
)

// Phases lists all phases.
func Phases() []Phase { return []Phase{Sort, Perceive, Step} }

// A Program is how a kind of worker is started on this machine.
type Program struct {
	Kind    Kind
	Command []string // path and arguments; empty when Unavailable says why
	Env     []string // on top of this process's own
	// Unavailable is why there is none here.
	Unavailable string
	// Lacks is why the worker does not have some of its back ends, by its own
	// names for them.
	Lacks map[string]string
}

// A refusal is what a worker answers to a request that it cannot carry out. It
// can be asked further.
type refusal struct{ what string }

func (r refusal) Error() string { return r.what }

// A worker is a process that holds one world and steps it with its back ends.
// It has no more than one request under way.
type worker struct {
	kind  Kind
	p     *process
	lines *bufio.Reader
}

// launch starts the worker of a program.
func (l *launcher) launch(p Program) (*worker, error) {
	if p.Unavailable != "" {
		return nil, errors.New(p.Unavailable)
	}
	started, err := l.spawn(p.Command, p.Env)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.Command[0], err)
	}
	return &worker{kind: p.Kind, p: started, lines: bufio.NewReaderSize(started.out, longestLine)}, nil
}

// ask sends a request and returns the words of the reply behind "ok". When ctx
// ends, or patience does, the worker is killed.
func (w *worker) ask(ctx context.Context, request string) ([]string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("no reply within %v", patience))
	defer cancel()
	stop := context.AfterFunc(ctx, w.p.kill)
	defer stop()
	verb, _, _ := strings.Cut(request, " ")
	line, err := w.exchange(request)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%s: %s: %w", w.kind, verb, context.Cause(ctx))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", w.kind, verb, err)
	}
	words, err := parseReply(line)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", w.kind, verb, err)
	}
	return words, nil
}

func (w *worker) exchange(request string) (string, error) {
	if _, err := io.WriteString(w.p.in, request+"\n"); err != nil {
		return "", errors.New(w.p.death())
	}
	line, err := w.lines.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		w.p.kill() // what follows is no reply to anything
		return "", fmt.Errorf("a reply of more than %d bytes", longestLine)
	}
	if err != nil {
		return "", errors.New(w.p.death())
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

// backends returns the worker's back ends: why one is unavailable, by its own
// name, or "" if it is not.
func (w *worker) backends(ctx context.Context) (map[string]string, error) {
	words, err := w.ask(ctx, "backends")
	if err != nil {
		return nil, err
	}
	offered := map[string]string{}
	for _, word := range words {
		name, reason, missing := strings.Cut(word, ":")
		if missing && reason == "" {
			reason = "for no reason that it gives"
		}
		offered[name] = strings.ReplaceAll(reason, "_", " ")
	}
	return offered, nil
}

// make makes the first frame of a world.
func (w *worker) make(ctx context.Context, world World, threads int) error {
	m := world.Model
	words, err := w.ask(ctx, fmt.Sprintf("world %d %d %d %s %d", m.Boids, m.Dimensions, m.Seed, policyHex(m), threads))
	if err != nil {
		return err
	}
	return w.want("world", words, 0)
}

// want fails when a reply has another number of words than n.
func (w *worker) want(verb string, words []string, n int) error {
	if len(words) != n {
		return fmt.Errorf("%s: %s: a reply of %d words, want %d", w.kind, verb, len(words), n)
	}
	return nil
}

// A state is what a world has come to.
type state struct {
	Chain      uint64 // FNV-1a over all frames since the first
	Neighbours uint64 // of all boids together in the last tick
}

// advance plays ticks.
func (w *worker) advance(ctx context.Context, ticks int) (state, error) {
	words, err := w.ask(ctx, fmt.Sprintf("advance %d", ticks))
	if err == nil {
		err = w.want("advance", words, 2)
	}
	if err != nil {
		return state{}, err
	}
	chain, err := parseHash(words[0])
	if err != nil {
		return state{}, fmt.Errorf("%s: advance: %w", w.kind, err)
	}
	counts, err := w.counts("advance", words[1:])
	if err != nil {
		return state{}, err
	}
	return state{chain, counts[0]}, nil
}

// digest returns the hash of what one step of the current frame gives.
func (w *worker) digest(ctx context.Context, own string) (uint64, error) {
	words, err := w.ask(ctx, "digest "+own)
	if err == nil {
		err = w.want("digest", words, 1)
	}
	if err != nil {
		return 0, err
	}
	hash, err := parseHash(words[0])
	if err != nil {
		return 0, fmt.Errorf("%s: digest: %w", w.kind, err)
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

// time runs a phase reps times and returns how long that took in nanoseconds,
// and how many neighbours the last run found.
func (w *worker) time(ctx context.Context, own string, phase Phase, reps int) (ns, neighbours uint64, err error) {
	words, err := w.ask(ctx, fmt.Sprintf("time %s %s %d", own, phase, reps))
	if err == nil {
		err = w.want("time", words, 2)
	}
	if err != nil {
		return 0, 0, err
	}
	counts, err := w.counts("time", words)
	if err != nil {
		return 0, 0, err
	}
	if counts[0] == 0 {
		return 0, 0, fmt.Errorf("%s: time: %d runs of %s of %s in no time", w.kind, reps, phase, own)
	}
	return counts[0], counts[1], nil
}

// dense measures the empirical ceiling.
func (w *worker) dense(ctx context.Context, own string, reps int) ([]uint64, error) {
	words, err := w.ask(ctx, fmt.Sprintf("dense %s %d", own, reps))
	if err == nil {
		err = w.want("dense", words, 4)
	}
	if err != nil {
		return nil, err
	}
	return w.counts("dense", words)
}

// counts reads whole numbers.
func (w *worker) counts(verb string, words []string) ([]uint64, error) {
	var counts []uint64
	for _, word := range words {
		n, err := strconv.ParseUint(word, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %q is no count", w.kind, verb, shorten(word))
		}
		counts = append(counts, n)
	}
	return counts, nil
}

// calibrate returns the constants of this machine that the worker measured.
func (w *worker) calibrate(ctx context.Context) (map[string]float64, error) {
	words, err := w.ask(ctx, "calibrate")
	if err != nil {
		return nil, err
	}
	constants := map[string]float64{}
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		v, err := strconv.ParseFloat(value, 64)
		if err == nil && math.IsNaN(v) {
			continue // it needs instructions that this processor lacks
		}
		if err != nil || !(v > 0) || v > 1e12 {
			return nil, fmt.Errorf("%s: calibrate: %q is no constant", w.kind, shorten(word))
		}
		constants[strings.TrimSuffix(key, "_per_ns")] = v
	}
	return constants, nil
}

// close ends the worker.
func (w *worker) close() { w.p.close() }
