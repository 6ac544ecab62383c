package carrier

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// pending reports whether a read of the stream would return at once, as at its end.
func pending(stream syscall.Conn) (bool, error) {
	raw, err := stream.SyscallConn()
	if err != nil {
		return false, err
	}
	var ready bool
	var failed error
	err = raw.Control(func(fd uintptr) { ready, failed = Readable(int(fd)) })
	if err == nil {
		err = failed
	}
	return ready, err
}

// Readable reports whether a read of the descriptor would return at once.
func Readable(fd int) (bool, error) {
	fds := [...]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(fds[:], 0)
		if err == unix.EINTR {
			continue
		}
		return n > 0, err
	}
}
