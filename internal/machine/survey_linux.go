package machine

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A survey reads facts from a tree that holds proc, sys and etc, the root of
// the machine outside tests, and notes what it could not read.
type survey struct {
	root    fs.FS
	missing []Missing
}

// read returns the trimmed text of a file, and whether there was one.
func (s *survey) read(name string) (string, bool) {
	b, err := fs.ReadFile(s.root, name)
	return strings.TrimSpace(string(b)), err == nil
}

// want returns the trimmed text of a file, or notes field as missing.
func (s *survey) want(field, name string) string {
	b, err := fs.ReadFile(s.root, name)
	if err != nil {
		s.lack(field, err.Error())
	}
	return strings.TrimSpace(string(b))
}

func (s *survey) lack(field, why string) {
	s.missing = append(s.missing, Missing{Field: field, Why: why})
}

// number parses text as bytes, counts or the like, or notes field as missing.
func (s *survey) number(field, text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		s.lack(field, err.Error())
	}
	return n
}

// glob returns the sorted names that match; the patterns are constants of this
// package, so that a malformed one is a defect of it.
func (s *survey) glob(pattern string) []string {
	names, err := fs.Glob(s.root, pattern)
	if err != nil {
		panic(err)
	}
	return names
}

// pairs splits "key<sep> value" lines. Of keys that occur more than once, as
// in /proc/cpuinfo, the first value stays.
func pairs(text, sep string) map[string]string {
	m := make(map[string]string)
	for line := range strings.Lines(text) {
		k, v, found := strings.Cut(line, sep)
		k = strings.TrimSpace(k)
		if _, seen := m[k]; found && !seen {
			m[k] = strings.TrimSpace(v)
		}
	}
	return m
}

func (s *survey) distribution() string {
	release := pairs(s.want("distribution", "etc/os-release"), "=")
	return strings.Trim(release["PRETTY_NAME"], `"`)
}

// bootOptions keeps the options that bear on timing, in their order. The others
// may name disks, hosts or worse, and a manifest is made to be published.
func bootOptions(cmdline string) string {
	matter := []string{
		"mitigations", "isolcpus", "nohz", "nohz_full", "rcu_nocbs", "nosmt", "maxcpus", "nr_cpus", "preempt", "hugepages",
		"transparent_hugepage", "clocksource", "tsc", "hpet", "idle", "intel_pstate", "amd_pstate", "intel_idle.max_cstate",
		"processor.max_cstate", "cpufreq.default_governor", "spectre_v2", "spec_store_bypass_disable", "pti", "nopti", "numa_balancing",
	}
	return strings.Join(known(cmdline, matter), " ")
}

// known returns the words of text whose keys, before an equals sign, are in matter.
func known(text string, matter []string) (words []string) {
	for word := range strings.FieldsSeq(text) {
		if key, _, _ := strings.Cut(word, "="); slices.Contains(matter, key) {
			words = append(words, word)
		}
	}
	return words
}

// cpu reads all of CPU but Usable, which is the process's own.
func (s *survey) cpu() CPU {
	info := pairs(s.want("cpu", "proc/cpuinfo"), ":")
	c := CPU{
		Model:     cmp.Or(info["model name"], info["Model"]),
		Microcode: info["microcode"],
		SIMD:      simd(cmp.Or(info["flags"], info["Features"])),
		NUMANodes: len(s.glob("sys/devices/system/node/node[0-9]*")),
	}
	c.MHz, _ = strconv.ParseFloat(info["cpu MHz"], 64) // Note: absent on arm64.
	c.Logical, c.Physical = s.cores()
	c.Governor = s.governor()
	c.Boost = s.boost()
	c.SMT, _ = s.read("sys/devices/system/cpu/smt/control")
	c.StealFraction = s.steal().fraction(procStat{})
	return c
}

// cores counts the logical processors and the distinct cores among them.
func (s *survey) cores() (logical, physical int) {
	seen := make(map[string]bool)
	for _, dir := range s.glob("sys/devices/system/cpu/cpu[0-9]*") {
		core, haveCore := s.read(path.Join(dir, "topology/core_id"))
		pkg, _ := s.read(path.Join(dir, "topology/physical_package_id"))
		if !haveCore {
			continue // offline processors have no topology
		}
		logical++
		seen[pkg+"/"+core] = true
	}
	if logical == 0 {
		s.lack("cpu.logical", "no topology below sys/devices/system/cpu")
	}
	return logical, len(seen)
}

