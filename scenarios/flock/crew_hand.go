package flock

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero/api"
)

// A hand is one of the threads of a Crew, with an instance of the module.
type hand struct {
	crew       *Crew
	index      int
	desc       descriptor
	address    uint64 // of desc in linear memory
	calls      [phases]api.Function
	pointer    api.MutableGlobal // to the top of the instance's stack
	top        uint64            // where it is between two calls
	stack      [4]uint64         // arguments and result of a call
	neighbours uint64
	status     status
	err        error // a trap
}

// live does every phase that begins, until the crew quits.
func (h *hand) live() {
	runtime.LockOSThread() // and never unlocks: the thread ends with the goroutine
	c, turn := h.crew, uint32(0)
	for {
		turn = c.begin.wait(turn, c.spins)
		if c.quit {
			return
		}
		h.work()
		if c.pending.Add(-1) == 0 {
			c.end.open()
		}
	}
}

// work does chunks of the phase until none is left or one has failed: the others
// then find none left either.
func (h *hand) work() {
	c := h.crew
	p := c.phase
	for {
		from := int(c.next.Add(int64(p.size))) - p.size
		if from >= p.total {
			return
		}
		if !h.do(p.kind, from, min(from+p.size, p.total)) {
			c.next.Store(int64(p.total))
			return
		}
	}
}

// do does one chunk, and returns whether that went well.
func (h *hand) do(kind phaseKind, from, to int) bool {
	h.stack = [4]uint64{h.address}
	switch kind {
	case phaseCount, phaseScatter:
		h.stack[1] = uint64(from)
	case phasePerceive:
		h.stack[1], h.stack[2], h.stack[3] = uint64(h.index), uint64(from), uint64(to)
	case phaseIntegrate:
		h.stack[1], h.stack[2] = uint64(from), uint64(to)
	}
	h.err = h.calls[kind].CallWithStack(context.Background(), h.stack[:])
	if h.err != nil {
		h.pointer.Set(h.top) // a trap leaves it where it was
		return false
	}
	h.status = status(h.stack[0])
	if kind == phasePerceive {
		h.neighbours += h.desc.neighbours()
	}
	return h.status == statusOK
}

// A gate is opened again and again, and lets pass whoever has not passed since it
// was last opened.
type gate struct {
	turn   atomic.Uint32 // how often it was opened
	mu     sync.Mutex
	opened *sync.Cond
}

func (g *gate) init() { g.opened = sync.NewCond(&g.mu) }

// open lets everybody pass once. What was written before it is seen by those who pass.
func (g *gate) open() {
	g.mu.Lock()
	g.turn.Add(1)
	g.mu.Unlock()
	g.opened.Broadcast()
}

// wait returns when the gate has been opened since turn, and what its turn is
// then. It looks so many times before it sleeps.
func (g *gate) wait(turn uint32, spins int) uint32 {
	for range spins {
		if now := g.turn.Load(); now != turn {
			return now
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.turn.Load() == turn {
		g.opened.Wait()
	}
	return g.turn.Load()
}
