package carrier

import "golang.org/x/sys/unix"

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
