package attach

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
)

// attachPart is the environment variable that makes this test program take a
// part of a test, in a process of its own.
const attachPart = "COPYTAX_ATTACH_TEST_PART"

// TestAttachPart is the other process of the tests below. It says ready on its
// standard output and then does nothing until it is killed.
func TestAttachPart(t *testing.T) {
	part, name, _ := strings.Cut(os.Getenv(attachPart), " ")
	run, ok := map[string]func(*testing.T, string) error{
		"reader": playReader, "server": playServer, "stranger": playStranger, "intruder": playIntruder,
	}[part]
	if !ok {
		t.Skip("has a part in other tests only")
	}
	if err := run(t, name); err != nil {
		fmt.Println("failed:", err)
		return
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin) // until the test is gone
}

// playReader holds a lease on the newest frame.
func playReader(t *testing.T, name string) error {
	a := attach(t, name, AnyReader)
	page, err := hub.MapWritable(a.Control, zerocopy.Control, a.Layout)
	if err != nil {
		return err
	}
	words, err := hub.NewWords(page)
	if err != nil {
		return err
	}
	f, err := hub.Follow(words, a.Layout.Slots, int(a.Place), hub.Latest)
	if err != nil {
		return err
	}
	_, _, _, err = f.Acquire(hub.Park)
	return err
}

// playServer serves a hub that has a writer.
func playServer(t *testing.T, name string) error {
	s := serve(t, name)
	s.sealFrames(t)
	return nil
}

// playStranger tries to attach and says how it ends.
func playStranger(t *testing.T, name string) error {
	a, err := Dial(soon(t), name, Want{Place: AnyReader})
	if err == nil {
		a.Close()
	}
	return err
}

// playIntruder says hello without a look at who is there.
func playIntruder(t *testing.T, name string) error {
	conn, err := dial(soon(t), name)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, failed := conn.Write(greeting{kind: greetHello, place: AnyReader}.encode())
	msg, files, err := receive(conn)
	if err != nil {
		return errors.Join(failed, err)
	}
	closeAll(files)
	_, err = accept(msg, nil, Want{Place: AnyReader})
	return err
}

// An actor is the other process of a test.
type actor struct {
	*exec.Cmd
	said string // its first line
}

// start starts the other process and waits for its first line.
func start(t *testing.T, part, name string, as *syscall.Credential) *actor {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestAttachPart$")
	cmd.Env = append(os.Environ(), attachPart+"="+part+" "+name)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	cmd.Stderr = os.Stderr
	if as != nil {
		cmd.Dir = "/"
	}
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	a := &actor{Cmd: cmd}
	t.Cleanup(a.kill)
	a.said, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the %s said %q: %v", part, a.said, err)
	}
	return a
}

// kill ends the process as the operating system would, and waits for its end.
func (a *actor) kill() {
	a.Process.Kill() // dead already is what we want
	a.Wait()
}

// unused is an abstract name that no other run of the test has.
func unused() string { return fmt.Sprintf("@copytax-test-%d-%d", os.Getpid(), time.Now().UnixNano()) }

// word returns the word of a line of a control page, whose memory it is.
func word(page []byte, line int) *atomic.Uint64 {
	// SAFETY: a mapped page is aligned, and every line starts with such a word.
	return (*atomic.Uint64)(unsafe.Pointer(&page[line*zerocopy.LineBytes]))
}

func TestKilledReaderIsReclaimed(t *testing.T) {
	s := serve(t, "")
	s.sealFrames(t)
	s.publish(t, 0)
	place := int(FirstReader)
	page := mapped(t, s.Control, zerocopy.Control, s.Layout)
	lease, owner := word(page, zerocopy.LeaseLine+place), word(page, zerocopy.OwnerLine+place)
	for round := range 3 {
		r := start(t, "reader", s.Name(), nil)
		if r.said != "ready\n" || lease.Load() == 0 || owner.Load() != uint64(r.Process.Pid) {
			t.Fatalf("round %d: the reader says %q, its lease is %d, its owner process %d", round, r.said, lease.Load(), owner.Load())
		}
		r.kill()
		eventually(t, "the end of the dead reader's lease", func() bool { return lease.Load() == 0 && owner.Load() == 0 })
	}
}

// Whoever waits for a server that is killed learns of it, and nothing of the
// server is left under its name.
func TestKilledServerEndsWaits(t *testing.T) {
	for _, how := range []hub.Strategy{hub.Park, hub.Spin} {
		name := unused()
		s := start(t, "server", name, nil)
		if s.said != "ready\n" {
			t.Fatalf("the server says %q", s.said)
		}
		a := attach(t, name, AnyReader)
		words, err := hub.NewWords(mapped(t, a.Control, zerocopy.Control, a.Layout))
		if err != nil {
			t.Fatal(err)
		}
		a.Guard(words)
		ended := make(chan error)
		go func() {
			_, _, err := words.Frame().Await(1, how)
			ended <- err
		}()
		time.Sleep(5 * time.Millisecond) // so that a parked one sleeps
		if err := a.Lost(); err != nil {
			t.Errorf("%v: lost a server that lives: %v", how, err)
		}
		killed := time.Now()
		s.kill()
		if err := <-ended; !errors.Is(err, hub.ErrClosed) {
			t.Errorf("%v: the wait ended with %v, want ErrClosed", how, err)
		}
		t.Logf("%v: the wait ended %v after the server was killed", how, time.Since(killed))
		if err := a.Lost(); !errors.Is(err, ErrHostLost) {
			t.Errorf("%v: got %v, want ErrHostLost", how, err)
		}
		if _, err := Dial(soon(t), name, Want{Place: AnyReader}); !errors.Is(err, unix.ECONNREFUSED) {
			t.Errorf("%v: attaching to a dead server: %v", how, err)
		}
		a.Close() // before its page is unmapped
	}
}

// Another user gets no hub, and gives none.
func TestOtherUsersAreRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can start a process of another user")
	}
	nobody := &syscall.Credential{Uid: 65534, Gid: 65534, NoSetGroups: true}
	exe, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	// The test program may lie where others cannot reach it.
	dir, err := os.MkdirTemp("/tmp", "copytax-attach")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(dir+"/test", exe, 0o755)); err != nil {
		t.Fatal(err)
	}
	args0 := os.Args[0]
	os.Args[0] = dir + "/test"
	defer func() { os.Args[0] = args0 }()

	s := serve(t, "")
	s.sealFrames(t)
	if r := start(t, "stranger", s.Name(), nobody); !strings.Contains(r.said, "of user 0, and this one is of user 65534") {
		t.Errorf("a stranger's end: %q", r.said)
	}
	name := unused()
	if r := start(t, "server", name, nobody); r.said != "ready\n" {
		t.Fatalf("the stranger's server says %q", r.said)
	}
	_, err = Dial(soon(t), name, Want{Place: AnyReader})
	if err == nil || !strings.Contains(err.Error(), "of user 65534, and this one is of user 0") {
		t.Errorf("attached to a stranger's hub: %v", err)
	}
	// Its program refuses us by itself; one that does not is refused. It may
	// learn that by its hello not being taken.
	r := start(t, "intruder", s.Name(), nobody)
	if !regexp.MustCompile("failed: .*(of user 65534, and this one is of user 0|broken pipe|reset by peer)").MatchString(r.said) {
		t.Errorf("an intruder's end: %q", r.said)
	}
	if s.isTaken(FirstReader) {
		t.Error("an intruder was given a place")
	}
}
