// Package worker steps a world with every back end that this program has: the
// module of the flock in wazero, its build without vectors, the module shared by
// threads, and plain Go.
//
// [World] is for this process. [Serve] is a worker process of the experiment of
// the physics, which speaks the lines that those in Rust and in JavaScript speak.
// The package measures nothing by itself.
package worker

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"strconv"
	"strings"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/scenarios/physics/plain"
)

// Serve reads one request a line from in and answers each with one line, "ok ..."
// or "error MESSAGE", until in ends.
//
//	backends                                         -> ok NAME NAME ...
//	world BOIDS DIMENSIONS SEED POLICYHEX THREADS    -> ok
//	advance TICKS                                    -> ok CHAIN NEIGHBOURS
//	time BACKEND sort|perceive|step REPS             -> ok NANOSECONDS NEIGHBOURS
//	digest BACKEND                                   -> ok HASH
//
// advance steps the world in wazero; time and digest leave it as it is. Serve
// keeps to one thread and fails only when it cannot read or write.
func Serve(in io.Reader, out io.Writer) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s := &server{}
	defer s.close()
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if _, err := fmt.Fprintln(out, s.reply(lines.Text())); err != nil {
			return fmt.Errorf("answer a request: %w", err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read a request: %w", err)
	}
	return nil
}

// A server holds the world that was last asked for, nil before the first.
type server struct{ current *World }

func (s *server) close() {
	if s.current != nil {
		s.current.Close() // Note: what cannot be unmapped dies with the process.
	}
}

// reply answers a request in one line.
func (s *server) reply(line string) string {
	words := strings.Fields(line)
	if len(words) == 0 {
		return "error empty request"
	}
	answer, err := s.answer(words[0], words[1:])
	if err != nil {
		return "error " + strings.Join(strings.Fields(err.Error()), " ") // a trap has many lines
	}
	return strings.TrimSpace("ok " + answer)
}

func (s *server) answer(verb string, args []string) (string, error) {
	wants := map[string]int{"backends": 0, "world": 5, "advance": 1, "time": 3, "digest": 1}
	want, ok := wants[verb]
	switch {
	case !ok:
		return "", fmt.Errorf("unknown request %q", verb)
	case len(args) != want:
		return "", fmt.Errorf("%s with %d arguments: want %d", verb, len(args), want)
	case verb == "backends":
		return strings.Join(names[:], " "), nil
	case verb == "world":
		return "", s.world(args)
	case s.current == nil:
		return "", fmt.Errorf("%s: there is no world yet", verb)
	case verb == "advance":
		return s.advance(args[0])
	case verb == "time":
		return s.time(args[0], args[1], args[2])
	}
	hash, _, err := s.current.Digest(args[0])
	return fmt.Sprintf("%016x", hash), err
}

// world replaces the world. After an error there is none.
func (s *server) world(args []string) error {
	s.close()
	s.current = nil
	m, threads, err := parseWorld(args)
	if err != nil {
		return err
	}
	s.current, err = Open(m, threads)
	return err
}

// parseWorld reads BOIDS DIMENSIONS SEED POLICYHEX THREADS.
func parseWorld(args []string) (m flock.Model, threads int, err error) {
	boids, err1 := number("boids", args[0], 0, plain.MaxBoids)
	dimensions, err2 := number("dimensions", args[1], 2, 3)
	seed, err3 := number("seed", args[2], 0, math.MaxUint64)
	most, err4 := number("threads", args[4], 1, MaxThreads)
	block, err5 := hex.DecodeString(args[3])
	if err5 != nil || len(block) > copytax.PolicyBytes {
		err5 = fmt.Errorf("policy of %d digits: want up to %d bytes in hexadecimal", len(args[3]), copytax.PolicyBytes)
	}
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return m, 0, err
	}
	m = flock.Model{Boids: int(boids), Dimensions: int(dimensions), Seed: seed}
	_ = m.Policy.Get(append(block, make([]byte, copytax.PolicyBytes-len(block))...)) // as long as a policy
	return m, int(most), plain.CheckPolicy(&m.Policy, m.Dimensions)
}

func number(what, text string, least, most uint64) (uint64, error) {
	v, err := strconv.ParseUint(text, 10, 64)
	if err != nil || v < least || v > most {
		return 0, fmt.Errorf("%s %q: want a number from %d to %d", what, text, least, most)
	}
	return v, nil
}

func (s *server) advance(text string) (string, error) {
	ticks, err := number("ticks", text, 0, math.MaxUint32)
	if err != nil {
		return "", err
	}
	chain, neighbours, err := s.current.Advance(int(ticks))
	return fmt.Sprintf("%016x %d", chain, neighbours), err
}

func (s *server) time(name, phase, times string) (string, error) {
	reps, err := number("repetitions", times, 1, math.MaxUint32)
	if err != nil {
		return "", err
	}
	took, neighbours, err := s.current.Time(name, Phase(phase), int(reps))
	return fmt.Sprintf("%d %d", took.Nanoseconds(), neighbours), err
}
