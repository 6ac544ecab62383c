//go:build linux

package tcp

import (
	"testing"

	"golang.org/x/sys/unix"
)

// Both ends send at once what they are given, and block.
func TestPairHasNoDelayAndBlocks(t *testing.T) {
	ends, err := pair("test")
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range ends {
		defer f.Close()
		fd := int(f.Fd())
		if on, err := unix.GetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY); on == 0 || err != nil {
			t.Errorf("end %d: TCP_NODELAY is %d, %v", i, on, err)
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0); flags&unix.O_NONBLOCK != 0 || err != nil {
			t.Errorf("end %d: flags %x, %v: it does not block", i, flags, err)
		}
	}
}
