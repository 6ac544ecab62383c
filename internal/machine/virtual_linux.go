package machine

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// virtual tells a guest from bare metal. No single file says it everywhere:
// microVMs have no firmware tables, so the clock that the hypervisor offers is
// asked as well.
func (s *survey) virtual() Virtual {
	v := Virtual{Container: s.container()}
	v.Hypervisor, v.Evidence = s.hypervisor()
	return v
}

func (s *survey) hypervisor() (name, evidence string) {
	if kind, found := s.read("sys/hypervisor/type"); found {
		return kind, "sys/hypervisor/type"
	}
	clocks, _ := s.read("sys/devices/system/clocksource/clocksource0/available_clocksource")
	for _, c := range []struct{ clock, name string }{
		{"kvm-clock", "kvm"}, {"hyperv_clocksource", "hyper-v"}, {"xen", "xen"},
	} {
		if strings.Contains(clocks, c.clock) {
			return c.name, "clock source " + c.clock
		}
	}
	vendor, _ := s.read("sys/class/dmi/id/sys_vendor")
	product, _ := s.read("sys/class/dmi/id/product_name")
	for _, word := range []string{"QEMU", "KVM", "VMware", "VirtualBox", "Amazon EC2", "Google Compute Engine", "Virtual Machine"} {
		if strings.Contains(vendor+" "+product, word) {
			return strings.TrimSpace(vendor + " " + product), "firmware tables"
		}
	}
	cpuinfo, _ := s.read("proc/cpuinfo")
	if slices.Contains(strings.Fields(pairs(cpuinfo, ":")["flags"]), "hypervisor") {
		return "unknown", "processor flag hypervisor"
	}
	return "", "no processor flag, clock source or firmware table of a hypervisor"
}

func (s *survey) container() string {
	if _, found := s.read(".dockerenv"); found {
		return "docker"
	}
	if _, found := s.read("run/.containerenv"); found {
		return "podman"
	}
	groups, _ := s.read("proc/1/cgroup")
	for _, word := range []string{"docker", "kubepods", "lxc", "containerd"} {
		if strings.Contains(groups, word) {
			return word
		}
	}
	return ""
}

// cgroupDirs returns, from the innermost outwards, the directories below sys
// that may limit this process through the named controller: its groups of
// version 2, then those of version 1, of which a machine may have both. In a
// container the path that the kernel reports need not exist in the mount, whose
// root then is the container's own group; the walk outwards reaches it.
func (s *survey) cgroupDirs(controller string) []string {
	text, _ := s.read("proc/self/cgroup")
	var dirs []string
	for line := range strings.Lines(text) {
		part := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(part) != 3 {
			continue
		}
		switch {
		case part[0] == "0":
			dirs = append(dirs, ancestry("sys/fs/cgroup", part[2])...)
		case slices.Contains(strings.Split(part[1], ","), controller):
			dirs = append(dirs, ancestry("sys/fs/cgroup/"+controller, part[2])...)
		}
	}
	return dirs
}

// ancestry returns root/dir and each of its parents down to root.
func ancestry(root, dir string) []string {
	var out []string
	for d := path.Clean("/" + dir); ; d = path.Dir(d) {
		out = append(out, path.Join(root, d))
		if d == "/" {
			return out
		}
	}
}

// tightest returns the smallest limit of the groups in dirs, 0 if none has one.
func tightest[T int64 | float64](dirs []string, limit func(dir string) T) (least T) {
	for _, dir := range dirs {
		if l := limit(dir); l > 0 && (least == 0 || l < least) {
			least = l
		}
	}
	return least
}

// limitCPUs returns the tightest limit of processor time, in processors, or 0.
func (s *survey) limitCPUs() float64 { return tightest(s.cgroupDirs("cpu"), s.quota) }

// quota returns the processor time that a group may use in each period, in
// processors; not positive without a limit.
func (s *survey) quota(dir string) float64 {
	q, p := "", ""
	if text, found := s.read(dir + "/cpu.max"); found {
		q, p, _ = strings.Cut(text, " ")
	} else {
		q, _ = s.read(dir + "/cpu.cfs_quota_us")
		p, _ = s.read(dir + "/cpu.cfs_period_us")
	}
	quota, errQ := strconv.ParseFloat(q, 64)
	period, errP := strconv.ParseFloat(p, 64)
	if errQ != nil || errP != nil || period <= 0 { // "max", or no such file: no limit
		return 0
	}
	return quota / period
}

// limitMemory returns the tightest memory limit in bytes, or 0. Version 1
// writes "no limit" as a huge number, hence the comparison with what there is.
func (s *survey) limitMemory(total int64) int64 {
	return tightest(s.cgroupDirs("memory"), func(dir string) int64 {
		text, found := s.read(dir + "/memory.max")
		if !found {
			text, _ = s.read(dir + "/memory.limit_in_bytes")
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n >= total {
			return 0
		}
		return n
	})
}

// A procStat holds clock ticks of all processors since boot.
type procStat struct{ total, steal int64 }

// fraction returns the share of stolen time since an earlier reading.
func (p procStat) fraction(before procStat) float64 {
	if p.total <= before.total {
		return 0
	}
	return float64(p.steal-before.steal) / float64(p.total-before.total)
}

// steal reads the first line of /proc/stat: user nice system idle iowait irq
// softirq steal guest guest_nice. Guest time is part of user time already.
func (s *survey) steal() procStat {
	line, _, _ := strings.Cut(s.want("cpu.steal_fraction", "proc/stat"), "\n")
	var p procStat
	fields := strings.Fields(line)
	for i, f := range fields {
		if i == 0 || i > 8 {
			continue
		}
		n := s.number("cpu.steal_fraction", f)
		p.total += n
		if i == 8 {
			p.steal = n
		}
	}
	return p
}
