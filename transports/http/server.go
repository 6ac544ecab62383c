package http

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/copytax/copytax"
)

// A server is the connection of a role that is asked: it serves one peer, which says
// so when it leaves.
type server struct {
	peer     copytax.Role
	order    *exchange // which the role's next message answers
	waiting  *exchange // that Pending has found
	unsent   *exchange // whose answer Flush waits for
	http     *http.Server
	maxBody  int64
	requests chan *exchange // lent to the role's goroutine
	used     chan uint64    // epochs of which the peer has told the use
	reported atomic.Uint64  // epoch of which it must tell the use next
	telling  sync.WaitGroup // handlers that have accepted a use, until it is in used
	gone     chan struct{}  // closed when the peer has gone
	closing  chan struct{}  // closed by Close

	mu       sync.Mutex
	left     bool           // gone is closed
	closed   bool           // closing is closed
	handlers sync.WaitGroup // handlers at work, and Serve
}

// An exchange is a request that a handler lends to the role's goroutine, which
// reads its body and answers it once. The handler writes the answer.
type exchange struct {
	kind   copytax.Kind
	number uint64 // epoch or generation
	body   io.Reader
	length int64
	reply  chan reply // room for one
	sent   chan error // room for one: how writing the reply went
}

type reply struct {
	status      int
	contentType string
	epoch       uint64 // of a frame that is a later one than was asked for, else 0
	body        []byte // the role's; the handler does not touch it after sent
}

// serve starts a server for peer and shares its address under key. It takes messages
// of the given kinds.
func serve(env copytax.Env, peer copytax.Role, key string, kinds ...copytax.Kind) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the %s: %w", peer, err)
	}
	s := &server{
		peer: peer, maxBody: int64(copytax.MaxBytes(env.Boids)),
		requests: make(chan *exchange), used: make(chan uint64, usesAhead), gone: make(chan struct{}), closing: make(chan struct{}),
	}
	mux := http.NewServeMux()
	for _, kind := range kinds {
		r, handle := routes()[kind], s.lend(kind)
		if kind == copytax.KindUsed {
			handle = s.use
		}
		mux.HandleFunc(r.method+" /"+r.path+"/{number}", s.counted(handle))
	}
	mux.HandleFunc(http.MethodDelete+" /{$}", s.counted(s.handleLeave))
	s.http = &http.Server{Handler: mux}
	s.handlers.Go(func() { s.http.Serve(listener{l, env.Counters}) }) // ends by Close, which is no news
	if err := env.Share(key, l.Addr().String()); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// handleLeave hears that the peer leaves. What it has told of before counts.
func (s *server) handleLeave(w http.ResponseWriter, _ *http.Request) {
	s.telling.Wait()
	s.markGone()
	w.WriteHeader(http.StatusNoContent)
}

// markGone notes that the peer has gone.
func (s *server) markGone() {
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

// counted makes handle known to Close.
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
func (s *server) lend(kind copytax.Kind) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		x, err := s.accept(kind, w, r)
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
func numberOf(kind copytax.Kind, w http.ResponseWriter, r *http.Request) (uint64, error) {
	number, err := strconv.ParseUint(r.PathValue("number"), 10, 64)
	if err != nil {
		err = fmt.Errorf("%s %q: not a number", kind, r.PathValue("number"))
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
	return number, err
}

// accept turns a request into an exchange, or answers it with an error.
func (s *server) accept(kind copytax.Kind, w http.ResponseWriter, r *http.Request) (*exchange, error) {
	number, err := numberOf(kind, w, r)
	if err != nil {
		return nil, err
	}
	if r.ContentLength < 0 || r.ContentLength > s.maxBody {
		err := fmt.Errorf("%s %d: length %d, want 0 to %d", kind, number, r.ContentLength, s.maxBody)
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return nil, err
	}
	return &exchange{
		kind: kind, number: number, body: r.Body, length: r.ContentLength,
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
	if a.epoch != 0 {
		w.Header().Set(epochHeader, strconv.FormatUint(a.epoch, 10))
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
