//go:build linux

package control_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/browser"
	"github.com/copytax/copytax/experiment/lab/labtest"
	"github.com/copytax/copytax/internal/control"
	"github.com/copytax/copytax/internal/tab"
	"github.com/copytax/copytax/scenarios/flock"
	"github.com/copytax/copytax/scenarios/flock/wasmhost"
)

// patience is longer than anything takes that does not hang.
const patience = 30 * time.Second

// A conversation is what a supervisor says and what it must hear from whoever is the
// engine. It is docs/control-protocol.md by example.
type conversation struct {
	name  string
	steps []step
	// asks is set when the engine's link looks up what another role shares, which
	// those of the hub do not.
	asks bool
	// inTab are the steps of a tab where they are others.
	inTab []step
}

// A step is one thing that the supervisor does, or expects.
type step func(*talk)

const (
	goes  = `{"kind":"go"}`
	exits = `{"kind":"exit"}`
	lost  = `{"kind":"lost","key":"viewer"}`

	status = `{"kind":"status"}`
)

func conversations() []conversation {
	const value = `{"kind":"value","key":"port","value":"1"}`
	began := []step{assign(), hear("ready"), tell(goes), ticks(3)}
	return []conversation{
		{name: "a trial", steps: []step{assign(), hear("ready"), tell(goes), ticks(all), hear("report", `"worker":"engine"`), tell(exits), ends(true)}},
		{name: "values that nobody asks for, and kinds and fields of later versions", steps: []step{
			assign(), tell(value), tell(`{"kind":"fly","to":["the","moon"]}`), hear("ready"), tell(value), tell(`{"wings":2,"kind":"go"}`), ticks(3),
			tell(value), tell(`{"kind":"fly"}`), ticks(all), hear("report"), tell(value), tell(exits), ends(true),
		}},
		{name: "what it does", steps: []step{
			assign(), hear("ready"), ask("waiting to be told to start"), tell(goes), ticks(3), ask("tick 3, in wait for "),
			ticks(all), hear("report"), ask("waiting to be told to leave"), tell(exits), ends(true),
		}},
		{name: "values are exchanged", asks: true, steps: []step{
			assign(), hear("share", `"key":"engine"`, `"value":"here"`), tell(value), ask(`waiting for the value of "kernel"`),
			tell(`{"kind":"value","key":"kernel","value":"there"}`), hear("share", `"key":"found"`, `"value":"there"`),
			tell(`{"kind":"value","key":"kernel","value":"too late"}`), hear("ready"), tell(goes), ticks(all), hear("report"), tell(exits), ends(true),
		}},
		{name: "lost while it looks up", asks: true, steps: []step{
			assign(), hear("share"), tell(lost), hear("error", "the viewer's process has ended"), ends(false),
		}},
		{name: "everything twice", steps: []step{
			assign(), assign(), hear("ready"), tell(goes), tell(goes), ticks(all), hear("report"), tell(goes), together(tell(exits), tell(exits)), ends(true),
		}},
		{name: "exit before its time", steps: []step{assign(), tell(exits), hear("ready"), tell(goes), ticks(all), hear("report"), ends(true)}},
		{name: "a byte a write", steps: []step{slowly(assign()), hear("ready"), slowly(tell(goes)), ticks(all), hear("report"), slowly(tell(exits)), ends(true)}},
		{name: "all in one write", steps: []step{together(assign(), tell(value), tell(goes), tell(exits)), hear("ready"), ticks(all), hear("report"), ends(true)}},

		{name: "lost before go", steps: []step{assign(), hear("ready"), tell(lost), hear("error", "the viewer's process has ended"), ends(false)}},
		{name: "lost in its ticks", steps: append(began, tell(lost), hear("error", "the viewer's process has ended"), ends(false))},
		{name: "lost when it has reported", steps: []step{
			assign(), hear("ready"), tell(goes), ticks(all), hear("report"), tell(lost), hear("error", "the viewer's process has ended"), ends(false),
		}},

		{name: "another version", steps: []step{assign("protocol", 99), hear("error", "protocol 99, this program knows 1"), ends(false)}},
		{name: "a version unlike this in all else", steps: []step{
			tell(`{"kind":"assign","assign":{"protocol":2,"role":["engine"],"config":"of boids"}}`), hear("error", "protocol 2"), ends(false),
		}},
		{name: "no version", steps: []step{assign("protocol", nil), hear("error", "protocol 0"), ends(false)}},
		{
			name: "an assignment that is none", steps: []step{assign("draw", "a card"), hear("error", "decode the assignment: "), ends(false)},
			// It samples no ticks, and does not read what the sample is drawn by.
			inTab: []step{assign("config", "a card"), hear("error", "decode the assignment: "), ends(false)},
		},
		{name: "a workload that it does not know", steps: []step{assign("scenario", "fish"), hear("error", "fish"), ends(false)}},
		{name: "a role that there is not", steps: []step{assign("role", "conductor"), hear("error", "conductor"), ends(false)}},
		{name: "no assignment first", steps: []step{tell(goes), hear("error", "want an assignment first"), ends(false)}},

		{name: "garbage first", steps: []step{tell("}{"), hear("error", "control plane: "), ends(false)}},
		{
			name: "garbage before go", steps: []step{assign(), hear("ready"), tell("\x00\xff"), hear("error", "control plane: "), ends(false)},
			// A browser ends a WebSocket on which there comes text that is not UTF-8.
			inTab: []step{assign(), hear("ready"), tell("\x00"), hear("error", "control plane: "), ends(false)},
		},
		{name: "garbage in its ticks", steps: append(began, tell(`null`), hear("error", "control plane: "), ends(false))},
		{name: "a message without a kind", steps: []step{assign(), hear("ready"), tell(`{"key":"viewer"}`), hear("error", "control plane: "), ends(false)}},
		{name: "two messages in a line", steps: []step{assign(), hear("ready"), tell(goes + exits), hear("error", "control plane: "), ends(false)}},
		{name: "a message without an end", steps: []step{assign(), hear("ready"), flood, hear("error", "control plane: 1048576 bytes"), ends(false)}},

		{name: "no supervisor", steps: []step{hangUp, ends(false)}},
		{name: "a supervisor that vanishes while it starts", steps: []step{assign(), hangUp, ends(false)}},
		{name: "a supervisor that vanishes while it looks up", asks: true, steps: []step{assign(), hear("share"), hangUp, ends(false)}},
		{name: "a supervisor that vanishes before go", steps: []step{assign(), hear("ready"), hangUp, ends(false)}},
		{name: "a supervisor that vanishes in a message", steps: []step{assign(), hear("ready"), write(`{"kind":"g`), hangUp, ends(false)}},
		{name: "a supervisor that vanishes in its ticks", steps: append(began, hangUp, ends(false))},
		{name: "a supervisor that vanishes behind the report", steps: []step{assign(), hear("ready"), tell(goes), ticks(all), hear("report"), hangUp, ends(false)}},
	}
}

