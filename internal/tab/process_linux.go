package tab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/coder/websocket"

	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/internal/control"
)

// settle is how long the reason of a lost connection may come behind it: the operating
// system and the browser's own processes notice an end one after another.
const settle = 300 * time.Millisecond

// A Process is a page and the browser that was started for it. It implements
// [control.Process]: it ends when its connection does, and the connection when the tab
// crashes, the browser ends or the page goes away. The end of the process that draws is
// none of these: the page is told by its WebGPU device.
type Process struct {
	page *Page

	gone  chan struct{} // closed when nothing is left
	at    time.Time     // these are valid then
	err   error
	cause string
}

// Start implements [control.Runtime]. A browser has no use for the assignment's files.
func (r Runtime) Start(ctx context.Context, l *lab.Lab, a *control.Assignment, _ []*os.File) (control.Process, io.ReadWriteCloser, error) {
	a.Files = 0
	p, err := r.open(ctx, l)
	if err != nil {
		return nil, nil, err
	}
	return p, p.page, nil
}

func (r Runtime) open(ctx context.Context, l *lab.Lab) (*Process, error) {
	b, err := Launch(ctx, l, r.Options)
	if err != nil {
		return nil, err
	}
	page, err := b.Open(ctx, r.Site)
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	p := &Process{page: page, gone: make(chan struct{})}
	go p.watch()
	return p, nil
}

// watch waits for the end of the connection, finds out why, and ends the rest.
func (p *Process) watch() {
	select {
	case <-p.page.life.Done():
	case <-p.page.browser.dead:
		p.page.end(errors.New(p.page.browser.death()))
	}
	var said error
	if p.cause, said = p.page.findCause(); said != nil {
		p.err = errors.New(p.cause)
	}
	p.page.Close()
	if err := p.page.browser.Close(); err != nil {
		p.err = errors.Join(p.err, err)
	}
	p.at = time.Now()
	close(p.gone)
}

// findCause says why the connection has ended, and returns no error where the page has
// ended it in good order.
func (p *Page) findCause() (string, error) {
	switch err := context.Cause(p.life); {
	case err == io.EOF:
		return "the page closed its connection before it was told to", nil
	case err == io.ErrClosedPipe:
		return "the supervisor closed the connection", err
	case err == errCrashed:
		return limited(p.complained(err)).Error(), err
	default:
		return limited(p.complained(p.lostBy(err))).Error(), err
	}
}

// lostBy returns the reason of a connection that ended with err.
func (p *Page) lostBy(err error) error {
	select {
	case <-p.browser.dead:
		return errors.New(p.browser.death())
	case <-p.crashed:
		return errCrashed
	case <-time.After(settle):
	}
	switch websocket.CloseStatus(err) {
	case websocket.StatusGoingAway:
		return errors.New("the page was left or closed")
	case websocket.StatusMessageTooBig:
		return fmt.Errorf("the page sent a message of more than %d bytes", longestUp)
	}
	return errors.New("the page lost its connection")
}

// Kill implements [control.Process].
func (p *Process) Kill() { p.page.browser.process.Kill() }

// End implements [control.Process]. The end is good where the page has closed its
// connection in good order, with status 1000.
func (p *Process) End() (time.Time, error) {
	<-p.gone
	return p.at, p.err
}

// Death implements [control.Process].
func (p *Process) Death() string {
	select {
	case <-p.gone:
	case <-time.After(time.Second):
		p.Kill()
		<-p.gone
	}
	return p.cause
}

// PIDs implements [control.Several].
func (p *Process) PIDs() []int { return p.page.browser.PIDs() }

// Screenshot is [Page.Screenshot].
func (p *Process) Screenshot(ctx context.Context) ([]byte, error) { return p.page.Screenshot(ctx) }

// jsonText decodes a remote value that is text.
func jsonText(o *runtime.RemoteObject, text *string) error { return json.Unmarshal(o.Value, text) }
