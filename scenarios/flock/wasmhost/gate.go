package wasmhost

import (
	"sync"
	"sync/atomic"
)

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