// A speaker is a program that can be the engine.
type speaker struct {
	runtime control.Runtime
	// tab is set when it is a page, which is all three roles: their ticks are its own.
	tab bool
	// says is set when it says what it does; others ignore the question.
	says bool
	// asking is a transport whose engine looks values up; empty where it has none.
	asking string
}

// Whoever is a role speaks the protocol, in whatever language and over whatever stream.
func TestRolesSpeakTheProtocol(t *testing.T) {
	for name, s := range map[string]speaker{
		"go":     {runtime: control.Program{}, says: true, asking: asking},
		"stream": {runtime: dialed{}, says: true, asking: asking},
		"native": {runtime: control.Program{}},
		"tab":    {tab: true, says: true},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "tab" {
				s.runtime = pageRuntime(t)
			}
			if name == "native" {
				s.runtime = control.Program{Path: labtest.NativeEngine(t, filepath.Join("..", "..")), Setup: control.WithPolicy(flock.DefaultPolicy)}
			}
			for _, c := range conversations() {
				t.Run(c.name, func(t *testing.T) { s.converse(t, c) })
			}
		})
	}
}

// converse plays a conversation with a process of its own.
func (s speaker) converse(t *testing.T, c conversation) {
	transport := park().Name()
	if c.asks {
		if transport = s.asking; transport == "" {
			t.Skip("no transport of this engine looks anything up")
		}
	}
	if s.tab {
		s.converseWithPage(t, c)
		return
	}
	config := trial("flock", park(), 20).Config
	wiring, err := park().Wire(config)
	if err != nil {
		t.Fatal(err)
	}
	k := &talk{T: t, says: s.says, heard: make(chan string, 8)}
	k.assignment = control.Assignment{
		Protocol: control.Protocol, Role: "engine", Scenario: "flock", Transport: transport, Config: config, Draw: 7,
	}
	if k.process, k.conn, err = s.runtime.Start(t.Context(), newLab(t), &k.assignment, wiring.Files[copytax.Engine]); err != nil {
		t.Fatal(err)
	}
	k.to = k.conn
	go k.listen()
	if err := k.play(wiring); err != nil {
		t.Fatal(err)
	}
	defer k.end(wiring)
	for _, do := range c.steps {
		do(k)
	}
}

