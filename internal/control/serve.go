package control

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
)

// ControlFD is the descriptor at which a role process finds its control plane.
// Those of the data plane follow it.
const ControlFD = 3

// grace is how long a role that has been told of the end of another in the
// midst of its ticks has to notice it by its transport, say what it was doing,
// and leave. Then it is made to leave: whatever it waits for will not come. To
// give back the memory of a million boids takes it 40 ms more.
const grace = 30 * time.Millisecond

// A Registry finds workloads and transports by name.
type Registry interface {
	Scenario(name string) (copytax.Scenario, error)
	Transport(name string) (copytax.Transport, error)
}

// Serve does the role that the supervisor at the other end of the control
// plane assigns, to its end. When the supervisor dies, so does this process.
//
// Note: one os.File and no more may be made of the descriptor. A second one
// would close it when collected, by when it may be somebody else's.
func Serve(reg Registry) error {
	ctl, err := newChannel(os.NewFile(ControlFD, "control"))
	if err != nil {
		return fmt.Errorf("no control plane on descriptor %d: roles are started by copytax run, not by hand: %w", ControlFD, err)
	}
	m, err := ctl.receive()
	if err != nil || m.Kind != kindAssign || m.Assign == nil {
		return fmt.Errorf("control plane: want an assignment first, got %q: %v", m.Kind, err)
	}
	s := &session{ctl: ctl, ready: make(chan struct{}), exit: make(chan struct{})}
	s.others, s.lost = context.WithCancelCause(context.Background())
	go s.listen()
	return s.giveUp(s.work(reg, *m.Assign))
}

// A session is a role's conversation with its supervisor. It implements
// copytax.Rendezvous.
type session struct {
	ctl   *channel
	ready chan struct{} // closed on go
	exit  chan struct{} // closed on exit
	// others ends when the process of another role has, and its cause says whose.
	others context.Context
	lost   context.CancelCauseFunc
	values sync.Map    // channels of text, by key
	begun  atomic.Bool // the ticks
	gaveUp atomic.Bool
}

var _ copytax.Rendezvous = (*session)(nil)

// giveUp tells the supervisor why this process ends, once, and returns err. It
// comes before links are closed: what the peers then say is that this role
// went away, which is not the reason.
func (s *session) giveUp(err error) error {
	if err == nil || s.gaveUp.Swap(true) {
		return err
	}
	said := message{Kind: kindError, Error: err.Error(), At: lab.Nanotime()}
	return errors.Join(err, s.ctl.send(said))
}

// lose notes that the process of role has ended, and sees to it that this one
// does. Only the goroutine that listens calls it.
func (s *session) lose(role string) {
	if s.others.Err() != nil {
		return
	}
	s.lost(fmt.Errorf("the %s's process has ended", role))
	if !s.begun.Load() {
		s.leave("left while it was starting")
	}
	time.AfterFunc(grace, func() { s.leave(fmt.Sprintf("not noticed by the transport within %v", grace)) })
}

// leave ends the process wherever it is.
func (s *session) leave(how string) {
	_ = s.giveUp(fmt.Errorf("%s: %w", how, context.Cause(s.others))) // the supervisor sees the exit
	os.Exit(1)
}

// await blocks until the supervisor says what, which closes said, or another
// role is lost, which is an error.
func (s *session) await(what string, said <-chan struct{}) error {
	select {
	case <-said:
		return nil
	case <-s.others.Done():
		return s.giveUp(fmt.Errorf("wait to be told to %s: %w", what, context.Cause(s.others)))
	}
}

// listen takes messages until the supervisor is gone. It sleeps in the network
// poller during the window.
func (s *session) listen() {
	for {
		m, err := s.ctl.receive()
		if err != nil {
			os.Exit(1) // nobody is left to tell
		}
		switch m.Kind {
		case kindGo:
			close(s.ready)
		case kindExit:
			close(s.exit)
		case kindValue:
			select {
			case s.slot(m.Key) <- m.Value:
			default: // the first value of a key stays
			}
		case kindLost:
			s.lose(m.Key)
		}
	}
}

// slot holds the value of a key once it is shared.
func (s *session) slot(key string) chan string {
	slot, _ := s.values.LoadOrStore(key, make(chan string, 1))
	return slot.(chan string)
}

// Share implements copytax.Rendezvous.
func (s *session) Share(key, value string) error {
	return s.ctl.send(message{Kind: kindShare, Key: key, Value: value})
}

// Lookup implements copytax.Rendezvous.
func (s *session) Lookup(key string) (string, error) {
	slot := s.slot(key)
	select {
	case value := <-slot:
		slot <- value // for the next one who asks
		return value, nil
	case <-s.others.Done():
		return "", fmt.Errorf("look up %q: %w", key, context.Cause(s.others))
	}
}

// work opens the links, runs the ticks, reports, and waits to be told to leave.
func (s *session) work(reg Registry, a assignment) error {
	runtime.LockOSThread() // until it is known whether the link wants a thread
	h, err := s.open(reg, a)
	if err != nil {
		return err
	}
	defer h.close()
	if !h.info.OwnThread || h.info.Concurrent {
		runtime.UnlockOSThread()
	}
	if err := s.ctl.send(message{Kind: kindReady}); err != nil {
		return err
	}
	if err := s.await("start", s.ready); err != nil {
		return err
	}
	s.begun.Store(true)
	all, err := h.run()
	if err != nil {
		if s.others.Err() != nil { // which is the reason, whichever neighbour it was seen by
			err = fmt.Errorf("%w: %w", context.Cause(s.others), err)
		}
		return s.giveUp(err)
	}
	if err := s.ctl.send(message{Kind: kindReport, Report: &all}); err != nil {
		return err
	}
	return s.await("leave", s.exit)
}
