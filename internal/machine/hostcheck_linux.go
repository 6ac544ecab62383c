package machine

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax/internal/tab"
)

// filesCheck compares the limit of open files with what a trial opens: some
// dozen descriptors a role.
func (s *survey) filesCheck() Check {
	const need = 256
	allowed := s.openFiles()
	return ok("open files", "%d allowed, at most %d needed", allowed, need).unless(allowed >= need, Limited,
		"a trial may fail to open its sockets", "ulimit -n 1024")
}

// diskCheck writes to the folder of the results, and syncs, as a run does
// after each trial.
func diskCheck(dir string) Check {
	const name, want = "disk", 64 << 20
	free, err := tryDisk(dir)
	if err != nil {
		return failed(name, err, "a run cannot keep its results here", "choose a writable folder with --out")
	}
	return ok(name, "%s free in %s, written to and synced", bytesText(free), dir).unless(free >= want, Limited,
		"a long run may fill the disk; it then ends with what it has", "free "+bytesText(want))
}

func tryDisk(dir string) (free int64, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("statfs %s: %w", dir, err)
	}
	f, err := os.CreateTemp(dir, ".copytax-doctor-*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	if _, err := f.Write(make([]byte, 4096)); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * st.Bsize, f.Sync()
}

// countersCheck opens a hardware cycle counter for this thread and reads it.
func countersCheck() Check {
	cycles, err := tryCycles()
	return tried("hardware counters", err, fmt.Sprintf("%d cycles counted; this version does not use them yet", cycles),
		"cycles per phase: unavailable; CPU time is measured all the same",
		"bare metal or a guest with a virtual performance unit, and kernel.perf_event_paranoid at most 2")
}

func tryCycles() (cycles uint64, err error) {
	attr := unix.PerfEventAttr{
		Type:   unix.PERF_TYPE_HARDWARE,
		Size:   unix.PERF_ATTR_SIZE_VER5,
		Config: unix.PERF_COUNT_HW_CPU_CYCLES,
		Bits:   unix.PerfBitExcludeKernel | unix.PerfBitExcludeHv,
	}
	fd, err := unix.PerfEventOpen(&attr, 0, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return 0, fmt.Errorf("perf_event_open for cycles: %w", err)
	}
	f := os.NewFile(uintptr(fd), "perf event")
	defer func() { err = errors.Join(err, f.Close()) }()
	var word [8]byte
	for range 1000 { // some work to count, in which the thread may not have moved away
		if _, err := f.Read(word[:]); err != nil {
			return 0, fmt.Errorf("read cycle counter: %w", err)
		}
	}
	if cycles = binary.NativeEndian.Uint64(word[:]); cycles == 0 {
		return 0, fmt.Errorf("cycle counter opened, but counts nothing")
	}
	return cycles, nil
}

// energyCheck looks for a processor's energy counter that can be read.
func (s *survey) energyCheck() Check {
	const name = "energy counters"
	for _, file := range s.glob("sys/class/powercap/intel-rapl:*/energy_uj") {
		text, found := s.read(file)
		if _, err := strconv.ParseUint(text, 10, 64); found && err == nil {
			return ok(name, "%s reads %s µJ; this version does not use it yet", file, text)
		}
	}
	return ok(name, "no readable energy_uj below sys/class/powercap").worse(Unavailable,
		"joules per tick: unavailable", "bare metal, as root")
}

// browserCheck starts a browser and has it draw.
func browserCheck() Check {
	const name = "browser"
	a, err := tab.Probe(context.Background(), "")
	switch {
	case err != nil:
		return ok(name, "%v", err).worse(Unavailable, "--placement tab: unavailable; everything else is measured all the same",
			"apt-get install chromium-headless-shell")
	case a.Fallback || a.Architecture == "swiftshader":
		return ok(name, "%s, whose page has shared memory and draws by WebGPU in software (%s)", a.Browser, a.Architecture).worse(Limited,
			"a viewer that draws takes most of the processors' time: its frame rate is theirs", "a machine with a graphics processor")
	}
	return ok(name, "%s, whose page has shared memory and draws by WebGPU on %s %s", a.Browser, a.Vendor, a.Architecture)
}
