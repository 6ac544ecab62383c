package attach

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPathSockets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub")
	s := serve(t, path)
	st, err := os.Stat(path)
	if err != nil || st.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("socket has mode %v (%v), want 0600", st.Mode(), err)
	}
	if l, err := Listen(path); err == nil || !strings.Contains(err.Error(), "somebody else listens there") {
		l.Close()
		t.Errorf("listening where a server answers: got %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is still there after Close: %v", err)
	}

	stale, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	stale.Close() // as when it is killed: nobody removes the path
	attach := serve(t, path)
	attach.sealFrames(t)
	if a, err := Dial(soon(t), path, Want{Place: AnyReader}); err != nil {
		t.Errorf("attach behind a stale socket: %v", err)
	} else {
		a.Close()
	}

	plain := filepath.Join(t.TempDir(), "notes")
	if err := os.WriteFile(plain, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := Listen(plain); err == nil {
		l.Close()
		t.Error("listened over a file")
	}
	if b, _ := os.ReadFile(plain); string(b) != "mine" {
		t.Error("a file was replaced")
	}
}

func TestAbstractNameIsTakenOnce(t *testing.T) {
	s := serve(t, "")
	if l, err := Listen(s.Name()); err == nil || !strings.Contains(err.Error(), "somebody else listens there") {
		l.Close()
		t.Errorf("got %v, want that the name is taken", err)
	}
}

func TestServeRefusesOtherFiles(t *testing.T) {
	h := newHosting(t)
	plain, err := os.CreateTemp(t.TempDir(), "plain")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := Serve(plain, h); err == nil {
		s.Close()
		t.Error("served on a plain file")
	}
}