// pageRuntime returns the runtime of a tab, or skips the test where there is no browser.
func pageRuntime(t *testing.T) control.Runtime {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser for each conversation takes a minute")
	}
	if _, err := tab.Find(""); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	files, err := browser.Files(wasmhost.Module(), wasmhost.LowModule())
	if err != nil {
		t.Fatal(err)
	}
	return tab.Runtime{Site: tab.Site{Files: files}}
}

// converseWithPage plays a conversation with a page in a browser of its own. It has a
// rate: in lock-step its ticks would be over before anything can be said in them.
func (s speaker) converseWithPage(t *testing.T, c conversation) {
	config := trial("flock", park(), 20).Config
	config.Rate, config.WarmUp, config.Ticks = 60, 30, 60
	policy := flock.DefaultPolicy(config)
	setup := struct {
		Policy [copytax.PolicyBytes]byte `json:"policy"`
		Seed   string                    `json:"seed"`
	}{Seed: fmt.Sprint(config.Seed)}
	policy.Put(setup.Policy[:])
	raw, err := json.Marshal(setup)
	if err != nil {
		t.Fatal(err)
	}
	k := &talk{T: t, says: true, tab: true, heard: make(chan string, 8)}
	k.assignment = control.Assignment{
		Protocol: control.Protocol, Role: "kernel", Scenario: "flock", Transport: "sab:park", Config: config, Draw: 7, Setup: raw,
	}
	if k.process, k.conn, err = s.runtime.Start(t.Context(), newLab(t), &k.assignment, nil); err != nil {
		t.Fatal(err)
	}
	k.to = k.conn
	go k.listen()
	defer k.end(&copytax.Wiring{})
	steps := c.steps
	if c.inTab != nil {
		steps = c.inTab
	}
	for _, do := range steps {
		do(k)
	}
}

// A talk is a conversation in progress: the test is the supervisor, the kernel and the
// viewer.
type talk struct {
	*testing.T
	says, tab  bool
	assignment control.Assignment
	process    control.Process
	conn       io.ReadWriteCloser
	to         io.Writer // conn, or what collects or delays
	heard      chan string
	kernel     copytax.KernelActor
	viewer     copytax.Actor
	links      []io.Closer
	epoch      uint64
}

// listen passes on what the engine says.
func (k *talk) listen() {
	defer close(k.heard)
	for lines := bufio.NewReader(k.conn); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		k.heard <- line
	}
}

// play opens the kernel's and the viewer's end of the trial.
func (k *talk) play(wiring *copytax.Wiring) error {
	env := func(role copytax.Role) copytax.Env {
		return copytax.Env{
			Config: k.assignment.Config, Files: wiring.Files[role], Meter: still{}, Counters: &copytax.Counters{}, Mark: func(uint64) {},
		}
	}
	scenario := flock.New(wasmhost.Open)
	kernel, err := park().OpenKernel(env(copytax.Kernel))
	if err != nil {
		return err
	}
	viewer, err := park().OpenViewer(env(copytax.Viewer))
	if err != nil {
		return err
	}
	k.links = []io.Closer{kernel, viewer}
	if k.kernel, err = scenario.NewKernel(env(copytax.Kernel), kernel); err != nil {
		return err
	}
	k.viewer, err = scenario.NewViewer(env(copytax.Viewer), viewer)
	return err
}

// still is a meter that does not run.
type still struct{}

func (still) Enter(copytax.Phase) {}

// end ends what is left of the conversation.
func (k *talk) end(wiring *copytax.Wiring) {
	k.process.Kill()
	k.conn.Close()
	for _, l := range k.links {
		l.Close()
	}
	wiring.Close()
}

// within fails the test unless do returns in time.
func (k *talk) within(what string, do func() error) {
	k.Helper()
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		if err != nil {
			k.Fatalf("%s: %v", what, err)
		}
	case <-time.After(patience):
		k.Fatalf("%s: not within %v", what, patience)
	}
}

func write(text string) step {
	return func(k *talk) {
		k.Helper()
		k.within("write to the engine", func() error { _, err := io.WriteString(k.to, text); return err })
	}
}

func tell(message string) step { return write(message + "\n") }

