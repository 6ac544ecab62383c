package tab

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"golang.org/x/sys/unix"

	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/experiment/lab/labtest"
	"github.com/copytax/copytax/internal/control"
)

// TestMain makes this process the parent of those whose parents have died, so that none is
// overlooked.
func TestMain(m *testing.M) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// needBrowser skips a test where there is no browser. Where CI is set there must be one.
func needBrowser(t testing.TB) {
	t.Helper()
	if _, err := Find(""); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// ownFolder gives a test a folder for all folders of browsers, at whose end nothing may be
// left of them. Its path is short: see folderPrefix.
func ownFolder(t testing.TB) (folder string) {
	t.Helper()
	needBrowser(t)
	folder, err := os.MkdirTemp("", "tab")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", folder)
	t.Cleanup(func() {
		nothingLeft(t, folder)
		os.RemoveAll(folder)
	})
	return folder
}

// nothingLeft fails a test that has left a folder of a browser, or a process.
func nothingLeft(t testing.TB, folder string) {
	t.Helper()
	left, err := os.ReadDir(folder)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if left := living(); len(left) > 0 {
		t.Errorf("processes left behind: %v", left)
	}
}

// living are the processes that this one has started and they have, and that have not
// ended, whoever their parents are by now: see TestMain.
func living() []int {
	return slices.DeleteFunc(lab.Descendants(os.Getpid()), func(pid int) bool {
		state, _ := stateOf(pid)
		return pid == os.Getpid() || state == "" || state == "Z" || state == "X"
	})
}

// scripted is a site whose page is a script.
func scripted(script string) Site {
	return Site{Files: map[string][]byte{
		"index.html": []byte("<!doctype html><meta charset=utf-8><style>body { margin: 0 }</style><script type=module src=page.js></script>"),
		"page.js":    []byte("const found = new URLSearchParams(location.hash.slice(1));\n" + script),
	}}
}

// echo says every line again, or does what some of them ask for.
func echo() Site {
	site := scripted(`
const control = new WebSocket(found.get("control"));
const answers = {
  what: () => crossOriginIsolated + " " + typeof SharedArrayBuffer,
  mark: async () => JSON.stringify(await (await fetch(found.get("mark"), { method: "POST" })).json()),
  again: () => new Promise((resolve) => {
    const second = new WebSocket(found.get("control"));
    second.onerror = () => resolve("refused");
    second.onopen = () => resolve("accepted");
  }),
  draw: () => new Promise((resolve) => {
    const canvas = document.createElement("canvas");
    document.body.append(canvas);
    const offscreen = canvas.transferControlToOffscreen();
    const worker = new Worker("worker.js", { type: "module" });
    worker.onmessage = () => requestAnimationFrame(() => requestAnimationFrame(() => resolve("drawn")));
    worker.postMessage(offscreen, [offscreen]);
  }),
};
control.addEventListener("message", async ({ data }) => {
  switch (data.trim()) {
  case "exit": control.close(1000); break;
  case "leave": location.href = "about:blank"; break;
  case "throw": console.error("out of", "luck"); control.close(4000); break;
  default: control.send((await answers[data.trim()]?.() ?? "said " + data.trim()) + "\n");
  }
});
`)
	site.Files["worker.js"] = []byte(`
addEventListener("message", async ({ data: canvas }) => {
  const device = await (await navigator.gpu.requestAdapter()).requestDevice();
  const context = canvas.getContext("webgpu");
  context.configure({ device, format: navigator.gpu.getPreferredCanvasFormat() });
  const draw = () => {
    const encoder = device.createCommandEncoder();
    const view = context.getCurrentTexture().createView();
    encoder.beginRenderPass({ colorAttachments: [{ view, clearValue: { r: 0.2, g: 0.4, b: 0.8, a: 1 }, loadOp: "clear", storeOp: "store" }] }).end();
    device.queue.submit([encoder.finish()]);
  };
  draw();
  await device.queue.onSubmittedWorkDone();
  postMessage("drawn");
});
`)
	return site
}

// A talk is the supervisor's end of a connection.
type talk struct {
	io.ReadWriteCloser
	lines *bufio.Reader
}

// start starts a page, which ends with the test.
func start(t testing.TB, site Site) (*Process, *talk) {
	t.Helper()
	ownFolder(t)
	l, ctx := labtest.New(t)
	a := &control.Assignment{Files: 7}
	process, conn, err := Runtime{Site: site}.Start(ctx, l, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a.Files != 0 {
		t.Errorf("the page inherits %d files", a.Files)
	}
	t.Cleanup(func() {
		process.Kill()
		process.End()
		conn.Close()
	})
	return process.(*Process), &talk{conn, bufio.NewReader(conn)}
}

// say sends a line.
func (c *talk) say(t testing.TB, line string) {
	t.Helper()
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		t.Fatal(err)
	}
}

// ask sends a line and returns the next one.
func (c *talk) ask(t testing.TB, line string) string {
	t.Helper()
	c.say(t, line)
	got, err := c.lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(got)
}

func TestPageIsTalkedTo(t *testing.T) {
	process, conn := start(t, echo())
	long := strings.Repeat("größe ", 1<<18) // several frames of a message, each way
	for line, want := range map[string]string{
		"hello, größe": "said hello, größe", "what": "true function", long: "said " + strings.TrimSpace(long),
		"again": "refused",
	} {
		if got := conn.ask(t, line); got != want {
			t.Errorf("%.20s: got %.40q (%d bytes), want %.40q (%d)", line, got, len(got), want, len(want))
		}
	}
	conn.say(t, "exit")
	if _, err := conn.lines.ReadString('\n'); err != io.EOF {
		t.Errorf("behind exit: got %v, want the end", err)
	}
	if _, err := process.End(); err != nil {
		t.Errorf("the page closed its connection in good order: %v", err)
	}
	if left := living(); len(left) > 0 {
		t.Errorf("behind its end there are still %v", left)
	}
}

// What has ended was killed, or left: Death says which.
func TestDeaths(t *testing.T) {
	kindKilled := func(kind string) func(*testing.T, *Process, *talk) {
		return func(_ *testing.T, p *Process, _ *talk) { kill(byKind(p.PIDs())[kind][0]) }
	}
	for name, c := range map[string]struct {
		do   func(*testing.T, *Process, *talk)
		want string
	}{
		"browser killed":    {func(_ *testing.T, p *Process, _ *talk) { kill(p.page.browser.PID()) }, "the browser was killed by signal 9 (SIGKILL)"},
		"by the supervisor": {func(_ *testing.T, p *Process, _ *talk) { p.Kill() }, "the browser was killed by signal 9 (SIGKILL)"},
		"tab killed":        {kindKilled(rendererKind), "the tab crashed"},
		"tab crashed": {func(_ *testing.T, p *Process, _ *talk) {
			go chromedp.Call(p.page.devtools, page.Navigate, page.NavigateParams{URL: "chrome://crash"}) // which never answers
		}, "the tab crashed"},
		"network killed":    {kindKilled("utility"), "the page lost its connection"},
		"left":              {func(t *testing.T, _ *Process, c *talk) { c.say(t, "leave") }, "the page was left or closed"},
		"closed":            {func(t *testing.T, _ *Process, c *talk) { c.say(t, "exit") }, "the page closed its connection before it was told to"},
		"with a complaint":  {func(t *testing.T, _ *Process, c *talk) { c.say(t, "throw") }, "the page lost its connection; the page said: out of luck"},
		"connection closed": {func(_ *testing.T, _ *Process, c *talk) { c.Close() }, "the supervisor closed the connection"},
	} {
		t.Run(name, func(t *testing.T) {
			p, conn := start(t, echo())
			conn.ask(t, "hello")
			go c.do(t, p, conn)
			if line, err := conn.lines.ReadString('\n'); err == nil {
				t.Errorf("the connection did not end, but said %q", line)
			}
			_, err := p.End()
			if good := name == "closed"; (err == nil) != good {
				t.Errorf("the end is %v", err)
			}
			if got := p.Death(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// The page hears of the end of the process that draws, and goes on.
func TestPageOutlivesTheGPU(t *testing.T) {
	p, conn := start(t, echo())
	conn.ask(t, "draw")
	old := byKind(p.PIDs())[gpuKind]
	kill(old[0])
	for range 20 {
		if got := conn.ask(t, "hello"); got != "said hello" {
			t.Fatalf("got %q", got)
		}
		time.Sleep(10 * time.Millisecond)
	}
	conn.ask(t, "draw")
	if again := byKind(p.PIDs())[gpuKind]; len(again) != 1 || again[0] == old[0] {
		t.Errorf("drew by %v, and now by %v", old, again)
	}
}

func TestScreenshot(t *testing.T) {
	p, conn := start(t, echo())
	conn.ask(t, "draw")
	var got [4]uint32
	for range 20 { // until the browser has put the picture together
		shot, err := p.Screenshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(shot))
		if err != nil {
			t.Fatal(err)
		}
		if size := picture.Bounds().Size(); size.X != 800 || size.Y != 600 {
			t.Errorf("the picture has %v", size)
		}
		r, g, b, a := picture.At(20, 20).RGBA()
		if got = [4]uint32{r >> 8, g >> 8, b >> 8, a >> 8}; got == [4]uint32{51, 102, 204, 255} {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("the canvas has the colour %v, want 51 102 204 255", got)
}

// A page that cannot do it is found out at once, and the reason is told.
func TestPagesThatCannotStart(t *testing.T) {
	notIsolated := echo()
	notIsolated.shared = true
	for name, c := range map[string]struct {
		site Site
		want string
	}{
		"not isolated": {notIsolated, "Cross-Origin-Opener-Policy"},
		"throws":       {scripted(`throw new Error("no luck today");`), "Error: no luck today"},
		"complains":    {scripted(`console.error("no", "control", { in: "sight" }, new Error("at all"), 7); throw "up";`), "the page said: no control Object Error: at all 7"},
		"rejects":      {scripted(`await Promise.reject(new TypeError("none tomorrow"));`), "TypeError: none tomorrow"},
		"no syntax":    {scripted(`const const;`), "SyntaxError"},
	} {
		t.Run(name, func(t *testing.T) {
			ownFolder(t)
			l, ctx := labtest.New(t)
			b, err := Launch(ctx, l, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			begin := time.Now()
			if _, err := b.Open(ctx, c.site); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if took := time.Since(begin); took >= connecting {
				t.Errorf("it took %v: that is how long a page may take that does nothing", took)
			}
		})
	}
}

// A page that does nothing is waited for as long as the trial has time.
func TestSilentPage(t *testing.T) {
	ownFolder(t)
	l, ctx := labtest.New(t)
	ctx, cancel := context.WithTimeoutCause(ctx, 500*time.Millisecond, errors.New("no time left"))
	defer cancel()
	_, _, err := Runtime{Site: scripted("")}.Start(ctx, l, &control.Assignment{}, nil)
	if err == nil || !strings.Contains(err.Error(), "no time left") {
		t.Errorf("got %v", err)
	}
}

// DevTools are told nothing of what the page and the supervisor say to each other.
func TestDevToolsAreQuiet(t *testing.T) {
	p, conn := start(t, echo())
	var heard atomic.Int64
	if err := chromedp.Listen(p.page.devtools, func(any) { heard.Add(1) }); err != nil {
		t.Fatal(err)
	}
	conn.ask(t, "draw") // what comes late of the start has come by then
	heard.Store(0)
	for range 10 {
		conn.ask(t, "hello")
		conn.ask(t, "mark")
	}
	if _, err := chromedp.Call(p.page.devtools, runtime.Evaluate, runtime.EvaluateParams{Expression: "1"}); err != nil { // behind all events
		t.Fatal(err)
	}
	if n := heard.Load(); n > 0 {
		t.Errorf("they heard of %d events", n)
	}
}

func TestMark(t *testing.T) {
	p, conn := start(t, echo())
	var before, after Mark
	for _, m := range []*Mark{&before, &after} {
		conn.ask(t, "draw")
		if err := json.Unmarshal([]byte(conn.ask(t, "mark")), m); err != nil {
			t.Fatal(err)
		}
	}
	now := lab.Nanotime()
	if !(0 < before.At && before.At < after.At && after.At < now) {
		t.Errorf("marks at %d and %d, now %d", before.At, after.At, now)
	}
	for name, of := range map[string]func(Mark) int64{
		"tab": func(m Mark) int64 { return m.Tab }, "gpu": func(m Mark) int64 { return m.GPU }, "browser": func(m Mark) int64 { return m.Browser },
	} {
		if !(0 < of(before) && of(before) < of(after)) {
			t.Errorf("the %s used %d ns, and later %d", name, of(before), of(after))
		}
	}
	if after.Other <= 0 || after.TabRunDelay < before.TabRunDelay {
		t.Errorf("others %d ns, delay %d and later %d", after.Other, before.TabRunDelay, after.TabRunDelay)
	}
	var threads, workers, own int64
	for _, thread := range after.Threads {
		threads += thread.CPU
		if strings.HasPrefix(thread.Name, "DedicatedWorker") {
			workers++
		}
		if thread.Main {
			own++
		}
	}
	if threads <= 0 || threads > lab.CPUOf(renderer(byKind(p.PIDs())[rendererKind])) {
		t.Errorf("the threads used %d ns, the process by then %d", threads, after.Tab)
	}
	if workers != 2 || own != 1 {
		t.Errorf("%d workers and %d threads of the page's own in %v", workers, own, after.Threads)
	}
}

func TestProbe(t *testing.T) {
	ownFolder(t)
	a, err := Probe(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(a.Browser, "/") || a.Vendor == "" || a.Architecture != "swiftshader" || !a.Fallback {
		t.Errorf("got %+v", a)
	}
	if again, err := Probe(t.Context(), ""); again != a || err != nil {
		t.Errorf("asked again: %+v, %v", again, err)
	}
}

// A program that is no browser has its own reason.
func TestWhatIsNoBrowser(t *testing.T) {
	ownFolder(t)
	l, ctx := labtest.New(t)
	for script, want := range map[string]string{
		"echo '[1:2/3.4:ERROR:dbus/bus.cc:405] no bus' >&2; echo no display >&2; exit 3": "the browser has ended (exit status 3): no display",
		"exit 0": "the browser has ended: it left before it was told to",
	} {
		path := filepath.Join(t.TempDir(), "chromium")
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := Launch(ctx, l, Options{Path: path}); err == nil || err.Error() != "start "+path+": "+want {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
