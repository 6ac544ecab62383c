package tab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"github.com/copytax/copytax/experiment/lab"
)

// starting is how long a browser may take to answer.
const starting = 20 * time.Second

// A Browser is one that was started for a page. Its methods may be called by any
// goroutine.
type Browser struct {
	process  *lab.Process
	folder   *folder
	options  Options
	devtools context.Context // of chromedp, without a page
	version  string

	dead chan struct{} // closed once the first process has ended
	gone chan struct{} // closed once nothing is left
	err  error         // of the folder's end; valid when gone is closed
}

// Launch starts a browser. It ends by Close, with ctx, by l's Clear, or when this program
// ends, however it does; then no process of it is left. Its folder is removed by Close
// and with ctx, and by the next Launch where this program was killed.
func Launch(ctx context.Context, l *lab.Lab, o Options) (*Browser, error) {
	path, err := Find(o.Path)
	if err != nil {
		return nil, err
	}
	o.Path, o.Width, o.Height = path, cmp.Or(o.Width, 800), cmp.Or(o.Height, 600)
	folder, err := newFolder()
	if err != nil {
		return nil, err
	}
	wire, err := newWire()
	if err != nil {
		return nil, errors.Join(err, folder.remove())
	}
	process, err := l.Launch(lab.Program{
		Path: o.Path, Args: o.flags(folder.path), Env: environment(folder.path), Files: wire.theirs, Quiet: true,
	})
	lab.Close(wire.theirs)
	if err != nil {
		lab.Close(wire.ours)
		return nil, errors.Join(err, folder.remove())
	}
	b := &Browser{process: process, folder: folder, options: o, dead: make(chan struct{}), gone: make(chan struct{})}
	alive, end := context.WithCancel(context.Background())
	released := context.AfterFunc(ctx, process.Kill)
	b.devtools, _ = chromedp.NewContext(first(chromedp.NewAllocatorContext(alive, wire)))
	go func() {
		b.clear(wire, end)
		released()
	}()
	if err := b.greet(ctx); err != nil {
		process.Kill()
		<-b.gone
		return nil, fmt.Errorf("start %s: %w", path, limited(err))
	}
	return b, nil
}

func first(ctx context.Context, _ context.CancelFunc) context.Context { return ctx }

