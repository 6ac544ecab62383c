package wasmhost

import (
	"context"
	"runtime"

	"github.com/tetratelabs/wazero/api"
)

// A lane is one of the threads of a pool, with an instance of the module.
type lane struct {
	pool       *pool
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

// serve does every phase that begins, until the pool quits.
func (l *lane) serve() {
	runtime.LockOSThread() // and never unlocks: the thread ends with the goroutine
	p, turn := l.pool, uint32(0)
	for {
		turn = p.begin.wait(turn, p.spins)
		if p.quit {
			return
		}
		l.work()
		if p.pending.Add(-1) == 0 {
			p.end.open()
		}
	}
}

// work does chunks of the phase until none is left or one has failed: the others
// then find none left either.
func (l *lane) work() {
	now, next := l.pool.phase, &l.pool.next
	for {
		from := int(next.Add(int64(now.size))) - now.size
		if from >= now.total {
			return
		}
		if !l.do(now.kind, from, min(from+now.size, now.total)) {
			next.Store(int64(now.total))
			return
		}
	}
}

// do does one chunk, and returns whether that went well.
func (l *lane) do(kind phaseKind, from, to int) bool {
	l.stack = [4]uint64{l.address}
	switch kind {
	case phaseCount, phaseScatter:
		l.stack[1] = uint64(from)
	case phasePerceive:
		l.stack[1], l.stack[2], l.stack[3] = uint64(l.index), uint64(from), uint64(to)
	case phaseIntegrate:
		l.stack[1], l.stack[2] = uint64(from), uint64(to)
	}
	l.err = l.calls[kind].CallWithStack(context.Background(), l.stack[:])
	if l.err != nil {
		l.pointer.Set(l.top) // a trap leaves it where it was
		return false
	}
	l.status = status(l.stack[0])
	if kind == phasePerceive {
		l.neighbours += l.desc.neighbours()
	}
	return l.status == statusOK
}
