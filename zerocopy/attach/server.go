package attach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

const (
	answerLimit  = 2 * time.Second       // patience with a peer
	maxGreetings = 8                     // hellos that are read at a time
	sealLimit    = 30 * time.Second      // for the writer of a region to map and seal it
	sealLook     = time.Millisecond      // between two looks at the seals
	acceptPause  = 10 * time.Millisecond // where the process has no descriptor left
)

// A Hosting is what a [Server] lets others attach to. The files and the words
// belong to the caller and must outlive the server.
type Hosting struct {
	Layout zerocopy.Layout
	Files
	Words *hub.Words
	Place Place // the role of the process that serves
}

// A Server lets processes of the same user attach to a hub. It keeps each
// one's connection: where that ends, the place is free again, and whatever the
// process held of the hub is let go.
type Server struct {
	hub      Hosting
	listener net.Listener
	ctx      context.Context
	cancel   context.CancelFunc
	pending  chan struct{} // a token for each hello that is being read
	patience time.Duration // for a peer to say its hello, or to take what it is sent
	group    sync.WaitGroup

	mu    sync.Mutex
	conns map[*net.UnixConn]Place // AnyReader while it has none
	taken [places]bool
}

// Serve answers on socket, which is one of [Listen], from goroutines of its own
// until Close. It takes the socket over.
func Serve(socket *os.File, h Hosting) (*Server, error) {
	defer socket.Close() // the listener has a duplicate
	listener, err := net.FileListener(socket)
	if err != nil {
		return nil, fmt.Errorf("serve hub on %s: %w", socket.Name(), err)
	}
	if listener.Addr().Network() != "unixpacket" {
		listener.Close()
		return nil, fmt.Errorf("serve hub on %s: it is no socket of Listen", socket.Name())
	}
	s := newServer(h)
	s.listener = listener
	s.group.Go(s.accept)
	return s, nil
}

