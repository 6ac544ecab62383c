package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/cloudwego/shmipc-go"

	"github.com/copytax/copytax/scenarios/rivals/handoff"
)

// The arms: the library's zero-copy calls on slices that hold a whole payload,
// and its copying calls with every option at its default.
var arms = map[string]handoff.Open{
	"shmipc-go:reserve": func(a handoff.Args, _ []*os.File) (io.Closer, error) { return open(a, false) },
	"shmipc-go:copy":    func(a handoff.Args, _ []*os.File) (io.Closer, error) { return open(a, true) },
}

func open(a handoff.Args, copies bool) (io.Closer, error) {
	if a.Side == handoff.WriterSide {
		return dial(a, copies)
	}
	return listen(a)
}

const (
	answerBytes = 8
	// What the library keeps in front of a slice, which its default sizes
	// leave room for: 8 KiB minus this, and so on.
	sliceHeader = 20
	// The largest payload that one slice of the default sizes holds.
	largestDefault = 128<<10 - sliceHeader
)

// config returns the library's defaults but for the following. Memory is a
// memfd, as in its example: nothing of a worker that was killed stays behind in
// /dev/shm. The set-up may take longer: a busy machine is no error here. And a
// payload that no slice of the default sizes holds gets slices of its size,
// unless it is copied: Reserve would fall back to the socket.
func config(a handoff.Args, copies bool) *shmipc.SessionManagerConfig {
	c := shmipc.DefaultSessionManagerConfig()
	c.Network, c.Address = "unix", a.Socket()
	c.MemMapType = shmipc.MemMapTypeMemFd
	c.InitializeTimeout = handoff.Patience
	c.LogOutput = os.Stderr
	c.QueuePath = filepath.Join(a.Folder, a.Address+"_queue")           // a name; no file with memfds
	c.ShareMemoryPathPrefix = filepath.Join(a.Folder, a.Address+"_shm") // likewise
	if !copies && a.Bytes > largestDefault {
		c.BufferSliceSizes = []*shmipc.SizePercentPair{
			{Size: 8<<10 - sliceHeader, Percent: 10}, // for the answers
			{Size: uint32(a.Bytes), Percent: 90},
		}
	}
	return c
}

// A writer is the library's client.
type writer struct {
	manager *shmipc.SessionManager
	stream  *shmipc.Stream
	private []byte // where the payload is filled if it is copied, nil if it is not
	bytes   int
}

func dial(a handoff.Args, copies bool) (*writer, error) {
	if err := a.AwaitReader(); err != nil {
		return nil, err
	}
	manager, err := shmipc.NewSessionManager(config(a, copies))
	if err != nil {
		return nil, fmt.Errorf("open session: %w", err)
	}
	stream, err := manager.GetStream()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open stream: %w", err), manager.Close())
	}
	w := &writer{manager: manager, stream: stream, bytes: a.Bytes}
	if copies {
		w.private = make([]byte, a.Bytes)
	}
	return w, nil
}

// Loan implements handoff.Writer.
func (w *writer) Loan() ([]byte, error) {
	if w.private != nil {
		return w.private, nil
	}
	return w.stream.BufferWriter().Reserve(w.bytes)
}

// Publish implements handoff.Writer.
func (w *writer) Publish() error {
	if w.private != nil {
		if _, err := w.stream.BufferWriter().WriteBytes(w.private); err != nil {
			return err
		}
	}
	return w.stream.Flush(false)
}

// AwaitUsed implements handoff.Writer.
func (w *writer) AwaitUsed() error {
	if _, err := w.stream.BufferReader().ReadBytes(answerBytes); err != nil {
		return err
	}
	w.stream.BufferReader().ReleasePreviousRead()
	return nil
}

// Verify implements handoff.Verifier.
func (w *writer) Verify() error { return stayedInMemory(w.stream.Session()) }

// stayedInMemory returns an error if anything went through the socket instead
// of the shared memory, as the library does silently when it finds no slice:
// the row would not be what it says.
func stayedInMemory(s *shmipc.Session) error {
	_, stability, _ := s.GetMetrics()
	if n := stability.FallbackWriteCount + stability.FallbackReadCount; n > 0 {
		return fmt.Errorf("%d messages fell back to the socket", n)
	}
	return nil
}

// Close implements handoff.Writer.
func (w *writer) Close() error {
	w.manager.PutBack(w.stream)
	return w.manager.Close()
}

var (
	_ handoff.Writer   = (*writer)(nil)
	_ handoff.Reader   = (*reader)(nil)
	_ handoff.Verifier = (*writer)(nil)
	_ handoff.Verifier = (*reader)(nil)
)

// A reader is the library's server.
type reader struct {
	session *shmipc.Session
	stream  *shmipc.Stream // nil before the first payload
	bytes   int
	answer  [answerBytes]byte
}

func listen(a handoff.Args) (*reader, error) {
	conn, err := a.AcceptWriter()
	if err != nil {
		return nil, err
	}
	c := shmipc.DefaultConfig()
	c.InitializeTimeout = handoff.Patience
	c.LogOutput = os.Stderr
	session, err := shmipc.Server(conn, c)
	if err != nil {
		return nil, fmt.Errorf("open session: %w", err)
	}
	return &reader{session: session, bytes: a.Bytes}, nil
}

// Acquire implements handoff.Reader.
func (r *reader) Acquire() ([]byte, error) {
	if r.stream == nil {
		stream, err := r.session.AcceptStream()
		if err != nil {
			return nil, fmt.Errorf("accept stream: %w", err)
		}
		r.stream = stream
	}
	return r.stream.BufferReader().ReadBytes(r.bytes)
}

// Release implements handoff.Reader.
func (r *reader) Release() error {
	r.stream.BufferReader().ReleasePreviousRead()
	if _, err := r.stream.BufferWriter().WriteBytes(r.answer[:]); err != nil {
		return err
	}
	return r.stream.Flush(false)
}

// Verify implements handoff.Verifier.
func (r *reader) Verify() error { return stayedInMemory(r.session) }

// Close implements handoff.Reader.
func (r *reader) Close() error { return r.session.Close() }
