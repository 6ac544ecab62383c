// Package hostile makes descriptors such as a process could hand over that means no
// good. It is for tests, and knows nothing of what a good one is. Start at [Region]
// and [Files].
package hostile

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Region returns a memfd such as a hostile process could hand over: of
// size bytes, the first of them those of header. The caller owns it.
func Region(t testing.TB, header []byte, size int64, seals int) *os.File {
	t.Helper()
	fd, err := unix.MemfdCreate("forged", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "forged")
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(header[:min(int64(len(header)), size)], 0); err != nil {
		t.Fatal(err)
	}
	if _, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, seals); err != nil {
		t.Fatal(err)
	}
	return f
}

// Files returns descriptors that are no region of any hub, each by what it is. They
// are closed at the end of the test.
func Files(t testing.TB) map[string]*os.File {
	t.Helper()
	files := map[string]*os.File{}
	for name, path := range map[string]string{
		"a directory": t.TempDir(), "the null device": "/dev/null", "endless zeroes": "/dev/zero", "memory itself": "/proc/self/mem",
	} {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = f
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	files["a pipe's end"], files["a pipe's start"] = r, w
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	files["a socket"], files["its peer"] = os.NewFile(uintptr(fds[0]), "socket"), os.NewFile(uintptr(fds[1]), "socket")
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	files["an epoll"] = os.NewFile(uintptr(epoll), "epoll")
	t.Cleanup(func() {
		for _, f := range files {
			f.Close()
		}
	})
	return files
}
