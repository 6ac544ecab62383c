package rung

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/scenarios/flock"
)

// Serve is a worker of the kernel benchmark: it reads one request a line from in
// and answers each with one line, "ok ..." or "error MESSAGE", until in ends.
//
//	backends                                         -> ok NAME NAME ...
//	world BOIDS DIMENSIONS SEED POLICYHEX THREADS    -> ok
//	advance TICKS                                    -> ok CHAIN NEIGHBOURS
//	time BACKEND sort|perceive|step REPS             -> ok NANOSECONDS NEIGHBOURS
//	digest BACKEND                                   -> ok HASH
//
// advance plays the world in wazero; time and digest leave it as it is. Serve
// keeps to one thread and fails only when it cannot read or write.
func Serve(in io.Reader, out io.Writer) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	w := &worker{}
	defer w.close()
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			if _, err := fmt.Fprintln(out, w.reply(line)); err != nil {
				return fmt.Errorf("answer a request: %w", err)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read a request: %w", err)
		}
	}
}

// A worker holds the world that was last asked for. Its frame is in a slot of the
// wazero arm; the other arms are made when first asked for.
type worker struct {
	model   flock.Model
	threads int
	ticks   uint64
	chain   uint64
	main    *engineArm // nil before the first world
	slot    int
	arms    [len(names)]arm
}

// reply answers a request in one line.
func (w *worker) reply(line string) string {
	words := strings.Fields(line)
	if len(words) == 0 {
		return "error empty request"
	}
	answer, err := w.answer(words[0], words[1:])
	if err != nil {
		return "error " + strings.Join(strings.Fields(err.Error()), " ") // a trap has many lines
	}
	return strings.TrimSpace("ok " + answer)
}

func (w *worker) answer(verb string, args []string) (string, error) {
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
		return "", w.world(args)
	case w.main == nil:
		return "", fmt.Errorf("%s: there is no world yet", verb)
	case verb == "advance":
		return w.advance(args[0])
	case verb == "time":
		return w.time(args[0], args[1], args[2])
	}
	return w.digest(args[0])
}

// world replaces the world. After an error there is none.
func (w *worker) world(args []string) error {
	w.close()
	*w = worker{}
	m, threads, err := parseWorld(args)
	if err != nil {
		return err
	}
	if _, err := New(m.Boids, m.Dimensions, m.Cells()); err != nil {
		return err
	}
	world, err := flock.NewModelWorld(m, 2, nil)
	if err != nil {
		return err
	}
	main := newEngineArm(world, m)
	if err := world.Seed(0); err != nil {
		return errors.Join(err, world.Close())
	}
	*w = worker{model: m, threads: threads, chain: fnvBasis, main: main}
	return nil
}

// parseWorld reads BOIDS DIMENSIONS SEED POLICYHEX THREADS.
func parseWorld(args []string) (m flock.Model, threads int, err error) {
	var failed error
	number := func(what, text string, most uint64) uint64 {
		v, err := strconv.ParseUint(text, 10, 64)
		if err != nil || v > most {
			failed = errors.Join(failed, fmt.Errorf("%s %q: want a number up to %d", what, text, most))
		}
		return v
	}
	m.Boids = int(number("boids", args[0], maxBoids))
	m.Dimensions = int(number("dimensions", args[1], 3))
	m.Seed = number("seed", args[2], 1<<64-1)
	threads = int(number("threads", args[4], maxThreads))
	if threads < 1 {
		failed = errors.Join(failed, fmt.Errorf("threads %q: want at least 1", args[4]))
	}
	if m.Dimensions < 2 {
		failed = errors.Join(failed, fmt.Errorf("dimensions %q: want 2 or 3", args[1]))
	}
	if failed != nil {
		return m, 0, failed
	}
	block, err := hex.DecodeString(args[3])
	if err != nil || len(block) > copytax.PolicyBytes {
		return m, 0, fmt.Errorf("policy of %d digits: want up to %d bytes in hexadecimal", len(args[3]), copytax.PolicyBytes)
	}
	if err := m.Policy.Get(append(block, make([]byte, copytax.PolicyBytes-len(block))...)); err != nil {
		return m, 0, err
	}
	return m, threads, checkPolicy(&m.Policy, m.Dimensions)
}

// advance plays ticks and returns the chain of all frames so far and the
// neighbours of the last one. After a fault the world is at the last good frame.
func (w *worker) advance(text string) (string, error) {
	ticks, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return "", fmt.Errorf("advance %q: want a number of ticks", text)
	}
	neighbours := uint64(0)
	for range ticks {
		if neighbours, err = w.main.run(phaseStep, w.slot, w.renumber()); err != nil {
			return "", fmt.Errorf("tick %d: %w", w.ticks, err)
		}
		w.slot = 1 - w.slot
		w.ticks++
		w.chain = fnvFrame(w.chain, w.frame())
	}
	return fmt.Sprintf("%016x %d", w.chain, neighbours), nil
}

func (w *worker) frame() *copytax.Frame { return w.main.memory.Frames[w.slot] }

// renumber tells whether the next tick begins a generation.
func (w *worker) renumber() bool { return w.ticks%copytax.GenerationTicks == 0 }

// time runs a phase on the current frame. The heap is collected before and the
// frame is copied to where the back end reads it, neither of which is counted.
func (w *worker) time(name, what, times string) (string, error) {
	reps, err := strconv.ParseUint(times, 10, 32)
	if err != nil || reps == 0 {
		return "", fmt.Errorf("repetitions %q: want a number, at least 1", times)
	}
	p, ok := phaseOf(what)
	if !ok {
		return "", fmt.Errorf("phase %q: want sort, perceive or step", what)
	}
	a, slot, err := w.arm(name)
	if err != nil {
		return "", err
	}
	renumber, neighbours := w.renumber(), uint64(0)
	runtime.GC()
	start := time.Now()
	for range reps {
		if neighbours, err = a.run(p, slot, renumber); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d %d", time.Since(start).Nanoseconds(), neighbours), nil
}

// digest steps the current frame with a back end and hashes what comes out.
func (w *worker) digest(name string) (string, error) {
	a, slot, err := w.arm(name)
	if err != nil {
		return "", err
	}
	if _, err := a.run(phaseStep, slot, w.renumber()); err != nil {
		return "", err
	}
	return fmt.Sprintf("%016x", fnvFrame(fnvBasis, a.frame(1-slot))), nil
}
