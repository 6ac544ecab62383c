package lab

import _ "unsafe" // for go:linkname

// Nanotime is CLOCK_MONOTONIC in ns, which all processes of a machine share.
//
// Note: x/sys reads this clock by a system call, which takes longer than the
// quickest hand-off; time.Now gives no absolute value of it.
//
//go:linkname Nanotime runtime.nanotime
func Nanotime() int64

// A Clock is a clock of processor time.
type Clock uintptr
