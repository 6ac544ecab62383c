package control

import (
	"fmt"
	"math"
	"os"
	"runtime/metrics"
	"strconv"
)

// witnessNames are the metrics by which the operating system tells what a process
// moved, whatever its links counted: bytes of its reads and writes, to sockets too,
// and bytes that went out of the TCP connections that it has open. Neither sees what
// sendmsg hands to a socket of another kind.
var witnessNames = [...]string{"io_read_bytes", "io_write_bytes", "tcp_sent_bytes"}

// A witness holds their values, in that order. It is read at both ends of the window,
// outside of what is measured.
type witness [len(witnessNames)]int64

// readWitness returns an error where the operating system does not say.
func readWitness() (w witness, err error) {
	const io = "/proc/self/io"
	text, err := os.ReadFile(io)
	if err != nil {
		return w, err
	}
	if _, err := fmt.Sscanf(string(text), "rchar: %d\nwchar: %d", &w[0], &w[1]); err != nil {
		return w, fmt.Errorf("parse %s: %w", io, err)
	}
	w[2], err = tcpSent()
	return w, err
}

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
		total += tcpSentOn(fd)
	}
	return total, nil
}

// collectorKept returns an error unless the collector is set as the environment of
// the process says: a link that switches it off spares its transport what the
// others pay.
//
// Note: a memory limit in the environment is not parsed; who sets one is believed.
func collectorKept() error {
	m := []metrics.Sample{{Name: "/gc/gogc:percent"}, {Name: "/gc/gomemlimit:bytes"}}
	metrics.Read(m)
	want := uint64(100)
	switch text := os.Getenv("GOGC"); {
	case text == "off":
		want = math.MaxUint64
	case text != "":
		n, err := strconv.ParseInt(text, 10, 32)
		switch {
		case err != nil: // the runtime has ignored it too
		case n < 0:
			want = math.MaxUint64
		default:
			want = uint64(n)
		}
	}
	if got := m[0].Value.Uint64(); got != want {
		return fmt.Errorf("the garbage collector's percentage is %s, and was %s when the process started: a link must leave it as it is",
			percentage(got), percentage(want))
	}
	if got := m[1].Value.Uint64(); os.Getenv("GOMEMLIMIT") == "" && got != math.MaxInt64 {
		return fmt.Errorf("the runtime has a memory limit of %d bytes, and had none when the process started: a link must leave it as it is", got)
	}
	return nil
}

func percentage(p uint64) string {
	if p == math.MaxUint64 {
		return "off"
	}
	return strconv.FormatUint(p, 10)
}
