package control

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax/experiment/lab"
)

// sleepUntil sleeps until a time of CLOCK_MONOTONIC, in ns. A role whose thread has
// nothing else to do sleeps past Go's scheduler: a signal ends the system call, so that
// the collector can stop the goroutine, which then goes on until the same time.
//
// Note: time.Sleep hands the thread over and is late by the timer slack of whichever one
// it wakes on, 50 µs. That would be in the latency of some transports and not of others.
func sleepUntil(until int64, alone bool) {
	ts := unix.NsecToTimespec(until)
	for lab.Nanotime() < until {
		// Were it refused, the tick would begin late, which is measured.
		unix.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_TIMERSLACK, 1, 0, 0, 0, 0)
		// SAFETY: the pointers are converted in the calls themselves, which keeps the time
		// alive and in place.
		if alone {
			runtime.Gosched() // behind a signal: neither call below is a place to stop at
			unix.RawSyscall6(unix.SYS_CLOCK_NANOSLEEP, unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, uintptr(unsafe.Pointer(&ts)), 0, 0, 0)
		} else {
			unix.Syscall6(unix.SYS_CLOCK_NANOSLEEP, unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, uintptr(unsafe.Pointer(&ts)), 0, 0, 0)
		}
	}
}

// tcpSentOn is the number of bytes that have gone out of a descriptor, each once, if
// that is a TCP connection, and 0 if it is none.
func tcpSentOn(fd int) int64 {
	info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return 0
	}
	return int64(info.Bytes_sent - info.Bytes_retrans)
}
