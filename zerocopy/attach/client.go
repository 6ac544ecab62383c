package attach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

// A Want says what a process asks for that attaches to a hub. The zero value
// asks for the place of the kernel, which no server gives: set Place.
type Want struct {
	Place Place
	// Layout is what the hub must have; the zero Layout takes any.
	Layout zerocopy.Layout
}

// A Client is a place in a hub of another process. Its files are to be
// mapped by the attached process: Control writable, Orders and Frames as its
// place says. Orders is nil unless that is the engine's.
type Client struct {
	Place  Place
	Layout zerocopy.Layout
	Files

	host    Place
	conn    *net.UnixConn
	lost    atomic.Bool // the server went first
	group   sync.WaitGroup
	closing sync.Once
	closed  chan struct{}
}

const (
	joinLimit = 30 * time.Second     // for a server to welcome, where the context says no less
	retry     = 5 * time.Millisecond // between two tries where the backlog is full
)

// engineGrace is how long an engine has to leave a hub whose server is gone,
// before a reader takes it for dead.
const engineGrace = 30 * time.Millisecond

// Dial joins the hub that is served at name. It waits until the server can
// give what is asked for, up to the context's deadline or half a minute. The
// caller owns the client.
func Dial(ctx context.Context, name string, want Want) (*Client, error) {
	ctx, cancel := context.WithTimeout(ctx, joinLimit)
	defer cancel()
	conn, err := dial(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("attach to %s: %w", name, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // ends a wait at once
	a, err := join(conn, want)
	if err == nil && !stop() {
		a.Close()
		err = context.Cause(ctx)
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("attach to %s: %w", name, err)
	}
	return a, nil
}

// dial connects to a server, and waits where its backlog is full.
func dial(ctx context.Context, name string) (*net.UnixConn, error) {
	for {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "unixpacket", name)
		if err == nil {
			return conn.(*net.UnixConn), nil // the network's only kind
		}
		if !errors.Is(err, syscall.EAGAIN) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", context.Cause(ctx), err)
		case <-time.After(retry):
		}
	}
}

// join speaks with a server that may be anything. With an error it leaves no
// descriptor but the connection.
func join(conn *net.UnixConn, want Want) (*Client, error) {
	if err := sameUser(conn); err != nil {
		return nil, err
	}
	hello := greeting{kind: greetHello, place: want.Place, layout: want.Layout}
	if want.Layout != (zerocopy.Layout{}) {
		hello.hash = want.Layout.Hash()
	}
	if _, err := conn.Write(hello.encode()); err != nil {
		return nil, fmt.Errorf("say hello: %w", err)
	}
	msg, files, err := receive(conn)
	if err != nil {
		return nil, fmt.Errorf("await welcome: %w", err)
	}
	a, err := accept(msg, files, want)
	if err != nil {
		closeAll(files)
		return nil, err
	}
	a.conn = conn
	return a, nil
}

// accept looks at a welcome and at every descriptor that came with it.
func accept(msg []byte, files []*os.File, want Want) (*Client, error) {
	g, err := decodeGreeting(msg, greetWelcome)
	if err != nil {
		return nil, err
	}
	if g.kind == greetRefusal {
		return nil, fmt.Errorf("refused: %w", refusal(g.reason))
	}
	if err := fits(g, want); err != nil {
		return nil, err
	}
	kinds := g.place.regions()
	if len(files) != len(kinds) {
		return nil, fmt.Errorf("%d descriptors came with the welcome, want %d", len(files), len(kinds))
	}
	a := &Client{Place: g.place, Layout: g.layout, host: g.host, closed: make(chan struct{})}
	for i, k := range kinds {
		if err := a.take(files[i], k); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// fits checks that what is given is what was asked for.
func fits(g greeting, want Want) error {
	switch {
	case g.place == AnyReader, want.Place == AnyReader && g.place < FirstReader, want.Place != AnyReader && g.place != want.Place:
		return fmt.Errorf("asked for the place of %v, was given that of %v", want.Place, g.place)
	case want.Layout != (zerocopy.Layout{}) && g.layout != want.Layout:
		return fmt.Errorf("asked for a hub of %v, was given one of %v", want.Layout, g.layout)
	case g.host == g.place:
		return fmt.Errorf("the server is itself the %v", g.place)
	}
	return nil
}

// take makes a descriptor that of a region if it is one. A reader wants frames
// that only one process can ever write.
func (a *Client) take(file *os.File, k zerocopy.Kind) error {
	if _, err := hub.Check(file, k, a.Layout); err != nil {
		return err
	}
	*a.of(k) = file
	if !a.Place.wantsSealed(k) {
		return nil
	}
	done, err := hub.Sealed(file)
	if err == nil && !done {
		err = fmt.Errorf("%v region: not sealed against other writers", k)
	}
	return err
}

// Guard has waits on words end with ErrClosed soon after the server is gone,
// from a goroutine that Close ends. It is called once; Close must come before
// the page behind words is unmapped.
//
// The mark that ends them is the hub's own: a server is one of the trial's
// roles, and a hub without its server is a trial that is over.
func (a *Client) Guard(words *hub.Words) {
	a.group.Go(func() {
		// Nothing is sent to those who are attached, so this returns when the
		// server has gone, Close was called, or something else talks there.
		_, files, err := receive(a.conn)
		closeAll(files)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		a.lost.Store(true)
		words.Leave(copytax.Role(a.host))
		if a.Place == Place(copytax.Engine) {
			return
		}
		// A reader waits for the engine, which has lost its server as well and
		// says so if it lives.
		select {
		case <-a.closed:
		case <-time.After(engineGrace):
			words.Leave(copytax.Engine)
		}
	})
}

// Lost returns ErrHostLost when the server went before Close, else nil.
func (a *Client) Lost() error {
	if a.lost.Load() {
		return fmt.Errorf("%w (it was the %v)", ErrHostLost, a.host)
	}
	return nil
}

// Close gives the place back. It may be called twice.
func (a *Client) Close() error {
	var errs []error
	a.closing.Do(func() {
		close(a.closed)
		errs = append(errs, a.conn.Close())
		a.group.Wait()
		for _, f := range []*os.File{a.Control, a.Orders, a.Frames} {
			if f != nil {
				errs = append(errs, f.Close())
			}
		}
	})
	return errors.Join(errs...)
}
