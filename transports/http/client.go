package http

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"

	"github.com/copytax/copytax"
)

// The sizes of a connection's buffers in the client. What is written goes
// through one, a body too, so that it should hold a small genome. What is read
// goes around the other as soon as that is empty, so that a greater one than
// the library's 4 KiB would mean more copying and not less.
const (
	writeBuffer = 64 << 10
	readBuffer  = 4 << 10
)

// A client makes requests of one server, one at a time, on one connection.
// A goroutine of its own waits for the answers, so that the role can go on
// between a request and its answer.
type client struct {
	peer      copytax.Role
	base      string
	env       copytax.Env
	transport *http.Transport
	ctx       context.Context // ends with close
	cancel    context.CancelFunc
	requests  chan *http.Request
	answers   chan answer
	wrote     chan struct{} // has one when the request is in its buffer
	ended     chan struct{}
	buf       []byte // of the body last read
}

type answer struct {
	response *http.Response
	err      error
}

// dial looks up the address of peer's server under key. It connects with the
// first request.
func dial(env copytax.Env, peer copytax.Role, key string) (*client, error) {
	addr, err := env.Lookup(key)
	if err != nil {
		return nil, fmt.Errorf("find the %s: %w", peer, err)
	}
	c := &client{
		peer: peer, base: "http://" + addr, env: env,
		requests: make(chan *http.Request), answers: make(chan answer, 1),
		wrote: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	c.transport = &http.Transport{
		DialContext:        c.connect,
		DisableCompression: true,
		MaxConnsPerHost:    1,
		WriteBufferSize:    writeBuffer,
		ReadBufferSize:     readBuffer,
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	c.ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: c.written})
	go c.run()
	return c, nil
}

func (c *client) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	inner, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &conn{inner, c.env.Counters}, nil
}

// written hears of every request that has been written, or could not be.
func (c *client) written(httptrace.WroteRequestInfo) {
	select {
	case c.wrote <- struct{}{}:
	default:
	}
}

// run makes the requests. RoundTrip does without the redirects and cookies of
// an http.Client, which none of the servers uses.
func (c *client) run() {
	defer close(c.ended)
	for r := range c.requests {
		response, err := c.transport.RoundTrip(r)
		c.answers <- answer{response, err}
	}
}

// start sends a request in the Send phase, and returns when net/http has written
// it to its buffer, from which its own goroutine flushes it.
func (c *client) start(method, route string, number uint64, contentType string, body []byte) error {
	c.env.Meter.Enter(copytax.Send)
	url := fmt.Sprintf("%s/%s/%d", c.base, route, number)
	r, err := http.NewRequestWithContext(c.ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s %s %d: %w", method, route, number, err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	c.requests <- r
	select {
	case <-c.wrote:
	case a := <-c.answers: // an error before it was written, or a very quick answer
		c.answers <- a
	}
	return nil
}

// finish waits for the answer in the Wait phase and reads its body in the
// Receive phase. The bytes are valid until the next call.
func (c *client) finish(status int) ([]byte, error) {
	c.env.Meter.Enter(copytax.Wait)
	a := <-c.answers
	select {
	case <-c.wrote: // left over where start did not take it
	default:
	}
	if a.err != nil {
		return nil, fmt.Errorf("ask the %s: %w", c.peer, a.err)
	}
	c.env.Meter.Enter(copytax.Receive)
	b, err := c.body(a.response)
	if err = errors.Join(err, a.response.Body.Close()); err != nil {
		return nil, fmt.Errorf("read the answer of the %s: %w", c.peer, err)
	}
	if a.response.StatusCode != status {
		return nil, fmt.Errorf("the %s answered %s: %s", c.peer, a.response.Status, b)
	}
	return b, nil
}

// body reads all of a response into the kept buffer.
func (c *client) body(r *http.Response) ([]byte, error) {
	if most := int64(copytax.MaxBytes(c.env.Boids)); r.ContentLength < 0 || r.ContentLength > most {
		return nil, fmt.Errorf("body of %d bytes, want 0 to %d", r.ContentLength, most)
	}
	c.buf = slices.Grow(c.buf[:0], int(r.ContentLength))[:r.ContentLength]
	_, err := io.ReadFull(r.Body, c.buf)
	return c.buf, err
}

// close gives up a request that is under way, closes the connection and waits
// for the goroutine. It is safe to call twice.
func (c *client) close() {
	if c.ctx.Err() != nil {
		return
	}
	c.cancel()
	close(c.requests)
	<-c.ended
	select {
	case a := <-c.answers:
		if a.response != nil {
			a.response.Body.Close() // unread; its connection goes with it
		}
	default:
	}
	c.transport.CloseIdleConnections()
}