// simd returns, sorted, those of the processor's features that decide which
// vector code can run, in Go, in WebAssembly or natively.
func simd(features string) []string {
	matter := []string{"sse2", "ssse3", "sse4_1", "sse4_2", "avx", "avx2", "fma", "avx512f", "avx512vl", "asimd", "neon", "sve", "sve2"}
	return slices.Sorted(slices.Values(known(features, matter)))
}

// governor returns the frequency governors in use, or "" where the machine
// does not let us see any, as in most guests.
func (s *survey) governor() string {
	var all []string
	for _, name := range s.glob("sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor") {
		if g, found := s.read(name); found {
			all = append(all, g)
		}
	}
	slices.Sort(all)
	if len(all) == 0 {
		s.lack("cpu.governor", "no cpufreq below sys/devices/system/cpu")
	}
	return strings.Join(slices.Compact(all), ", ")
}

func (s *survey) boost() string {
	for _, setting := range []struct{ file, on string }{{"cpufreq/boost", "1"}, {"intel_pstate/no_turbo", "0"}} {
		switch v, found := s.read("sys/devices/system/cpu/" + setting.file); {
		case found && v == setting.on:
			return "on"
		case found:
			return "off"
		}
	}
	s.lack("cpu.boost", "neither cpufreq/boost nor intel_pstate/no_turbo")
	return ""
}

// caches lists the caches of processor 0.
func (s *survey) caches() []Cache {
	var out []Cache
	for _, dir := range s.glob("sys/devices/system/cpu/cpu0/cache/index[0-9]*") {
		c := Cache{
			Level:     int(s.number("caches", s.want("caches", dir+"/level"))),
			Type:      strings.ToLower(s.want("caches", dir+"/type")),
			SizeBytes: s.size("caches", s.want("caches", dir+"/size")),
		}
		c.SharedBy, _ = s.read(dir + "/shared_cpu_list")
		out = append(out, c)
	}
	if len(out) == 0 {
		s.lack("caches", "none below sys/devices/system/cpu/cpu0/cache")
	}
	return out
}

// size parses "32K", "1M" and "48".
func (s *survey) size(field, text string) int64 {
	unit := int64(1)
	switch {
	case strings.HasSuffix(text, "K"):
		unit = 1 << 10
	case strings.HasSuffix(text, "M"):
		unit = 1 << 20
	}
	return unit * s.number(field, strings.TrimRight(text, "KM"))
}

// mitigations says, for every known weakness of the processor, what the kernel
// does about it: they set the price of a system call.
func (s *survey) mitigations() map[string]string {
	m := make(map[string]string)
	for _, name := range s.glob("sys/devices/system/cpu/vulnerabilities/*") {
		if text, found := s.read(name); found && text != "Not affected" {
			m[path.Base(name)] = text
		}
	}
	return m
}

// memory reads sizes and page policies; PageBytes and CopyGBps are not its.
func (s *survey) memory() Memory {
	info := pairs(s.want("memory", "proc/meminfo"), ":")
	kib := func(key string) int64 {
		return s.number("memory."+key, strings.TrimSuffix(info[key], " kB")) << 10
	}
	m := Memory{
		TotalBytes:     kib("MemTotal"),
		AvailableBytes: kib("MemAvailable"),
		SwapTotalBytes: kib("SwapTotal"),
	}
	m.SwapUsedBytes = m.SwapTotalBytes - kib("SwapFree")
	m.TransparentHuge = chosen(s.want("memory.transparent_huge_pages", "sys/kernel/mm/transparent_hugepage/enabled"))
	m.SharedHuge = chosen(s.want("memory.transparent_huge_pages_shared", "sys/kernel/mm/transparent_hugepage/shmem_enabled"))
	return m
}

// chosen returns the word in brackets of "always [madvise] never".
func chosen(text string) string {
	_, rest, _ := strings.Cut(text, "[")
	word, _, found := strings.Cut(rest, "]")
	if !found {
		return text
	}
	return word
}

func (s *survey) load() [3]float64 {
	var load [3]float64
	text := s.want("load_average", "proc/loadavg")
	if _, err := fmt.Sscan(text, &load[0], &load[1], &load[2]); err != nil {
		s.lack("load_average", fmt.Sprintf("parse %q: %v", text, err))
	}
	return load
}

func (s *survey) sockets() Sockets {
	const core = "proc/sys/net/core/"
	congestion, _ := s.read("proc/sys/net/ipv4/tcp_congestion_control")
	return Sockets{
		SendMaxBytes:    s.number("sockets.send_max_bytes", s.want("sockets.send_max_bytes", core+"wmem_max")),
		ReceiveMaxBytes: s.number("sockets.receive_max_bytes", s.want("sockets.receive_max_bytes", core+"rmem_max")),
		TCPCongestion:   congestion,
	}
}
