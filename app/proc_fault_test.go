//go:build linux

package app

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
)

// A process is a role in another process, held by a descriptor, which
// unlike its number cannot come to mean a third one.
type process struct {
	role  string
	pid   int
	pidfd int
	ended time.Time // zero as long as it has not been seen to end
}

// A cohort is the roles of one trial, as they appear.
type cohort struct {
	parent int
	roles  []*process
}

// look adds the roles that have appeared since the last look.
func (c *cohort) look() error {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", c.parent))
	if err != nil {
		return err
	}
	for _, path := range lists {
		list, err := os.ReadFile(path)
		if err != nil {
			continue // the thread has ended meanwhile
		}
		for _, word := range strings.Fields(string(list)) {
			if pid, err := strconv.Atoi(word); err == nil && !c.holds(pid) {
				c.add(pid)
			}
		}
	}
	return nil
}

func (c *cohort) holds(pid int) bool {
	return slices.ContainsFunc(c.roles, func(p *process) bool { return p.pid == pid })
}

// add takes in a child, unless it is gone already or not yet a role.
func (c *cohort) add(pid int) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return
	}
	role := roleOf(pid)
	if role == "" {
		unix.Close(fd)
		return
	}
	c.roles = append(c.roles, &process{role: role, pid: pid, pidfd: fd})
}

// roleOf returns the role that a process was started as, or nothing.
func roleOf(pid int) string {
	cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return ""
	}
	words := strings.Split(strings.TrimRight(string(cmdline), "\x00"), "\x00")
	if _, err := copytax.ParseRole(words[len(words)-1]); err != nil {
		return ""
	}
	return words[len(words)-1]
}

// find returns the process of a role, or nil.
func (c *cohort) find(role string) *process {
	for _, p := range c.roles {
		if p.role == role {
			return p
		}
	}
	return nil
}

// wait notes who ends within d, and when, and returns as soon as one does. It
// reports whether anybody is left.
func (c *cohort) wait(d time.Duration) (left bool, err error) {
	var fds []unix.PollFd
	var who []*process
	for _, p := range c.roles {
		if p.ended.IsZero() {
			fds, who = append(fds, unix.PollFd{Fd: int32(p.pidfd), Events: unix.POLLIN}), append(who, p)
		}
	}
	if len(fds) == 0 {
		time.Sleep(d)
		return false, nil
	}
	n, err := unix.Poll(fds, int(d.Milliseconds()))
	now := time.Now()
	if err != nil && !errors.Is(err, unix.EINTR) {
		return true, err
	}
	for i, fd := range fds {
		if fd.Revents != 0 {
			who[i].ended = now
		}
	}
	return max(n, 0) < len(fds), nil
}

// close lets go of the processes.
func (c *cohort) close() {
	for _, p := range c.roles {
		unix.Close(p.pidfd)
	}
	c.roles = nil
}

// numbered lists the processes of the machine.
func numbered(t *testing.T) (pids []int) {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// marked returns the processes, this one excepted, that have mark in their
// environment and have not ended.
func marked(t *testing.T, mark string) (pids []int) {
	t.Helper()
	for _, pid := range numbered(t) {
		environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid)) // empty of a zombie
		if err == nil && pid != os.Getpid() && bytes.Contains(environ, []byte(mark)) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// hubMark is in the name of every region of a hub, as the operating system
// shows it.
const hubMark = "memfd:copytax-"

// holders returns the descriptors and mappings of the processes that are
// regions of a hub with one of the inodes.
func holders(t *testing.T, pids []int, inodes map[uint64]bool) (found []string) {
	t.Helper()
	for _, pid := range pids {
		found = append(found, heldDescriptors(pid, inodes)...)
		maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
		if err != nil || !bytes.Contains(maps, []byte(hubMark)) {
			continue
		}
		for line := range strings.Lines(string(maps)) {
			if f := strings.Fields(line); len(f) > 5 && strings.Contains(line, hubMark) {
				if inode, err := strconv.ParseUint(f[4], 10, 64); err == nil && inodes[inode] {
					found = append(found, fmt.Sprintf("process %d maps %s", pid, f[5]))
				}
			}
		}
	}
	return found
}

func heldDescriptors(pid int, inodes map[uint64]bool) (found []string) {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // it has ended meanwhile
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		target, err := os.Readlink(path)
		if err != nil || !strings.Contains(target, hubMark) {
			continue
		}
		var st syscall.Stat_t
		if syscall.Stat(path, &st) == nil && inodes[st.Ino] {
			found = append(found, fmt.Sprintf("process %d holds %s", pid, target))
		}
	}
	return found
}
