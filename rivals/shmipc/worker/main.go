// Command worker plays shmipc-go in the comparison: the library as its README
// and its best-practice example use it, a blocking read on each side.
//
// A driver starts it twice, as writer and as reader, and speaks the protocol
// of package gauge with it. Start at package handoff.
package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax/gauge"
	"github.com/copytax/copytax/rivals/shmipc/handoff"
)

func main() {
	out, err := ownStdout()
	if err == nil {
		err = gauge.Serve(os.Stdin, out, map[string]gauge.Job{handoff.JobName: handoff.Job(arms)})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// ownStdout keeps standard output for the protocol: the library logs there,
// and from here on its lines go to standard error.
func ownStdout() (*os.File, error) {
	fd, err := unix.Dup(int(os.Stdout.Fd()))
	if err != nil {
		return nil, fmt.Errorf("keep standard output: %w", err)
	}
	unix.CloseOnExec(fd)
	if err := unix.Dup3(int(os.Stderr.Fd()), int(os.Stdout.Fd()), 0); err != nil {
		return nil, fmt.Errorf("send the log to standard error: %w", err)
	}
	return os.NewFile(uintptr(fd), "replies"), nil
}
