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
	"strconv"
	"time"

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

// A client is the connection of a role that asks: it makes requests of one server, one
// at a time, on one connection.
// A goroutine of its own waits for the answers, so that the role can go on
// between a request and its answer.
type client struct {
	base      string
	meter     copytax.Meter
	counters  *copytax.Counters
	transport *http.Transport
	ctx       context.Context // ends with Close
	cancel    context.CancelFunc
	requests  chan *http.Request
	answers   chan answer
	wrote     chan struct{} // has one when the request is in its buffer
	ended     chan struct{}
	asked     uint64         // number of the last request
	answer    *http.Response // whose body Receive reads
}

var _ copytax.Conn = (*client)(nil)

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
		base: "http://" + addr, meter: env.Meter, counters: env.Counters,
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
	return &conn{inner, c.counters}, nil
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

// A route is how a message of a kind is asked with.
type route struct {
	method, path string
	// answered is set when the answer says that the message has come, and nothing else.
	answered bool
}

// The routes, by kind of message.
func routes() [copytax.NumKinds]route {
	return [...]route{
		copytax.KindFrame:  {}, // an answer
		copytax.KindGenome: {http.MethodPut, "genome", true},
		copytax.KindPolicy: {http.MethodPost, "policy", false},
		copytax.KindUsed:   {http.MethodPost, "used", true},
		copytax.KindWant:   {http.MethodGet, "frame", false},
	}
}

// Send implements copytax.Conn: it makes a request. It returns when net/http has
// written that to its buffer, from which its own goroutine flushes it, and waits for
// the answer where that is an acknowledgement.
func (c *client) Send(h copytax.Header, body []byte) error {
	r := routes()[h.Kind]
	if err := c.start(r, h, body); err != nil || !r.answered {
		return err
	}
	c.meter.Enter(copytax.Wait)
	if _, err := c.finish(http.StatusNoContent); err != nil {
		return err
	}
	return c.answer.Body.Close()
}

func (c *client) start(route route, h copytax.Header, body []byte) error {
	r, err := http.NewRequestWithContext(c.ctx, route.method, fmt.Sprintf("%s/%s/%d", c.base, route.path, h.Number), bytes.NewReader(body))
	if err != nil {
		return err
	}
	if h.Type != "" {
		r.Header.Set("Content-Type", h.Type)
	}
	c.asked = h.Number
	c.requests <- r
	select {
	case <-c.wrote:
	case a := <-c.answers: // an error before it was written, or a very quick answer
		c.answers <- a
	}
	return nil
}

// Next implements copytax.Conn: it waits for the answer, which is a frame.
func (c *client) Next() (copytax.Header, error) {
	h := copytax.Header{Kind: copytax.KindFrame, Number: c.asked}
	r, err := c.finish(http.StatusOK)
	if err != nil {
		return h, err
	}
	if later := r.Header.Get(epochHeader); later != "" {
		if h.Number, err = strconv.ParseUint(later, 10, 64); err != nil {
			return h, fmt.Errorf("header %s: %w", epochHeader, err)
		}
	}
	h.Length = int(r.ContentLength)
	return h, nil
}

// finish waits for the answer, whose body it leaves, and takes any other status than
// that for a refusal.
func (c *client) finish(status int) (*http.Response, error) {
	a := <-c.answers
	select {
	case <-c.wrote: // left over where start did not take it
	default:
	}
	if a.err != nil {
		return nil, fmt.Errorf("no answer: %w (%w)", io.ErrUnexpectedEOF, a.err)
	}
	c.answer = a.response
	if a.response.StatusCode == status {
		return a.response, nil
	}
	text, err := io.ReadAll(io.LimitReader(a.response.Body, longestRefusal))
	return nil, errors.Join(fmt.Errorf("it answered %s: %s", a.response.Status, text), err, a.response.Body.Close())
}

// longestRefusal is how much of a refusal is read.
const longestRefusal = 4096

// Receive implements copytax.Conn.
func (c *client) Receive(p []byte) error {
	_, err := io.ReadFull(c.answer.Body, p)
	if err = errors.Join(err, c.answer.Body.Close()); err != nil {
		return fmt.Errorf("read its answer: %w", err)
	}
	return nil
}

// Close implements copytax.Conn. It gives up a request that is under way, closes the connection and waits
// for the goroutine.
func (c *client) Close() error {
	if c.ctx.Err() != nil {
		return nil
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
	c.leave()
	c.transport.CloseIdleConnections()
	return nil
}

// leaveTimeout is how long a server has to hear that its client leaves. One that has left
// itself refuses the connection at once.
const leaveTimeout = 100 * time.Millisecond

// leave tells the server that no more requests will come. If it cannot be told, it has
// no use for it.
func (c *client) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodDelete, c.base+"/", nil)
	if err != nil {
		return
	}
	if answer, err := c.transport.RoundTrip(r); err == nil {
		answer.Body.Close()
	}
}
