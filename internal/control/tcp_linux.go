package control

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// tcpSent is the number of bytes that have gone out of the TCP connections that this
// process has open, each once.
func tcpSent() (total int64, err error) {
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0, err
	}
	for _, entry := range fds {
		fd, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO); err == nil { // else it is no TCP connection
			total += int64(info.Bytes_sent - info.Bytes_retrans)
		}
	}
	return total, nil
}
