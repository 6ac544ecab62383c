package machine

import (
	"io/fs"
	"strconv"
	"strings"
)

// A process is what the operating system says of one, at one moment.
type process struct {
	parent int
	kernel bool  // a thread of the operating system, no program
	ended  bool  // and nobody has waited for it yet: its variables cannot be read any more
	start  int64 // with its number it is nobody else, ever
	on     int   // the processor that it ran on last
	cpu    int64 // so far, in ns
	waited int64 // CPU of its children that have ended and that it has waited for, in ns
}

// kernelThread is PF_KTHREAD of Linux's include/linux/sched.h.
const kernelThread = 0x00200000

// processes returns those of the machine by number, as far as this process can see
// them; nil where it cannot see even the first one, and so not those of others.
func (o *Observer) processes() map[int]process {
	all := map[int]process{}
	entries, _ := fs.ReadDir(o.root, "proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		text, _ := o.read("proc/" + e.Name() + "/stat") // empty of one that has ended
		if p, ok := parseProcess(text); ok {
			// The clock is exact. What stands in the file is in ticks, and which of two
			// processes a tick falls to depends on when they sleep.
			if p.cpu = o.cpuOf(pid); p.cpu > 0 { // or it has ended meanwhile
				all[pid] = p
			}
		}
	}
	if _, sees := all[1]; !sees {
		return nil
	}
	return all
}

// parseProcess reads a line of /proc/PID/stat (proc_pid_stat(5)), without the clock.
func parseProcess(text string) (p process, ok bool) {
	behind := strings.LastIndexByte(text, ')') // of the program's name, which can hold anything
	if behind < 0 {
		return p, false
	}
	fields := strings.Fields(text[behind+1:]) // the first is number 3 in the manual
	if len(fields) < 39-2 {
		return p, false
	}
	var n [39 + 1]int64
	for _, number := range []int{4, 9, 16, 17, 22, 39} {
		v, err := strconv.ParseInt(fields[number-3], 10, 64)
		if err != nil {
			return p, false
		}
		n[number] = v
	}
	return process{parent: int(n[4]), ended: fields[0] == "Z", kernel: n[9]&kernelThread != 0, waited: (n[16] + n[17]) * tickNS, start: n[22], on: int(n[39])}, true
}

// line returns the parents of a process, the nearest first.
func line(all map[int]process, pid int) (parents []int) {
	for p, ok := all[pid]; ok && p.parent != 0 && len(parents) < len(all); p, ok = all[p.parent] {
		parents = append(parents, p.parent)
	}
	return parents
}

// adopters are who may become the parent of a process whose own has ended: the first
// process and all that this one descends from.
func (o *Observer) adopters(all map[int]process) map[int]bool {
	may := map[int]bool{1: true}
	for _, pid := range line(all, o.self) {
		may[pid] = true
	}
	return may
}

// marked returns the adopted processes that this one, or one that it started, has
// started. The variables of other users' processes cannot be read: they are not ours.
func (o *Observer) marked(all map[int]process) map[int]bool {
	adopters, ours := o.adopters(all), map[int]bool{}
	for pid, p := range all {
		if pid == o.self || p.kernel || !adopters[p.parent] {
			continue
		}
		if text, _ := o.read("proc/" + strconv.Itoa(pid) + "/environ"); strings.Contains("\x00"+text, "\x00"+o.mark+"\x00") {
			ours[pid] = true
		}
	}
	return ours
}

// isOurs reports whether a process is this one, one that it started, or one that those
// have started.
func (o *Observer) isOurs(c counts, pid int) bool {
	if pid == o.self || c.marked[pid] {
		return true
	}
	for _, parent := range line(c.processes, pid) {
		if parent == o.self || c.marked[parent] {
			return true
		}
	}
	return false
}

// others returns the CPU that programs used between two moments and that are not
// ours, in ns: by the clocks of those that are there, and by what their parents have
// waited for of those that have come and gone. What an adopter has waited for may be
// ours and is left out. A program that ran last on a processor that this one may not
// use is left out as well.
func (o *Observer) others(before, after counts) (ns int64) {
	adopters, waited := o.adopters(after.processes), int64(0)
	for pid, p := range after.processes {
		if p.kernel || !o.usable[p.on] || o.isOurs(after, pid) {
			continue
		}
		was := before.processes[pid]
		if was.start != p.start {
			was = process{}
			if p.ended && adopters[p.parent] {
				continue // it may be ours, as what an adopter has waited for: a browser's, say
			}
		}
		ns += max(p.cpu-was.cpu, 0)
		if !adopters[pid] {
			waited += max(p.waited-was.waited, 0)
		}
	}
	for pid, p := range before.processes {
		if is, ok := after.processes[pid]; ok && is.start == p.start || p.kernel || o.isOurs(before, pid) {
			continue
		}
		if heir := heir(before, after, pid); heir != 0 && !adopters[heir] {
			waited -= p.cpu + p.waited // it had used that before
		}
	}
	return ns + max(waited, 0)
}

// heir is the nearest parent of a process of before that is there after, 0 if none is.
func heir(before, after counts, pid int) int {
	for _, parent := range line(before.processes, pid) {
		if is, ok := after.processes[parent]; ok && is.start == before.processes[parent].start {
			return parent
		}
	}
	return 0
}

// own returns the CPU that our processes used between two moments, in ns.
func (o *Observer) own(before, after counts) int64 {
	ns := after.reaped - before.reaped
	for pid, p := range after.processes {
		if o.isOurs(after, pid) {
			ns += p.cpu
		}
	}
	for pid, p := range before.processes { // of those that have ended too, which reaped holds in full
		if o.isOurs(before, pid) {
			ns -= p.cpu
		}
	}
	return max(ns, 0)
}
