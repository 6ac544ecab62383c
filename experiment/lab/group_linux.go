package lab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// lead makes a program that is to be started the leader of a process group, which
// ends with the thread that starts it.
func lead(cmd *exec.Cmd) error {
	// The terminal's interrupt is for this program, which ends its processes.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return nil
}

// awaitEnd blocks until a process has ended, and leaves its number taken.
func awaitEnd(pid int) {
	for unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
}

// killGroup kills what there is of the group that a process leads.
func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) } // already dead is what we want

// Descendants returns a process and all that it and they have started and that have
// not ended, but for those that have left their parents' line.
func Descendants(pid int) []int {
	all := []int{pid}
	tasks, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children") // none of a process that has ended
	for _, path := range tasks {
		text, _ := os.ReadFile(path) // empty of one that has
		for _, word := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(word); err == nil {
				all = append(all, Descendants(child)...)
			}
		}
	}
	return all
}

// killedBy says which signal has ended a process, nothing if none has.
func killedBy(state *os.ProcessState) string {
	status, ok := state.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return ""
	}
	return fmt.Sprintf("killed by signal %d (%s)", status.Signal(), unix.SignalName(status.Signal()))
}
