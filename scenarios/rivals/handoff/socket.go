package handoff

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Patience is how long one side waits for the other to come up.
const Patience = 20 * time.Second

// Socket is where a pair whose arm needs a socket has it.
func (a Args) Socket() string { return filepath.Join(a.Folder, a.Address+".sock") }

// AcceptWriter listens at the pair's socket and returns the connection of its writer.
// The socket takes its name when it listens already: a writer that finds it earlier
// would be refused.
func (a Args) AcceptWriter() (net.Conn, error) {
	early := a.Socket() + ".early"
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: early, Net: "unix"})
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	defer os.Remove(a.Socket()) // the session removes the folder if this cannot
	err = errors.Join(os.Rename(early, a.Socket()), listener.SetDeadline(time.Now().Add(Patience)))
	if err != nil {
		return nil, err
	}
	conn, err := listener.Accept()
	if err != nil {
		return nil, fmt.Errorf("await the writer: %w", err)
	}
	return conn, nil
}

// AwaitReader returns when there is a socket to dial.
func (a Args) AwaitReader() error {
	for end := time.Now().Add(Patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if _, err := os.Stat(a.Socket()); err == nil {
			return nil
		}
	}
	return fmt.Errorf("no reader has opened %s", a.Socket())
}

// DialReader dials the pair's socket once there is one.
func (a Args) DialReader() (net.Conn, error) {
	if err := a.AwaitReader(); err != nil {
		return nil, err
	}
	return net.Dial("unix", a.Socket())
}
