package machine

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Fingerprint describes the machine and the calling process. It takes some
// tens of milliseconds, in which it measures the price of the clocks and the
// speed of a memory copy, and holds 64 MiB for as long. Facts that cannot be
// had are listed in the result and are no error.
func Fingerprint() (Info, error) {
	s := &survey{root: os.DirFS("/")}
	info := s.facts()
	var err error
	if info.Clocks, err = clocks(); err != nil {
		return Info{}, fmt.Errorf("fingerprint: %w", err)
	}
	info.Memory.CopyGBps = copySpeed()
	info.Missing = tidy(s.missing)
	return info, nil
}

// facts is the part of a fingerprint that is read, not measured. The load goes
// first, before this program adds to it.
func (s *survey) facts() Info {
	info := Info{
		LoadAverage:  s.load(),
		OS:           runtime.GOOS,
		Arch:         runtime.GOARCH,
		Distribution: s.distribution(),
		Kernel:       s.want("kernel", "proc/sys/kernel/osrelease") + " " + s.want("kernel", "proc/sys/kernel/version"),
		BootOptions:  bootOptions(s.want("boot_options", "proc/cmdline")),
		CPU:          s.cpu(),
		Caches:       s.caches(),
		Mitigations:  s.mitigations(),
		Memory:       s.memory(),
		Virtual:      s.virtual(),
		Sockets:      s.sockets(),
		Clocksource:  s.want("clocksource", "sys/devices/system/clocksource/clocksource0/current_clocksource"),
		Go:           goRuntime(),
	}
	info.CPU.Usable = runtime.NumCPU()
	if ids, err := affinity(); err != nil {
		s.lack("cpu.affinity", err.Error())
	} else {
		info.CPU.Affinity = ranges(ids)
	}
	info.Memory.PageBytes = os.Getpagesize()
	info.Limits = Limits{CPUs: s.limitCPUs(), MemoryBytes: s.limitMemory(info.Memory.TotalBytes), OpenFiles: s.openFiles()}
	return info
}

func (s *survey) openFiles() uint64 {
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		s.lack("limits.open_files", err.Error())
	}
	return lim.Cur
}

func goRuntime() Runtime {
	r := Runtime{
		Version:    runtime.Version(),
		Compiler:   runtime.Compiler,
		GOMAXPROCS: runtime.GOMAXPROCS(0),
		GOGC:       cmp.Or(os.Getenv("GOGC"), "default"),
		GOMEMLIMIT: cmp.Or(os.Getenv("GOMEMLIMIT"), "default"),
		GODEBUG:    os.Getenv("GODEBUG"),
	}
	build, found := debug.ReadBuildInfo()
	if !found {
		return r
	}
	for _, set := range build.Settings {
		switch set.Key {
		case "GOAMD64":
			r.GOAMD64 = set.Value
		case "-race":
			r.Race = set.Value == "true"
		}
	}
	return r
}

// tidy sorts by field and keeps one reason for each.
func tidy(missing []Missing) []Missing {
	slices.SortStableFunc(missing, func(a, b Missing) int { return cmp.Compare(a.Field, b.Field) })
	distinct := slices.CompactFunc(missing, func(a, b Missing) bool { return a.Field == b.Field })
	return append([]Missing{}, distinct...) // never null
}

// copySpeed returns the median speed of seven copies of 32 MiB, in 10⁹ bytes
// copied a second. Both buffers are touched first, so that no page fault is
// part of it.
func copySpeed() float64 {
	const size = 32 << 20
	src, dst := make([]byte, size), make([]byte, size)
	for i := range src {
		src[i] = byte(i)
	}
	copy(dst, src)
	var speeds [7]float64
	for i := range speeds {
		start := time.Now()
		copy(dst, src)
		speeds[i] = size / float64(time.Since(start).Nanoseconds())
	}
	slices.Sort(speeds[:])
	return speeds[len(speeds)/2]
}
