// Command worker is shmipc-go in the comparison: the library as its README and
// its best-practice example use it, a blocking read on each side.
//
// The experiment rivals starts it twice, as writer and as reader, and speaks the
// protocol of package lab with it. With --versions it prints what it was built
// from. Start at package handoff.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax/scenarios/rivals/handoff"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) > 0 && args[0] == "--versions" {
		return json.NewEncoder(os.Stdout).Encode(versions())
	}
	out, err := ownStdout()
	if err != nil {
		return err
	}
	return handoff.Job(arms)(os.Stdin, out)
}

// versions are those of Go and of the library.
func versions() map[string]string {
	found := map[string]string{"go": runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/cloudwego/shmipc-go" {
				found["shmipc-go"] = m.Version
			}
		}
	}
	return found
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
