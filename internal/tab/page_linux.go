package tab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/css"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/inspector"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/coder/websocket"

	"github.com/copytax/copytax/experiment/lab"
)

// connecting is how long a page may take until it has its connection.
const connecting = 10 * time.Second

// mostComplaints is how many complaints of a page are kept, the last ones.
const mostComplaints = 8

var errCrashed = errors.New("the tab crashed")

// A Page is a page in its tab, and the control connection with it: a stream, whatever the
// messages of the WebSocket that carry it. What is written must be text. Read is for one
// goroutine, the other methods for any.
type Page struct {
	browser  *Browser
	server   *server
	devtools context.Context // of chromedp, with the page
	conn     *websocket.Conn
	message  io.Reader // that is being read, nil between two

	life context.Context // ends with the connection, with its reason as cause
	end  context.CancelCauseFunc

	crashed chan struct{} // closed once the tab has
	crash   func()        // closes it, once

	connected  atomic.Bool // what the browser complains of later follows from its end
	threw      chan string // an exception that nobody caught, before the connection
	mu         sync.Mutex
	complaints []string
}

var _ io.ReadWriteCloser = (*Page)(nil)

// Open opens the index.html of a site, and waits until it has opened its control
// connection, whose URL it finds in its fragment as "control", beside that of the marks as
// "mark". It fails at once where the page throws, crashes, or is not isolated.
func (b *Browser) Open(ctx context.Context, site Site) (*Page, error) {
	ctx, cancel := lab.WithTimeout(ctx, connecting, fmt.Errorf("it has not connected within %v", connecting))
	defer cancel()
	server, err := serve(site, b.Mark)
	if err != nil {
		return nil, err
	}
	p := &Page{browser: b, server: server, threw: make(chan string, 1), crashed: make(chan struct{})}
	p.crash = sync.OnceFunc(func() { close(p.crashed) })
	p.life, p.end = context.WithCancelCause(context.Background())
	err = p.open(ctx)
	if p.conn != nil {
		context.AfterFunc(p.life, func() { p.conn.CloseNow() })
	}
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("open the page: %w", limited(p.complained(err)))
	}
	return p, nil
}

