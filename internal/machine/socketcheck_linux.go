package machine

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// socketBytes is the buffer that a large frame would like to have.
const socketBytes = 4 << 20

// socketCheck sends a byte through a pair of connected unix sockets.
func socketCheck() Check {
	return tried("unix sockets", withSockets(trySockets), "a byte went through a connected pair",
		"the transports over unix sockets cannot run", "allow socketpair(AF_UNIX, SOCK_STREAM)")
}

// withSockets calls f with a connected pair, and closes it.
func withSockets(f func(fds [2]int) error) (err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("socketpair: %w", err)
	}
	defer func() { err = errors.Join(err, unix.Close(fds[0]), unix.Close(fds[1])) }()
	return f(fds)
}

func trySockets(fds [2]int) error {
	if _, err := unix.Write(fds[0], []byte{42}); err != nil {
		return fmt.Errorf("write to socket: %w", err)
	}
	var got [1]byte
	if n, err := unix.Read(fds[1], got[:]); n != 1 || got[0] != 42 {
		return fmt.Errorf("read %d bytes, value %d, from socket, want 1 byte, value 42: %w", n, got[0], err)
	}
	return nil
}

// socketBufferCheck asks for a large buffer and reads back what it got. Linux
// reports twice what it lets a program use, for its own bookkeeping.
func (s *survey) socketBufferCheck() Check {
	twice, forced := 0, false
	err := withSockets(func(fds [2]int) (err error) {
		forced = unix.SetsockoptInt(fds[0], unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, socketBytes) == nil
		if !forced {
			if err := unix.SetsockoptInt(fds[0], unix.SOL_SOCKET, unix.SO_SNDBUF, socketBytes); err != nil {
				return fmt.Errorf("set send buffer to %d bytes: %w", socketBytes, err)
			}
		}
		twice, err = unix.GetsockoptInt(fds[0], unix.SOL_SOCKET, unix.SO_SNDBUF)
		return err
	})
	if err != nil {
		return failed("socket buffers", err, "socket buffers stay as they are", "")
	}
	return judgeSendBuffer(twice/2, forced, s.sockets().SendMaxBytes)
}

func judgeSendBuffer(got int, forced bool, limit int64) Check {
	how := "asked for"
	if forced {
		how = "forced"
	}
	c := ok("socket buffers", "%s of %s %s, net.core.wmem_max %s", bytesText(int64(got)), bytesText(socketBytes), how, bytesText(limit))
	return c.unless(got >= socketBytes, Limited,
		"a frame of 100,000 boids does not fit the buffer: sender and receiver take turns, which costs context switches",
		fmt.Sprintf("run as root, or set net.core.wmem_max and rmem_max to %d", socketBytes))
}

// loopbackCheck sends a byte to and fro over TCP on 127.0.0.1.
func loopbackCheck() Check {
	return tried("TCP loopback", tryLoopback(), "a byte went to and fro on 127.0.0.1",
		"the transports over TCP and HTTP cannot run", "allow listening on 127.0.0.1")
}

func tryLoopback() error {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	echoed := make(chan error, 1)
	go func() { echoed <- echo(l) }()
	c, err := net.DialTimeout("tcp4", l.Addr().String(), time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	if _, err := c.Write([]byte{42}); err != nil {
		return err
	}
	var got [1]byte
	if _, err := io.ReadFull(c, got[:]); err != nil {
		return err
	}
	if got[0] != 42 {
		return fmt.Errorf("read %d from TCP loopback, want 42", got[0])
	}
	return <-echoed
}

// echo returns one byte to the first who connects.
func echo(l net.Listener) error {
	c, err := l.Accept()
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = io.CopyN(c, c, 1)
	return err
}
