package machine

import (
	"reflect"
	"testing"
	"testing/fstest"
)

// tree makes a survey of a machine that exists only in a test.
func tree(files map[string]string) *survey {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return &survey{root: fsys}
}

func TestCPU(t *testing.T) {
	const sys = "sys/devices/system/"
	s := tree(map[string]string{
		"proc/cpuinfo":                            "processor\t: 0\nmodel name\t: Test 9000\nmicrocode\t: 0x12\ncpu MHz\t: 2500.5\nflags\t: fpu sse2 avx2 hypervisor fma\n\nprocessor\t: 1\nmodel name\t: Other\n",
		"proc/stat":                               "cpu 50 0 30 10 0 0 0 10 7 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n",
		sys + "node/node0/cpulist":                "0-3\n",
		sys + "node/node1/cpulist":                "4-7\n",
		sys + "cpu/cpu0/topology/core_id":         "0\n",
		sys + "cpu/cpu1/topology/core_id":         "0\n",
		sys + "cpu/cpu2/topology/core_id":         "1\n",
		sys + "cpu/cpu3/online":                   "0\n",
		sys + "cpu/cpufreq/boost":                 "1\n",
		sys + "cpu/smt/control":                   "on\n",
		sys + "cpu/cpu0/cpufreq/scaling_governor": "powersave\n",
		sys + "cpu/cpu1/cpufreq/scaling_governor": "performance\n",
		sys + "cpu/cpu2/cpufreq/scaling_governor": "powersave\n",
	})
	want := CPU{
		Model: "Test 9000", Logical: 3, Physical: 2, NUMANodes: 2, SIMD: []string{"avx2", "fma", "sse2"}, Microcode: "0x12",
		MHz: 2500.5, Governor: "performance, powersave", Boost: "on", SMT: "on", StealFraction: 0.1,
	}
	if got := s.cpu(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if len(s.missing) != 0 {
		t.Errorf("missing %v, want nothing", s.missing)
	}
}

func TestEmptyTreeIsListedNotInvented(t *testing.T) {
	s := tree(nil)
	info := s.facts()
	listed := make(map[string]bool)
	for _, m := range s.missing {
		if m.Why == "" {
			t.Errorf("field %q is missing without a reason", m.Field)
		}
		listed[m.Field] = true
	}
	for _, field := range []string{"kernel", "distribution", "boot_options", "cpu", "cpu.logical", "cpu.governor", "cpu.boost",
		"cpu.steal_fraction", "caches", "memory", "memory.MemTotal", "load_average", "clocksource", "sockets.send_max_bytes"} {
		if !listed[field] {
			t.Errorf("field %q is not listed as missing", field)
		}
	}
	if info.CPU.Model != "" || info.Memory.TotalBytes != 0 {
		t.Errorf("model %q, memory %d from an empty tree", info.CPU.Model, info.Memory.TotalBytes)
	}
}

func TestCaches(t *testing.T) {
	const dir = "sys/devices/system/cpu/cpu0/cache/index"
	s := tree(map[string]string{
		dir + "0/level": "1\n", dir + "0/type": "Data\n", dir + "0/size": "48K\n", dir + "0/shared_cpu_list": "0\n",
		dir + "3/level": "3\n", dir + "3/type": "Unified\n", dir + "3/size": "32M\n", dir + "3/shared_cpu_list": "0-7\n",
	})
	want := []Cache{{1, "data", 48 << 10, "0"}, {3, "unified", 32 << 20, "0-7"}}
	if got := s.caches(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestMemory(t *testing.T) {
	const thp = "sys/kernel/mm/transparent_hugepage/"
	s := tree(map[string]string{
		"proc/meminfo":        "MemTotal:       1000 kB\nMemFree:  1 kB\nMemAvailable:    600 kB\nSwapTotal:  100 kB\nSwapFree:   70 kB\n",
		thp + "enabled":       "always [madvise] never\n",
		thp + "shmem_enabled": "always within_size advise [never] deny force\n",
	})
	want := Memory{TotalBytes: 1000 << 10, AvailableBytes: 600 << 10, SwapTotalBytes: 100 << 10, SwapUsedBytes: 30 << 10, TransparentHuge: "madvise", SharedHuge: "never"}
	if got := s.memory(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestHypervisor(t *testing.T) {
	const clocks = "sys/devices/system/clocksource/clocksource0/available_clocksource"
	for _, c := range []struct {
		files map[string]string
		want  string
	}{
		{nil, ""},
		{map[string]string{"sys/hypervisor/type": "xen\n"}, "xen"},
		{map[string]string{clocks: "tsc kvm-clock \n"}, "kvm"},
		{map[string]string{clocks: "tsc hpet acpi_pm\n", "sys/class/dmi/id/sys_vendor": "QEMU\n", "sys/class/dmi/id/product_name": "Standard PC\n"}, "QEMU Standard PC"},
		{map[string]string{clocks: "tsc\n", "sys/class/dmi/id/sys_vendor": "Dell Inc.\n"}, ""},
		{map[string]string{"proc/cpuinfo": "flags\t\t: fpu hypervisor sse2\n"}, "unknown"},
	} {
		if got := tree(c.files).virtual(); got.Hypervisor != c.want || got.Evidence == "" {
			t.Errorf("%v: got %+v, want hypervisor %q and its evidence", c.files, got, c.want)
		}
	}
}

func TestContainer(t *testing.T) {
	for _, c := range []struct {
		file, text, want string
	}{
		{".dockerenv", "", "docker"},
		{"run/.containerenv", "", "podman"},
		{"proc/1/cgroup", "0::/kubepods/burstable/pod1\n", "kubepods"},
		{"proc/1/cgroup", "0::/init.scope\n", ""},
	} {
		if got := tree(map[string]string{c.file: c.text}).container(); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.file, c.text, got, c.want)
		}
	}
}

func TestLimitCPUs(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  float64
	}{
		{"none", map[string]string{"proc/self/cgroup": "0::/\n"}, 0},
		{"version 2", map[string]string{"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "max 100000\n", "sys/fs/cgroup/a/cpu.max": "150000 100000\n"}, 1.5},
		{"the tighter of two", map[string]string{"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "50000 100000\n", "sys/fs/cgroup/a/cpu.max": "150000 100000\n"}, 0.5},
		{"path of another namespace", map[string]string{"proc/self/cgroup": "0::/docker/abc\n", "sys/fs/cgroup/cpu.max": "200000 100000\n"}, 2},
		{"version 1", map[string]string{"proc/self/cgroup": "4:memory:/x\n3:cpu,cpuacct:/x\n", "sys/fs/cgroup/cpu/x/cpu.cfs_quota_us": "75000\n", "sys/fs/cgroup/cpu/x/cpu.cfs_period_us": "100000\n"}, 0.75},
		{"version 1 without", map[string]string{"proc/self/cgroup": "3:cpu:/\n", "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"}, 0},
	} {
		if got := tree(c.files).limitCPUs(); got != c.want {
			t.Errorf("%s: got %g, want %g", c.name, got, c.want)
		}
	}
}

func TestLimitMemory(t *testing.T) {
	const total = 1 << 30
	for _, c := range []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"version 2", map[string]string{"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "1048576\n"}, 1 << 20},
		{"version 2 without", map[string]string{"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "max\n"}, 0},
		{"version 1", map[string]string{"proc/self/cgroup": "4:memory:/a\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "4096\n"}, 4096},
		{"version 1 without", map[string]string{"proc/self/cgroup": "4:memory:/a\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "9223372036854771712\n"}, 0},
	} {
		if got := tree(c.files).limitMemory(total); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

func TestStealBetweenTwoReadings(t *testing.T) {
	before, after := procStat{total: 100, steal: 50}, procStat{total: 300, steal: 60}
	if got := after.fraction(before); got != 0.05 {
		t.Errorf("got %g, want 0.05", got)
	}
	if got := before.fraction(before); got != 0 {
		t.Errorf("no time between readings: got %g, want 0", got)
	}
}

func TestMitigationsLeaveOutWhatIsNotAffected(t *testing.T) {
	const dir = "sys/devices/system/cpu/vulnerabilities/"
	got := tree(map[string]string{dir + "meltdown": "Not affected\n", dir + "spectre_v2": "Mitigation: IBRS\n"}).mitigations()
	if want := map[string]string{"spectre_v2": "Mitigation: IBRS"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestBootOptionsKeepSecretsOut(t *testing.T) {
	got := bootOptions("root=UUID=1234 quiet mitigations=off token=abc isolcpus=1-3 init=/x")
	if want := "mitigations=off isolcpus=1-3"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
