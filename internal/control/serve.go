package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
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

// Serve does the role that the supervisor at the other end of the inherited control
// plane assigns, to its end. When the supervisor dies, so does this process.
//
// Note: one os.File and no more may be made of the descriptor. A second one
// would close it when collected, by when it may be somebody else's.
func Serve(reg Registry) error {
	conn, err := takeOver(os.NewFile(ControlFD, "control"))
	if err != nil {
		return fmt.Errorf("no control plane on descriptor %d: roles are started by copytax run, not by hand: %w", ControlFD, err)
	}
	return ServeConn(reg, conn)
}

// ServeConn is Serve on a control plane of any other kind, which it takes over.
// Descriptors of the data plane, if the assignment has any, are inherited as for Serve.
func ServeConn(reg Registry, conn io.ReadWriteCloser) error {
	s := &session{ctl: newChannel(conn, longestDown), ready: make(chan struct{}, 1), exit: make(chan struct{}, 1)}
	s.does("opening its links")
	s.others, s.lost = context.WithCancelCause(context.Background())
	m, err := s.ctl.receive()
	if errors.Is(err, errGone) {
		return fmt.Errorf("wait for an assignment: %w", err) // nobody is left to tell
	}
	var a Assignment
	if err == nil {
		a, err = m.assignment()
	}
	if err != nil {
		return s.giveUp(err)
	}
	go s.listen()
	return s.giveUp(s.work(reg, a))
}

// A session is a role's conversation with its supervisor. It implements
// copytax.Rendezvous.
type session struct {
	ctl   *channel
	ready chan struct{} // has room for one go, as the next for one exit
	exit  chan struct{}
	// others ends when the process of another role has, and its cause says whose.
	others context.Context
	lost   context.CancelCauseFunc
	values sync.Map     // slots, by key
	begun  atomic.Bool  // the ticks
	doing  atomic.Value // a func() string: what the role does
	giving sync.Mutex
	gaveUp bool
}

var _ copytax.Rendezvous = (*session)(nil)

// giveUp tells the supervisor why this process ends, once, and returns err. It
// comes before links are closed: what the peers then say is that this role
// went away, which is not the reason. Whoever else gives up waits until that is said,
// since the process ends behind it.
func (s *session) giveUp(err error) error {
	s.giving.Lock()
	defer s.giving.Unlock()
	if err == nil || s.gaveUp {
		return err
	}
	s.gaveUp = true
	said := message{Kind: kindError, Error: strings.ReplaceAll(err.Error(), "\n", "; "), At: lab.Nanotime()}
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

// await blocks until the supervisor says what, or another role is lost, which is an
// error.
func (s *session) await(what string, said <-chan struct{}) error {
	s.does("waiting to be told to " + what)
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
			s.hangUp(err)
		}
		switch m.Kind {
		case kindGo:
			note(s.ready)
		case kindExit:
			note(s.exit)
		case kindValue:
			s.slot(m.Key).put(m.Value)
		case kindLost:
			s.lose(m.Key)
		case kindStatus:
			_ = s.ctl.send(message{Kind: kindStatus, Doing: s.doing.Load().(func() string)()}) // a supervisor that is gone, receive sees
		}
	}
}

// hangUp ends the process because no more can be received.
func (s *session) hangUp(err error) {
	if !errors.Is(err, errGone) { // else nobody is left to tell
		_ = s.giveUp(err)
	}
	os.Exit(1)
}

// note notes that something was said, by when nobody may have asked for it. Said
// again it says no more.
func note(said chan struct{}) {
	select {
	case said <- struct{}{}:
	default:
	}
}

// does says what the role does from now on.
func (s *session) does(what string) { s.doing.Store(func() string { return what }) }

// A slot is for the value of a key.
type slot struct {
	here  chan struct{} // closed once value is there
	value string
}

// put fills the slot, once. Only the goroutine that listens calls it.
func (s *slot) put(value string) {
	select {
	case <-s.here: // the first value of a key stays
	default:
		s.value = value
		close(s.here)
	}
}

// slot returns the slot of a key, which somebody may look up before it is filled.
func (s *session) slot(key string) *slot {
	one, _ := s.values.LoadOrStore(key, &slot{here: make(chan struct{})})
	return one.(*slot)
}

// Share implements copytax.Rendezvous.
func (s *session) Share(key, value string) error {
	return s.ctl.send(message{Kind: kindShare, Key: key, Value: value})
}

// Lookup implements copytax.Rendezvous.
func (s *session) Lookup(key string) (string, error) {
	slot := s.slot(key)
	before := s.doing.Load()
	s.does(fmt.Sprintf("waiting for the value of %q", key))
	defer s.doing.Store(before)
	select {
	case <-slot.here:
		return slot.value, nil
	case <-s.others.Done():
		return "", fmt.Errorf("look up %q: %w", key, context.Cause(s.others))
	}
}

// work opens the links, runs the ticks, reports, and waits to be told to leave.
func (s *session) work(reg Registry, a Assignment) error {
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
	s.doing.Store(h.doing)
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