// assign assigns what the trial needs, but for one field; nil is no field.
func assign(change ...any) step {
	return func(k *talk) {
		k.Helper()
		raw, err := json.Marshal(k.assignment)
		if err != nil {
			k.Fatal(err)
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(raw, &fields); err != nil {
			k.Fatal(err)
		}
		fields["of_a_later_version"] = json.RawMessage(`{"a":[1]}`)
		if len(change) == 2 {
			delete(fields, change[0].(string))
			if change[1] != nil {
				fields[change[0].(string)], _ = json.Marshal(change[1])
			}
		}
		raw, _ = json.Marshal(map[string]any{"kind": "assign", "assign": fields})
		tell(string(raw))(k)
	}
}

// hear expects the engine to say something of a kind, in which there are words.
func hear(kind string, words ...string) step {
	return func(k *talk) {
		k.Helper()
		var line string
		k.within("hear "+kind, func() error {
			var ok bool
			if line, ok = <-k.heard; !ok {
				return fmt.Errorf("it says no more; it ended by: %s", k.process.Death())
			}
			return nil
		})
		var said struct {
			Kind, Error string
			At          int64
		}
		if err := json.Unmarshal([]byte(line), &said); err != nil || said.Kind != kind {
			k.Fatalf("heard %.200q (%v), want %s", line, err, kind)
		}
		for _, word := range words {
			if !strings.Contains(line+said.Error, word) {
				k.Errorf("heard %.200q, want %q in it", line, word)
			}
		}
		if kind == "error" && (said.At <= 0 != k.tab || strings.Contains(said.Error, "\n")) { // a page has no CLOCK_MONOTONIC
			k.Errorf("heard %q at %d, want one line and a time", said.Error, said.At)
		}
	}
}

// ask asks the engine what it does until it is at what it should be. Not every program
// answers.
func ask(want string) step {
	return func(k *talk) {
		k.Helper()
		if !k.says {
			tell(status)(k)
			return
		}
		if k.tab && strings.HasPrefix(want, "tick ") {
			want = "kernel tick " // all of its roles are in theirs
		}
		k.within("hear that it is "+want, func() error {
			for {
				if _, err := io.WriteString(k.to, status+"\n"); err != nil {
					return err
				}
				var said struct{ Kind, Doing string }
				if err := json.Unmarshal([]byte(<-k.heard), &said); err != nil || said.Kind != "status" {
					return fmt.Errorf("heard %+v (%v), want status", said, err)
				}
				if strings.HasPrefix(said.Doing, want) {
					return nil
				}
				time.Sleep(time.Millisecond) // it is on its way there
			}
		})
	}
}

// all is every tick that is left.
const all = -1

// ticks runs ticks of kernel and viewer.
func ticks(n int) step {
	return func(k *talk) {
		k.Helper()
		if k.tab {
			if n != all {
				ask("tick ")(k)
			}
			return
		}
		end := k.epoch + uint64(n)
		if n == all {
			end = k.assignment.Config.LastEpoch() + 1
		}
		for ; k.epoch < end; k.epoch++ {
			k.within(fmt.Sprintf("tick %d", k.epoch), k.tick)
		}
	}
}

func (k *talk) tick() error {
	if err := k.kernel.Begin(k.epoch); err != nil {
		return err
	}
	if err := k.viewer.Tick(k.epoch); err != nil {
		return err
	}
	return k.kernel.Tick(k.epoch)
}

// flood sends more than any message has.
func flood(k *talk) {
	k.Helper()
	// It may refuse and leave before all is written.
	_, _ = io.WriteString(k.to, strings.Repeat("[", 1<<20))
}

// hangUp is the end of the supervisor.
func hangUp(k *talk) { k.conn.Close() }

// ends expects the process to end in good order or not.
func ends(well bool) step {
	return func(k *talk) {
		k.Helper()
		k.within("wait for its end", func() error {
			if _, err := k.process.End(); (err == nil) != well {
				return fmt.Errorf("it ends with %v, want well %v", err, well)
			}
			return nil
		})
	}
}

// slowly does a step of which each byte is a write.
func slowly(do step) step {
	return func(k *talk) {
		k.Helper()
		k.to = drip{k.conn}
		do(k)
		k.to = k.conn
	}
}

type drip struct{ to io.Writer }

func (d drip) Write(p []byte) (n int, err error) {
	for ; n < len(p) && err == nil; n++ {
		_, err = d.to.Write(p[n : n+1])
	}
	return n, err
}

// together does steps whose messages are one write.
func together(steps ...step) step {
	return func(k *talk) {
		k.Helper()
		var b strings.Builder
		k.to = &b
		for _, do := range steps {
			do(k)
		}
		k.to = k.conn
		write(b.String())(k)
	}
}