// greet waits until the browser answers.
func (b *Browser) greet(ctx context.Context) error {
	ctx, cancel := lab.WithTimeout(ctx, starting, fmt.Errorf("it does not answer within %v", starting))
	defer cancel()
	// The browser lives as long as the context of the first call: not as long as ctx.
	failed := make(chan error, 1)
	go func() {
		v, err := chromedp.CallBrowser(b.devtools, browser.GetVersion, cdp.Empty{})
		b.version = v.Product
		failed <- err
	}()
	select {
	case err := <-failed:
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return errors.New(b.death())
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// clear waits for the end of the first process, and then until nothing is left.
func (b *Browser) clear(wire *wire, end context.CancelFunc) {
	_, _ = b.process.End() // how it ended is told by death
	close(b.dead)
	end()
	lab.Close(wire.ours)
	b.err = errors.Join(b.killRest(), b.folder.remove())
	close(b.gone)
}

// killRest kills what is left of the browser, and waits until nobody is.
func (b *Browser) killRest() error {
	deadline := time.Now().Add(5 * time.Second)
	for {
		left := members(b.PID(), b.folder.path)
		if len(left) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("processes %v of the browser do not end", left)
		}
		for _, pid := range left {
			kill(pid)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// Close ends the browser and all that it has started, waits until nobody is left, and
// removes its folder. It may be called more than once.
func (b *Browser) Close() error {
	b.process.Kill()
	<-b.gone
	return b.err
}

// death says how the browser ended, once it has.
func (b *Browser) death() string {
	how := b.process.Exit()
	if strings.HasPrefix(how, "killed") {
		return "the browser was " + how
	}
	// The first line is the reason, but for those on buses that it can do without.
	for line := range strings.Lines(b.process.Stderr()) {
		if line = strings.TrimSpace(line); line != "" && !strings.Contains(line, "dbus/") {
			return "the browser has ended (" + how + "): " + line
		}
	}
	return "the browser has ended: " + how
}

// PID is the number of the first process.
func (b *Browser) PID() int { return b.process.PID() }

// PIDs are the numbers of all processes.
func (b *Browser) PIDs() []int { return lab.Descendants(b.PID()) }

// Version is what the browser calls itself, such as "HeadlessChrome/156.0.8078.108".
func (b *Browser) Version() string { return b.version }

// isShell reports whether the browser is the one that has no windows.
func (o Options) isShell() bool { return strings.Contains(filepath.Base(o.Path), "headless") }

// flags are the arguments of the browser.
func (o Options) flags(folder string) []string {
	all := []string{
		"--headless", "--remote-debugging-pipe", "--user-data-dir=" + filepath.Join(folder, "profile"),
		fmt.Sprintf("--window-size=%d,%d", o.Width, o.Height), "--hide-scrollbars", "--force-device-scale-factor=1", "--force-color-profile=srgb",
		// WebGPU by the processor. With less an adapter comes, and the canvas fails.
		"--enable-unsafe-webgpu", "--enable-features=Vulkan", "--use-vulkan=swiftshader", "--use-angle=swiftshader",
		// One process for the page and none in reserve.
		"--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,SpareRendererForSitePerProcess",
		// A page that nobody looks at runs at full speed.
		"--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding",
		// Nothing of its own accord.
		"--disable-background-networking", "--disable-breakpad", "--disable-component-update", "--disable-default-apps",
		"--disable-extensions", "--disable-sync", "--metrics-recording-only", "--no-default-browser-check", "--no-first-run", "--no-pings",
		"--mute-audio", "--password-store=basic",
		// What it says is why it fails: of what does not matter it would say much.
		"--log-level=3",
	}
	if o.isShell() {
		all = append(all, "--disable-vulkan-surface") // or pictures of the page fail; with windows they fail with it
	}
	if os.Geteuid() == 0 {
		all = append(all, "--no-sandbox") // it refuses to run as root with one
	}
	return append(all, "about:blank")
}

// environment is what the browser has in place of the user's own: all that it writes is
// in its folder, and it finds no session to talk to.
func environment(folder string) []string {
	all := []string{"DBUS_SESSION_BUS_ADDRESS=disabled:", "DBUS_SYSTEM_BUS_ADDRESS=disabled:"}
	for _, name := range []string{
		folderVariable, "HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR",
	} {
		all = append(all, name+"="+folder)
	}
	return all
}

// A wire is the connection with a browser's DevTools: pipes on its descriptors 3 and 4.
// It is what chromedp allocates.
//
// Note: chromedp can start a browser itself. It then waits for the browser's end as well,
// and does not tell how it ended; and what is left of a process group can no longer be
// killed safely once its leader was waited for.
type wire struct {
	theirs, ours []*os.File // what is read first
}

func newWire() (*wire, error) {
	down, err := newPipe()
	if err != nil {
		return nil, err
	}
	up, err := newPipe()
	if err != nil {
		lab.Close(down)
		return nil, err
	}
	return &wire{theirs: []*os.File{down[0], up[1]}, ours: []*os.File{up[0], down[1]}}, nil
}

func newPipe() ([]*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("connect with the browser: %w", err)
	}
	return []*os.File{r, w}, nil
}

var (
	_ chromedp.Allocator = (*wire)(nil)
	_ chromedp.Attacher  = (*wire)(nil)
)

// Attaches implements [chromedp.Attacher]: the process is not chromedp's.
func (w *wire) Attaches() bool { return true }

// Wait implements [chromedp.Allocator].
func (w *wire) Wait() {}

// Allocate implements [chromedp.Allocator].
func (w *wire) Allocate(ctx context.Context, opts ...chromedp.BrowserOption) (*chromedp.Browser, error) {
	silent := func(string, ...any) {} // what is wrong is seen by who calls
	opts = append(opts, chromedp.WithBrowserLogf(silent), chromedp.WithBrowserErrorf(silent))
	return chromedp.NewBrowserTransport(ctx, chromedp.NewPipeConn(w.ours[0], w.ours[1]), opts...)
}

// firstPage waits for the page that the browser opens by itself, and returns it.
func (b *Browser) firstPage(ctx context.Context) (target.ID, error) {
	for {
		all, err := chromedp.Targets(b.devtools)
		if err != nil {
			return "", fmt.Errorf("list the pages: %w", err)
		}
		for _, t := range all {
			if t.Type == "page" {
				return t.TargetID, nil
			}
		}
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