// open navigates to the page, and waits for both the connection and the isolation.
func (p *Page) open(ctx context.Context) error {
	visited := make(chan error, 1)
	go func() { visited <- p.visit(ctx) }()
	for isolated := false; !isolated || p.conn == nil; {
		select {
		case err := <-visited:
			if err != nil {
				return p.reason(err)
			}
			isolated = true
		case p.conn = <-p.server.control:
			p.connected.Store(true)
		case text := <-p.threw:
			return errors.New(text)
		case <-p.crashed:
			return errCrashed
		case <-p.browser.dead:
			return errors.New(p.browser.death())
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// reason returns why DevTools failed: the tab's or the browser's end if it was that, and
// else err.
func (p *Page) reason(err error) error {
	select {
	case <-p.crashed:
		return errCrashed
	case <-p.browser.dead:
		return errors.New(p.browser.death())
	case <-time.After(settle):
		return err
	}
}

// visit attaches DevTools to the tab and has it load the page. The tab lives as long as
// the browser, not as long as ctx.
func (p *Page) visit(ctx context.Context) error {
	tab, err := p.browser.firstPage(ctx)
	if err != nil {
		return err
	}
	p.devtools, _ = chromedp.NewContext(p.browser.devtools, chromedp.WithTargetID(tab), chromedp.WithListener(p.hear))
	if err := hush(p.devtools); err != nil {
		return err
	}
	if err := p.browser.options.resize(p.devtools); err != nil {
		return err
	}
	url := p.server.page()
	went, err := chromedp.Call(p.devtools, page.Navigate, page.NavigateParams{URL: url})
	if err != nil {
		return fmt.Errorf("load it: %w", err)
	}
	if went.ErrorText != "" {
		return fmt.Errorf("load it: %s", went.ErrorText)
	}
	return p.isolation(ctx)
}

// hush ends what chromedp listens to and nobody here needs. The network's events above
// all: with them every message of a WebSocket goes through the page's own thread.
func hush(devtools context.Context) error {
	for _, disable := range []cdp.Command[cdp.Empty, cdp.Empty]{network.Disable, css.Disable, dom.Disable} {
		if _, err := chromedp.Call(devtools, disable, cdp.Empty{}); err != nil {
			return fmt.Errorf("quiet DevTools: %w", err)
		}
	}
	flat := true
	if _, err := chromedp.Call(devtools, target.SetAutoAttach, target.SetAutoAttachParams{Flatten: &flat}); err != nil {
		return fmt.Errorf("quiet DevTools: %w", err)
	}
	return nil
}

// resize gives the page its size where that of the window includes bars.
func (o Options) resize(devtools context.Context) error {
	if o.isShell() {
		return nil
	}
	_, err := chromedp.Call(devtools, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: int64(o.Width), Height: int64(o.Height), DeviceScaleFactor: 1,
	})
	if err != nil {
		return fmt.Errorf("give the page its size: %w", err)
	}
	return nil
}

// isolation fails where the page could not share memory.
func (p *Page) isolation(ctx context.Context) error {
	const ask = `location.href.split("#")[0] + " " + crossOriginIsolated`
	for {
		// The page before this one may answer, or its end be the answer.
		got, err := chromedp.Call(p.devtools, runtime.Evaluate, runtime.EvaluateParams{Expression: ask})
		if err == nil && got.Result != nil {
			var said string
			_ = jsonText(got.Result, &said)
			switch strings.TrimPrefix(said, p.server.root+"index.html ") {
			case "true":
				return nil
			case "false":
				return errors.New("it is not isolated from other pages (crossOriginIsolated is false), so that it can share no memory: " +
					"it lacks the headers Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy, or the browser ignores them")
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-p.browser.dead:
			return err
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// hear takes the events of the tab. It must not block.
func (p *Page) hear(event any) {
	switch e := event.(type) {
	case *inspector.EventTargetCrashed:
		p.crash()
		p.end(errCrashed)
	case *runtime.EventExceptionThrown:
		text := exception(e.ExceptionDetails)
		p.complain(text)
		select {
		case p.threw <- text:
		default: // the first one is the cause
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			p.complain(console(e.Args))
		}
	case *cdplog.EventEntryAdded:
		if !p.connected.Load() && e.Entry.Level == cdplog.EntryLevelError {
			p.complain(strings.TrimSpace(e.Entry.Text + " " + e.Entry.URL))
		}
	}
}

func exception(e *runtime.ExceptionDetails) string {
	if e.Exception != nil && e.Exception.Description != "" {
		first, _, _ := strings.Cut(e.Exception.Description, "\n")
		return first
	}
	return e.Text
}

// console is what was said on the console, in a line.
func console(args []*runtime.RemoteObject) string {
	var words []string
	for _, a := range args {
		word := a.Description
		if jsonText(a, &word) != nil && word == "" {
			word = string(a.Value)
		}
		word, _, _ = strings.Cut(word, "\n")
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func (p *Page) complain(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.complaints = append(p.complaints, text)
	p.complaints = p.complaints[max(0, len(p.complaints)-mostComplaints):]
}

// complained adds to an error what the page has said on its console, if that is something
// else.
func (p *Page) complained(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var said []string
	for _, text := range p.complaints {
		if !strings.Contains(err.Error(), text) {
			said = append(said, text)
		}
	}
	if len(said) == 0 {
		return err
	}
	return fmt.Errorf("%w; the page said: %s", err, strings.Join(said, "; "))
}

// Read implements [io.Reader]. It returns [io.EOF] once the page has closed the
// connection in good order, and another error where it was lost.
func (p *Page) Read(b []byte) (int, error) {
	for {
		if p.message == nil {
			kind, r, err := p.conn.Reader(p.life)
			if err == nil && kind != websocket.MessageText {
				err = errors.New("the page sent a message that is no text")
			}
			if err != nil {
				return 0, p.lose(err)
			}
			p.message = r
		}
		n, err := p.message.Read(b)
		if err == io.EOF {
			p.message, err = nil, nil
		}
		if err != nil {
			return n, p.lose(err)
		}
		if n > 0 || len(b) == 0 {
			return n, nil
		}
	}
}

// lose ends the connection, whose end is seen as err, and returns what Read does.
func (p *Page) lose(err error) error {
	if websocket.CloseStatus(err) == websocket.StatusNormalClosure {
		err = io.EOF
	}
	p.end(err)
	return context.Cause(p.life) // which may be known better
}

// Write implements [io.Writer]: as one message, which the page gets whole.
func (p *Page) Write(b []byte) (int, error) {
	if err := p.conn.Write(p.life, websocket.MessageText, b); err != nil {
		return 0, fmt.Errorf("write to the page: %w", err)
	}
	return len(b), nil
}

// Close ends the connection and the server of the page. The tab stays until the browser
// ends.
func (p *Page) Close() error {
	p.end(io.ErrClosedPipe)
	p.server.close()
	return nil
}

// Screenshot returns a picture of the page as it is now, in PNG.
func (p *Page) Screenshot(ctx context.Context) ([]byte, error) {
	call, cancel := context.WithCancel(p.devtools)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	shot, err := chromedp.Call(call, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng})
	if err == nil {
		return shot.Data, nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return nil, fmt.Errorf("picture of the page: %w", err)
}
