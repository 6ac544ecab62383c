package signal

import (
	"fmt"
	"os"

	"github.com/copytax/copytax/scenarios/internal/core"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

// A way carries numbers, one more each time, in one direction.
type way interface {
	post(v uint64) (syscalls int, err error)
	await(v uint64) (syscalls int, err error)
}

// The directions.
const (
	there = iota // writer to reader
	back
	directions
)

// pageBytes of the control page behind the hub's own words: the bare words and
// the stamp of the hand-off on its way, far enough from either.
const stampOffset = zerocopy.PageBytes / 2

// A link is both ways between writer and reader, and the stamp.
type link struct {
	plan  plan
	ways  [directions]way
	stamp core.Stamp
	ruler *core.Ruler // nil where the cores' distance is not measured
	words *hub.Words
}

// open maps the control page as a worker does that maps it more than once, or
// beside goroutines that compute.
func (p plan) open(files []*os.File, number int) (*link, error) {
	h, err := core.Open(p, files, number)
	if err != nil {
		return nil, err
	}
	return p.link(h)
}

// link makes the arm's ways of the control page, or of the descriptors behind it.
func (p plan) link(h *core.Hub) (l *link, err error) {
	l = &link{plan: p, words: h.Words, ruler: h.Ruler, stamp: h.Maps[0][stampOffset : stampOffset+zerocopy.LineBytes]}
	for direction := range directions {
		if l.ways[direction], err = p.way(h.Words, direction, h.Files[1:]); err != nil {
			return l, err
		}
	}
	return l, nil
}

func (p plan) way(words *hub.Words, direction int, files []*os.File) (way, error) {
	if how, err := strategy(p.Arm, p.Where != goroutine); err == nil {
		signal := words.Frame()
		if direction == back {
			signal = words.Used()
		}
		return signalWay{signal, hub.NewWaiter(how)}, nil
	}
	word, err := words.Bare(direction)
	switch p.Arm {
	case bareSpin:
		return spinWay{word}, err
	case barePause:
		return pauseWay{word}, err
	case bareFutex:
		return futexWay{word}, err
	case eventFD:
		return fdWay{put: int(files[direction].Fd()), take: int(files[direction].Fd())}, nil
	case socket: // a pair of ends, either of which can do both
		return fdWay{put: int(files[direction].Fd()), take: int(files[1-direction].Fd())}, nil
	}
	return nil, fmt.Errorf("no arm %q", p.Arm)
}

type signalWay struct {
	hub.Signal
	waiter *hub.Waiter
}

func (w signalWay) post(v uint64) (int, error) { return w.Post(v), nil }
func (w signalWay) await(v uint64) (int, error) {
	_, calls, err := w.waiter.Await(w.Signal, v)
	return calls, err
}

type spinWay struct{ hub.Bare }

func (w spinWay) post(v uint64) (int, error)  { w.Store(v); return 0, nil }
func (w spinWay) await(v uint64) (int, error) { w.Spin(v); return 0, nil }

type pauseWay struct{ hub.Bare }

func (w pauseWay) post(v uint64) (int, error)  { w.Store(v); return 0, nil }
func (w pauseWay) await(v uint64) (int, error) { w.SpinPause(v); return 0, nil }

type futexWay struct{ hub.Bare }

func (w futexWay) post(v uint64) (int, error)  { w.Wake(v); return 1, nil }
func (w futexWay) await(v uint64) (int, error) { w.Sleep(v); return 1, nil }
