package tab

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment/lab"
	"github.com/copytax/copytax/experiment/lab/labtest"
	"github.com/copytax/copytax/internal/control"
)

// aBrowser skips a test where there is no browser. Where CI is set there must be one.
func aBrowser(t testing.TB) {
	t.Helper()
	if _, err := Find(""); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// aLab returns a lab whose browsers have their folders in a folder of the test, at whose
// end nothing may be left of them. Paths are short: see folderPrefix.
func aLab(t testing.TB) (*lab.Lab, context.Context) {
	t.Helper()
	aBrowser(t)
	folder, err := os.MkdirTemp("", "tab")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", folder)
	t.Cleanup(func() {
		nothingLeft(t, folder)
		os.RemoveAll(folder)
	})
	return labtest.New(t)
}

// nothingLeft fails a test that has left a folder of a browser, or a process.
func nothingLeft(t testing.TB, folder string) {
	t.Helper()
	left, err := os.ReadDir(folder)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if left := startedBelow(folder); len(left) > 0 {
		t.Errorf("processes left behind: %v", left)
	}
}

// startedBelow are the processes whose command line or environment names a folder.
func startedBelow(folder string) (all []int) {
	for _, pid := range lab.Descendants(1) {
		for _, what := range []string{"cmdline", "environ"} {
			text, _ := os.ReadFile("/proc/" + itoa(pid) + "/" + what)
			if strings.Contains(string(text), folder+"/"+folderPrefix) {
				all = append(all, pid)
				break
			}
		}
	}
	return all
}

// scripted is a page of one script.
func scripted(script string) Site {
	return Site{Files: map[string][]byte{
		"index.html": []byte("<!doctype html><meta charset=utf-8><script type=module src=page.js></script>"),
		"page.js":    []byte("const found = new URLSearchParams(location.hash.slice(1));\n" + script),
	}}
}

// echo is a page that says every line again, behind its own words.
var echo = scripted(`
const control = new WebSocket(found.get("control"));
control.addEventListener("message", async ({ data }) => {
  switch (data.trim()) {
  case "mark": control.send(JSON.stringify(await (await fetch(found.get("mark"), { method: "POST" })).json()) + "\n"); break;
  case "what": control.send(crossOriginIsolated + " " + typeof SharedArrayBuffer + "\n"); break;
  case "exit": control.close(1000); break;
  case "throw": setTimeout(() => { throw new Error("out of luck"); }); break;
  default: control.send("said " + data);
  }
});
`)

// A talk is the supervisor's end of a connection.
type talk struct {
	io.ReadWriteCloser
	lines *bufio.Reader
}

func start(t testing.TB, site Site) (*Process, *talk) {
	t.Helper()
	l, ctx := aLab(t)
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
	process, conn := start(t, echo)
	if got := conn.ask(t, "hello, größe"); got != "said hello, größe" {
		t.Errorf("got %q", got)
	}
	if got := conn.ask(t, "what"); got != "true function" {
		t.Errorf("got %q, want isolation and SharedArrayBuffer", got)
	}
	long := strings.Repeat("x", 1<<20)
	if got := conn.ask(t, long); got != "said "+long {
		t.Errorf("a long line comes back with %d bytes", len(got))
	}
	conn.say(t, "exit")
	if _, err := conn.lines.ReadString('\n'); err == nil || err.Error() != "EOF" {
		t.Errorf("after exit: %v", err)
	}
	if _, err := process.End(); err != nil {
		t.Errorf("a good end: %v", err)
	}
}

func TestMark(t *testing.T) {
	_, conn := start(t, echo)
	var m Mark
	for range 3 {
		s := time.Now()
		got := conn.ask(t, "mark")
		t.Log(time.Since(s), got)
		if err := json.Unmarshal([]byte(got), &m); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDeaths(t *testing.T) {
	for name, c := range map[string]struct {
		kill func(p *Process)
		want string
	}{
		"browser": {func(p *Process) { kill(p.page.browser.PID()) }, "the browser was killed by signal 9 (SIGKILL)"},
		"tab":     {func(p *Process) { kill(renderer(byKind(p.PIDs())[rendererKind])) }, "the tab crashed"},
		"network": {func(p *Process) { kill(byKind(p.PIDs())["utility"][0]) }, "the page lost its connection"},
	} {
		t.Run(name, func(t *testing.T) {
			p, conn := start(t, echo)
			conn.ask(t, "hello")
			s := time.Now()
			c.kill(p)
			_, err := conn.lines.ReadString('\n')
			t.Log(time.Since(s), err)
			_, err = p.End()
			t.Log(time.Since(s), err)
			if got := p.Death(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }
