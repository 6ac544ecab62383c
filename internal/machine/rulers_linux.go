package machine

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax/experiment"
)

// How much the rulers do: together some 2 ms where nothing disturbs them.
const (
	rulerRounds = 5 // of which the median counts
	aluSteps    = 50_000
	memorySteps = 600
	lineSteps   = 200
	// linePatience is how long a round of the line may take. A thread that waits for
	// one which does not run says nothing of the line.
	linePatience = 2 * time.Millisecond
	lineBytes    = 64
)

// A tape has what the rulers need. Its buffer is no part of Go's heap, so that it is
// no reason to collect later.
type tape struct {
	lines []byte // each begins with the number of the next one, in one cycle in random order
	at    uint32 // the next to be read: the last ones may still be in a cache
	two   []int  // processors that a line goes between, none if there is one
	sink  uint64
}

// newTape fills a buffer of twice the largest cache, 16 to 256 MiB.
func newTape(usable []int, cache int64) (*tape, error) {
	size := min(max(2*cache, 16<<20), 256<<20)
	buffer, err := unix.Mmap(-1, 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return nil, fmt.Errorf("map %d bytes to measure memory with: %w", size, err)
	}
	t := &tape{lines: buffer}
	if len(usable) > 1 && runtime.GOMAXPROCS(0) > 1 {
		t.two = usable[:2]
	}
	t.shuffle()
	return t, nil
}

// shuffle links the lines to one cycle, by Sattolo's algorithm.
func (t *tape) shuffle() {
	n := len(t.lines) / lineBytes
	order := make([]uint32, n)
	for i := range order {
		order[i] = uint32(i)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := n - 1; i > 0; i-- {
		j := rng.IntN(i)
		order[i], order[j] = order[j], order[i]
	}
	for i, next := range order {
		binary.NativeEndian.PutUint32(t.lines[i*lineBytes:], next)
	}
}

// read takes all rulers once.
func (t *tape) read() experiment.Rulers {
	r := experiment.Rulers{ALU: median(t.alu), Memory: median(t.memory)}
	if t.two != nil {
		r.Line = median(t.line)
	}
	return r
}

// median is that of several rounds, nil where one of them says nothing.
func median(round func() float64) *float64 {
	var all [rulerRounds]float64
	for i := range all {
		if all[i] = round(); !(all[i] > 0) {
			return nil
		}
	}
	slices.Sort(all[:])
	return figure(all[rulerRounds/2])
}

// alu returns the ns of a step, each of which needs the one before.
func (t *tape) alu() float64 {
	x := t.sink | 1
	start := time.Now()
	for range aluSteps {
		x = x*6364136223846793005 + 1442695040888963407
	}
	t.sink = x
	return float64(time.Since(start).Nanoseconds()) / aluSteps
}

// memory returns the ns of a load whose address is what the one before has loaded.
func (t *tape) memory() float64 {
	at := t.at
	start := time.Now()
	for range memorySteps {
		at = binary.NativeEndian.Uint32(t.lines[int(at)*lineBytes:])
	}
	t.at = at
	return float64(time.Since(start).Nanoseconds()) / memorySteps
}

// line returns the ns of a cache line's way from one processor to another and back, 0
// where that could not be found out.
func (t *tape) line() float64 {
	var ball struct {
		_ [128]byte // or it shares its line with something else
		n atomic.Int64
		_ [128]byte
	}
	deadline := time.Now().Add(linePatience)
	took := make(chan float64, len(t.two))
	for side, processor := range t.two {
		go func() {
			runtime.LockOSThread() // never unlocked: the thread ends, and its affinity with it
			if moveTo(processor) != nil {
				took <- 0
				return
			}
			took <- play(&ball.n, int64(side), deadline)
		}()
	}
	first, second := <-took, <-took
	return min(first, second)
}

// play adds one whenever the number is of this side's parity, and returns the ns of
// two turns, 0 if the other side did not play along until the deadline. The first
// turns, in which the other side may be starting, are not timed.
func play(n *atomic.Int64, side int64, deadline time.Time) float64 {
	const first = 2 * 50
	start := time.Now()
	for turn := side; turn < first+2*lineSteps; turn += 2 {
		for spins := 1; n.Load() != turn; spins++ {
			if spins%1024 == 0 && time.Now().After(deadline) {
				return 0
			}
		}
		if turn-side == first {
			start = time.Now()
		}
		n.Store(turn + 1)
	}
	return float64(time.Since(start).Nanoseconds()) / lineSteps
}
