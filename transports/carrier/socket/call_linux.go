package socket

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A caller makes the system calls in which a role sleeps. An ordinary one tells
// Go's scheduler first. A raw one does not, which is several times cheaper and
// right where the process has nothing else to run; see copytax.Env.Alone. The
// sockets have a timeout, since a call with one is not restarted behind a
// signal: the runtime can then always get the goroutine to a safe point.
type caller struct{ raw bool }

// again reports whether a call that failed is to be made once more.
func again(errno unix.Errno) bool { return errno == unix.EINTR || errno == unix.EAGAIN }

// read reads once into p, which is not empty.
func (c caller) read(fd int, p []byte) (int, unix.Errno) {
	if !c.raw {
		return result(unix.Read(fd, p))
	}
	// SAFETY: p is not empty, is kept alive by the conversion in the call, and
	// the kernel writes no further than its length.
	n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	return count(n, errno), errno
}

// writev writes once from the two parts, either of which may be empty.
func (c caller) writev(fd int, parts *[2][]byte) (int, unix.Errno) {
	if !c.raw {
		return result(unix.Writev(fd, parts[:]))
	}
	var iov [2]unix.Iovec
	for i, p := range parts {
		iov[i].Base = unsafe.SliceData(p)
		iov[i].SetLen(len(p))
	}
	// SAFETY: each vector is as long as its part, which lives until KeepAlive;
	// iov is kept in place by the conversion in the call.
	n, _, errno := unix.RawSyscall(unix.SYS_WRITEV, uintptr(fd), uintptr(unsafe.Pointer(&iov)), uintptr(len(iov)))
	runtime.KeepAlive(parts)
	return count(n, errno), errno
}

// count is the number of bytes of a raw call, 0 when it failed.
func count(n uintptr, errno unix.Errno) int {
	if errno != 0 {
		return 0
	}
	return int(n)
}

func result(n int, err error) (int, unix.Errno) {
	if err == nil {
		return n, 0
	}
	if errno, ok := err.(unix.Errno); ok {
		return 0, errno
	}
	return 0, unix.EIO // Note: package unix returns no other errors for these calls.
}
