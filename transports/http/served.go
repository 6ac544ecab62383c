package http

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/copytax/copytax"
)

var (
	_ copytax.Conn    = (*server)(nil)
	_ copytax.Flusher = (*server)(nil)
	_ copytax.Poller  = (*server)(nil)
	_ copytax.Refuser = (*server)(nil)
)

// usesAhead is how many ticks the viewer can be ahead of the kernel's AwaitUsed.
const usesAhead = 16

// use handles the viewer's news that it has used a frame. It answers at once, so that
// the viewer need not wait until the kernel asks, and before the kernel knows, which
// may close the connection then.
func (s *server) use(w http.ResponseWriter, r *http.Request) {
	epoch, err := numberOf(copytax.KindUsed, w, r)
	if err != nil {
		return
	}
	if due := s.reported.Load(); epoch != due || !s.reported.CompareAndSwap(due, due+1) {
		http.Error(w, fmt.Sprintf("use of frame %d: that of %d is due", epoch, due), http.StatusConflict)
		return
	}
	s.telling.Add(1)
	defer s.telling.Done()
	w.WriteHeader(http.StatusNoContent)
	if err := http.NewResponseController(w).Flush(); err != nil {
		return // the connection is gone, which the role learns from the server
	}
	select {
	case s.used <- epoch:
	case <-s.closing:
	}
}

// Next implements copytax.Conn.
func (s *server) Next() (copytax.Header, error) {
	if x := s.waiting; x != nil {
		s.waiting = nil
		return s.take(x), nil
	}
	select {
	case x := <-s.requests:
		return s.take(x), nil
	case epoch := <-s.used:
		return copytax.Header{Kind: copytax.KindUsed, Number: epoch}, nil
	case <-s.gone:
	}
	select { // what came before the peer went away counts
	case x := <-s.requests:
		return s.take(x), nil
	case epoch := <-s.used:
		return copytax.Header{Kind: copytax.KindUsed, Number: epoch}, nil
	default:
		return copytax.Header{}, fmt.Errorf("it closed its connection: %w", io.ErrUnexpectedEOF)
	}
}

// take makes x the exchange that is under way.
func (s *server) take(x *exchange) copytax.Header {
	s.order = x
	return copytax.Header{Kind: x.kind, Number: x.number, Length: int(x.length)}
}

// Pending implements copytax.Poller.
func (s *server) Pending() (bool, error) {
	if s.waiting != nil {
		return true, nil
	}
	select {
	case s.waiting = <-s.requests:
		return true, nil
	case <-s.gone:
		return true, nil // Next says so
	default:
		return false, nil
	}
}

// Receive implements copytax.Conn. A genome is answered as soon as its bytes are here,
// so that the kernel can encode its policy while they are decoded.
func (s *server) Receive(p []byte) error {
	x := s.order
	if _, err := io.ReadFull(x.body, p); err != nil {
		return fmt.Errorf("read body of %s %d: %w", x.kind, x.number, err)
	}
	if x.kind == copytax.KindGenome {
		x.reply <- reply{status: http.StatusNoContent}
	}
	return nil
}

// Send implements copytax.Conn: it answers the request that is under way, with a frame.
// A handler writes it, and has done so when Flush returns.
func (s *server) Send(h copytax.Header, body []byte) error {
	x := s.order
	if x == nil {
		return errors.New("no request for it is open")
	}
	answer := reply{status: http.StatusOK, contentType: h.Type, body: body}
	if h.Number != x.number {
		answer.epoch = h.Number
	}
	x.reply <- answer
	s.order, s.unsent = nil, x
	return nil
}

// Flush implements copytax.Flusher.
func (s *server) Flush() error {
	x := s.unsent
	if x == nil {
		return nil
	}
	s.unsent = nil
	return <-x.sent
}

// Refuse implements copytax.Refuser: it answers with 409 and err's text, and waits
// until that is out.
func (s *server) Refuse(err error) error {
	x := s.order
	if x == nil {
		return err
	}
	s.order = nil
	x.reply <- reply{status: http.StatusConflict, contentType: "text/plain; charset=utf-8", body: []byte(err.Error())}
	return errors.Join(err, <-x.sent)
}

// Close implements copytax.Conn. It ends every connection and waits until no handler
// is left.
func (s *server) Close() error {
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
