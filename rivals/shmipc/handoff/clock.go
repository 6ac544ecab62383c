package handoff

import _ "unsafe" // for go:linkname

// nanotime is CLOCK_MONOTONIC in ns, which all processes of a machine share.
//
// Note: x/sys reads this clock by a system call, which takes longer than the
// quickest hand-off; time.Now gives no absolute value of it.
//
//go:linkname nanotime runtime.nanotime
func nanotime() int64
