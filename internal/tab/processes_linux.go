package tab

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/copytax/copytax/experiment/lab"
)

// folderVariable is a variable of every process of a browser: its folder.
const folderVariable = "TMPDIR"

// members are the living processes of a browser: those of its group, and those that were
// started with its folder, since some leave the group.
func members(group int, folder string) (all []int) {
	entries, _ := os.ReadDir("/proc") // there is one on Linux
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if state, pgrp := stateOf(pid); state != "" && state != "Z" && state != "X" && (pgrp == group || startedWith(pid, folder)) {
			all = append(all, pid)
		}
	}
	return all
}

// stateOf returns the state of a process, empty if it has ended, and its group.
func stateOf(pid int) (state string, group int) {
	stat, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat") // empty if it has
	// The name before may hold anything.
	f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(f) < 3 {
		return "", 0
	}
	group, _ = strconv.Atoi(f[2]) // the operating system writes numbers
	return f[0], group
}

func startedWith(pid int, folder string) bool {
	environ, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ") // empty of another user's
	return slices.Contains(strings.Split(string(environ), "\x00"), folderVariable+"="+folder)
}

// kill kills a process, if it is still there.
func kill(pid int) { _ = syscall.Kill(pid, syscall.SIGKILL) }

// The kinds of process, as their command lines call them.
const (
	gpuKind      = "gpu-process"
	rendererKind = "renderer"
)

// kindOf returns the kind of a process, empty for the first one, which has none.
func kindOf(pid int) string {
	line, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline") // empty if it has ended
	// Processes that are forked write their own line, with blanks.
	for _, word := range strings.FieldsFunc(string(line), func(r rune) bool { return r == 0 || r == ' ' }) {
		if kind, ok := strings.CutPrefix(word, "--type="); ok {
			return kind
		}
	}
	return ""
}

// byKind sorts the processes of a browser.
func byKind(all []int) map[string][]int {
	kinds := map[string][]int{}
	for _, pid := range all {
		kind := kindOf(pid)
		kinds[kind] = append(kinds[kind], pid)
	}
	return kinds
}

// Mark reads the clocks of the browser's processes. It takes some milliseconds.
func (b *Browser) Mark() Mark {
	all := b.PIDs()
	kinds := byKind(all)
	page := renderer(kinds[rendererKind])
	m := Mark{At: lab.Nanotime(), Tab: cpuOf(page)}
	for _, pid := range all {
		switch cpu := cpuOf(pid); {
		case pid == page:
		case pid == b.PID():
			m.Browser += cpu
		case slices.Contains(kinds[gpuKind], pid):
			m.GPU += cpu
		default:
			m.Other += cpu
		}
	}
	m.Threads = threads(page)
	for _, t := range m.Threads {
		m.TabRunDelay += t.Delay
	}
	return m
}

func cpuOf(pid int) int64 {
	if pid == 0 { // whose clock would be this program's
		return 0
	}
	return lab.CPUOf(pid)
}

// renderer returns the process of the page: the one that has used most where there are
// several, since one that is kept in reserve, or that of an earlier page, does nothing. It
// is 0 if there is none.
func renderer(all []int) int {
	if len(all) == 0 {
		return 0
	}
	return slices.MaxFunc(all, func(a, b int) int { return int(cpuOf(a) - cpuOf(b)) })
}

// threads are those of a process.
func threads(pid int) map[int]Thread {
	all := map[int]Thread{}
	tasks, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*") // none if it has ended
	for _, path := range tasks {
		tid, err := strconv.Atoi(filepath.Base(path))
		if err != nil {
			continue
		}
		// Documentation/scheduler/sched-stats.rst: time on a processor, time in a queue, turns.
		stat, err := os.ReadFile(path + "/schedstat")
		if f := strings.Fields(string(stat)); err == nil && len(f) == 3 {
			t := Thread{Main: tid == pid}
			t.CPU, _ = strconv.ParseInt(f[0], 10, 64) // the operating system writes numbers
			t.Delay, _ = strconv.ParseInt(f[1], 10, 64)
			name, _ := os.ReadFile(path + "/comm") // empty if it has ended meanwhile
			t.Name = strings.TrimSpace(string(name))
			all[tid] = t
		}
	}
	return all
}
