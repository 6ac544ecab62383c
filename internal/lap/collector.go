package lap

import (
	"runtime"
	"sync/atomic"
)

// A collector counts the cycles of the garbage collector, by an object that
// each cycle finds unreachable and whose finalizer makes the next. To look at
// the count costs nothing, where the runtime's own would take a microsecond.
type collector struct {
	cycles atomic.Int64
	seen   int64
	ended  atomic.Bool
}

// watch starts to count.
func (c *collector) watch() {
	// Of 16 bytes and with a pointer, so that it shares its block with nothing.
	sentinel := &struct{ self, _ *collector }{self: c}
	runtime.SetFinalizer(sentinel, func(*struct{ self, _ *collector }) {
		c.cycles.Add(1)
		if !c.ended.Load() {
			c.watch()
		}
	})
}

// end stops the counting behind the next cycle.
func (c *collector) end() { c.ended.Store(true) }

// ran reports whether a cycle has ended since it was last asked.
func (c *collector) ran() bool {
	n := c.cycles.Load()
	ran := n != c.seen
	c.seen = n
	return ran
}