// newServer returns a server that does not listen.
func newServer(h Hosting) *Server {
	s := &Server{hub: h, pending: make(chan struct{}, maxGreetings), patience: answerLimit, conns: map[*net.UnixConn]Place{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.taken[h.Place] = true
	return s
}

// Name returns the name at which the server can be reached.
func (s *Server) Name() string { return s.listener.Addr().String() }

// Close ends every connection, and with it the waits of those who are attached,
// and returns once no goroutine of the server touches the hub any more. A
// socket that has a path is removed.
func (s *Server) Close() error {
	s.cancel()
	err := s.listener.Close()
	if name := s.Name(); !isAbstract(name) {
		err = errors.Join(err, os.Remove(name))
	}
	s.mu.Lock()
	for conn := range s.conns {
		conn.Close() // Note: nothing is buffered.
	}
	s.mu.Unlock()
	s.group.Wait()
	return err
}

// accept takes connections. It stops taking while maxGreetings of them have
// not said what they want, which leaves the others to the socket's backlog.
func (s *Server) accept() {
	for {
		select {
		case s.pending <- struct{}{}:
		case <-s.ctx.Done():
			return
		}
		conn, err := s.listener.Accept()
		if err == nil {
			s.group.Go(func() { s.attend(conn.(*net.UnixConn)) }) // the listener's only kind
			continue
		}
		<-s.pending
		if errors.Is(err, net.ErrClosed) {
			return
		}
		time.Sleep(acceptPause)
	}
}

// attend is the life of one connection.
func (s *Server) attend(conn *net.UnixConn) {
	if !s.enlist(conn) {
		<-s.pending
		return
	}
	defer s.dismiss(conn)
	place, err := s.greet(conn)
	<-s.pending
	if err == nil {
		err = s.welcome(conn, place)
	}
	if err != nil {
		s.refuse(conn, err)
		return
	}
	s.await(conn)
}

// enlist makes conn one that Close closes. It is too late after Close.
func (s *Server) enlist(conn *net.UnixConn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		conn.Close()
		return false
	}
	s.conns[conn] = AnyReader
	return true
}

// dismiss closes conn and lets go of what its process held.
func (s *Server) dismiss(conn *net.UnixConn) {
	conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	place := s.conns[conn]
	delete(s.conns, conn)
	if place != AnyReader && s.ctx.Err() == nil {
		s.release(place)
	}
}

// release lets go of what the process at place held, and frees the place of a
// further reader. A role that has gone is said to have left, which wakes
// whoever waits for it: where it was killed, nobody else says so.
func (s *Server) release(place Place) {
	if place != Place(copytax.Engine) {
		_ = s.hub.Words.Reclaim(int(place)) // fails for no index that is a place
	}
	if place < FirstReader {
		s.hub.Words.Leave(copytax.Role(place))
		return // nobody can go on where a role broke off
	}
	s.taken[place] = false
}

// greet reads a hello and returns the place that it is given.
func (s *Server) greet(conn *net.UnixConn) (Place, error) {
	if err := conn.SetDeadline(time.Now().Add(s.patience)); err != nil {
		return 0, err
	}
	if err := sameUser(conn); err != nil {
		return 0, refusal(err.Error())
	}
	msg, files, err := receive(conn)
	if err != nil {
		return 0, err
	}
	if len(files) > 0 {
		closeAll(files)
		return 0, refusal("a hello brings no descriptors")
	}
	hello, err := decodeGreeting(msg, greetHello)
	if err != nil {
		return 0, refusal(err.Error())
	}
	if hello.hash != 0 && hello.layout != s.hub.Layout {
		return 0, refusal(fmt.Sprintf("the hub is one of %v, not of %v", s.hub.Layout, hello.layout))
	}
	return s.assign(conn, hello.place)
}

// assign gives conn the place that it asks for.
func (s *Server) assign(conn *net.UnixConn, ask Place) (Place, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ask == AnyReader {
		free := slices.Index(s.taken[FirstReader:], false)
		if free < 0 {
			return 0, refusal(fmt.Sprintf("all %d places for further readers are taken", places-FirstReader))
		}
		ask = FirstReader + Place(free)
	}
	if s.taken[ask] {
		return 0, refusal(fmt.Sprintf("the place of %v is taken", ask))
	}
	s.taken[ask], s.conns[conn] = true, ask
	return ask, nil
}

// welcome sends the descriptors of place, each once nobody can map it for
// writing any more who should not.
func (s *Server) welcome(conn *net.UnixConn, place Place) error {
	var fds []int
	for _, k := range place.regions() {
		if place.wantsSealed(k) {
			if err := s.sealed(k); err != nil {
				return err
			}
		}
		fds = append(fds, int((*s.hub.of(k)).Fd()))
	}
	if err := conn.SetDeadline(time.Now().Add(s.patience)); err != nil {
		return err
	}
	msg := greeting{kind: greetWelcome, place: place, host: s.hub.Place, hash: s.hub.Layout.Hash(), layout: s.hub.Layout}
	return send(conn, msg.encode(), fds)
}

// sealed waits until the only writer of a region has mapped it and closed the
// door behind it.
func (s *Server) sealed(k zerocopy.Kind) error {
	for end := time.Now().Add(sealLimit); ; {
		done, err := hub.Sealed(*s.hub.of(k))
		if err != nil {
			return err
		}
		if done {
			return nil
		}
		if time.Now().After(end) {
			return refusal(fmt.Sprintf("nobody has mapped the %v region for writing within %v", k, sealLimit))
		}
		select {
		case <-s.ctx.Done():
			return net.ErrClosed
		case <-time.After(sealLook):
		}
	}
}

// refuse tells the peer why it may not attach, if that is of its concern.
func (s *Server) refuse(conn *net.UnixConn, err error) {
	var why refusal
	if !errors.As(err, &why) {
		return
	}
	msg := greeting{kind: greetRefusal, host: s.hub.Place, reason: why.Error()}
	_ = conn.SetDeadline(time.Now().Add(s.patience)) // a peer that cannot be told
	_, _ = conn.Write(msg.encode())                  // is one that has gone
}

// await returns when the peer is gone, or has said what no peer says: the
// connection is silent while it is attached.
func (s *Server) await(conn *net.UnixConn) {
	if conn.SetDeadline(time.Time{}) != nil {
		return // closed by Close
	}
	if _, files, err := receive(conn); err == nil {
		closeAll(files)
	}
}
