package http

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"

	"github.com/copytax/copytax"
)

// A server serves one peer, and knows from its connection when it has gone.
type server struct {
	peer     copytax.Role
	http     *http.Server
	maxBody  int64
	requests chan *exchange // lent to the role's goroutine
	gone     chan struct{}  // closed when the peer's connection is
	closing  chan struct{}  // closed by close

	mu       sync.Mutex
	left     bool           // gone is closed
	closed   bool           // closing is closed
	handlers sync.WaitGroup // handlers at work, and Serve
}

// An exchange is a request that a handler lends to the role's goroutine, which
// reads its body and answers it once. The handler writes the answer.
type exchange struct {
	route  string // genome, policy, frame or used
	number uint64 // epoch or generation
	body   io.Reader
	length int64
	reply  chan reply // room for one
	sent   chan error // room for one: how writing the reply went
}

type reply struct {
	status      int
	contentType string
	body        []byte // the role's; the handler does not touch it after sent
}

// serve starts a server for peer and shares its address under key. Routes
// are handlers by patterns of http.ServeMux that end in {number}; route is
// called with the server, which they need.
func serve(env copytax.Env, peer copytax.Role, key string, routes func(*server) map[string]http.HandlerFunc) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the %s: %w", peer, err)
	}
	s := &server{
		peer: peer, maxBody: int64(copytax.MaxBytes(env.Boids)),
		requests: make(chan *exchange), gone: make(chan struct{}), closing: make(chan struct{}),
	}
	mux := http.NewServeMux()
	for pattern, handle := range routes(s) {
		mux.HandleFunc(pattern, s.counted(handle))
	}
	s.http = &http.Server{Handler: mux, ConnState: s.watch}
	s.handlers.Go(func() { s.http.Serve(listener{l, env.Counters}) }) // ends by close, which is no news
	if err := env.Share(key, l.Addr().String()); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// watch notices that the peer has closed its connection.
func (s *server) watch(_ net.Conn, state http.ConnState) {
	if state != http.StateClosed {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.left {
		s.left = true
		close(s.gone)
	}
}

// enter counts a handler in, unless the server is closing.
func (s *server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.handlers.Add(1)
	}
	return !s.closed
}

// counted makes handle known to close.
func (s *server) counted(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.enter() {
			defer s.handlers.Done()
			handle(w, r)
		}
	}
}

// lend returns a handler that lends its requests to the role's goroutine and
// writes its answers.
func (s *server) lend(route string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		x, err := s.accept(route, w, r)
		if err != nil {
			return // answered
		}
		select {
		case s.requests <- x:
			x.sent <- s.answer(x, w, r)
		case <-r.Context().Done():
		case <-s.closing:
		}
	}
}

// numberOf returns the number at the end of a request's path, or answers the
// request with an error.
func numberOf(route string, w http.ResponseWriter, r *http.Request) (uint64, error) {
	number, err := strconv.ParseUint(r.PathValue("number"), 10, 64)
	if err != nil {
		err = fmt.Errorf("%s %q: not a number", route, r.PathValue("number"))
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
	return number, err
}

// accept turns a request into an exchange, or answers it with an error.
func (s *server) accept(route string, w http.ResponseWriter, r *http.Request) (*exchange, error) {
	number, err := numberOf(route, w, r)
	if err != nil {
		return nil, err
	}
	if r.ContentLength < 0 || r.ContentLength > s.maxBody {
		err := fmt.Errorf("%s %d: length %d, want 0 to %d", route, number, r.ContentLength, s.maxBody)
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return nil, err
	}
	return &exchange{
		route: route, number: number, body: r.Body, length: r.ContentLength,
		reply: make(chan reply, 1), sent: make(chan error, 1),
	}, nil
}

// answer waits for the role's reply and writes it, to the last byte.
func (s *server) answer(x *exchange, w http.ResponseWriter, r *http.Request) error {
	var a reply
	select {
	case a = <-x.reply:
	case <-r.Context().Done():
		return fmt.Errorf("the %s closed its connection: %w", s.peer, r.Context().Err())
	case <-s.closing:
		return http.ErrServerClosed
	}
	if a.contentType != "" {
		w.Header().Set("Content-Type", a.contentType)
	}
	if a.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if _, err := w.Write(a.body); err != nil && len(a.body) > 0 {
		return err
	}
	return http.NewResponseController(w).Flush()
}

// next returns what comes next from the peer over from, a channel that the
// server's handlers feed. What came before the peer went away counts.
func next[T any](s *server, from <-chan T) (T, error) {
	select {
	case v := <-from:
		return v, nil
	case <-s.gone:
	}
	select {
	case v := <-from:
		return v, nil
	default:
		var none T
		return none, fmt.Errorf("the %s closed its connection: %w", s.peer, io.ErrUnexpectedEOF)
	}
}

// close ends every connection and waits until no handler is left. It is safe
// to call twice.
func (s *server) close() error {
	s.mu.Lock()
	again := s.closed
	s.closed = true
	s.mu.Unlock()
	if again {
		return nil
	}
	close(s.closing)
	err := s.http.Close()
	s.handlers.Wait()
	return err
}

// is returns an error unless x is what is due. The peer is told by refuse.
func (x *exchange) is(route string, number uint64) error {
	if x.route != route || x.number != number {
		return fmt.Errorf("got %s %d, want %s %d", x.route, x.number, route, number)
	}
	return nil
}

// refuse answers with 409 and err's text, waits until that is out, and returns err.
func (x *exchange) refuse(err error) error {
	x.reply <- reply{status: http.StatusConflict, contentType: "text/plain; charset=utf-8", body: []byte(err.Error())}
	return errors.Join(err, <-x.sent)
}

// read fills buf with the body, all of it.
func (x *exchange) read(buf []byte) error {
	if _, err := io.ReadFull(x.body, buf); err != nil {
		return fmt.Errorf("read body of %s %d: %w", x.route, x.number, err)
	}
	return nil
}
