package machine

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/copytax/copytax/experiment"
)

// A fakeProcess stands in a tree that exists only in a test. CPU and waited are in ms.
type fakeProcess struct {
	parent, flags, on, start int
	cpu, waited              int64
	environ                  string
}

// A fakeMachine is what an observer sees at one moment. The observer is process 50.
type fakeMachine struct {
	files     map[string]string
	processes map[int]fakeProcess
	reaped    int64 // ms
}

// observe returns the environment between two moments that are a second apart, on
// two usable processors of three.
func observe(before, after fakeMachine) *experiment.Environment {
	var is fakeMachine
	clock := time.Date(2026, 1, 2, 3, 4, 5, 6_700_000, time.UTC)
	o := &Observer{
		usable: map[int]bool{0: true, 1: true}, self: 50, mark: "MARK=1",
		ruler:  func() experiment.Rulers { return experiment.Rulers{ALU: figure(1)} },
		now:    func() time.Time { return clock },
		cpuOf:  func(pid int) int64 { return is.processes[pid].cpu * 1e6 },
		reaped: func() int64 { return is.reaped * 1e6 },
	}
	set := func(m fakeMachine) {
		is = m
		files := map[string]string{}
		for name, text := range m.files {
			files[name] = text
		}
		for pid, p := range m.processes {
			dir := "proc/" + strconv.Itoa(pid)
			files[dir+"/stat"] = fmt.Sprintf("%d (a) b) S %d 0 0 0 0 %d 0 0 0 0 0 0 %d 0 0 0 0 0 %d%s %d 0\n",
				pid, p.parent, p.flags, p.waited/10, p.start, strings.Repeat(" 0", 16), p.on)
			files[dir+"/environ"] = p.environ
		}
		o.root = tree(files).root
	}
	set(before)
	end := o.Begin()
	clock = clock.Add(time.Second)
	set(after)
	return end()
}

// quiet is a machine with a shell, an observer that it started, a role, a neighbour and
// a thread of the operating system.
func quiet() fakeMachine {
	return fakeMachine{processes: map[int]fakeProcess{
		1: {cpu: 10}, 2: {flags: kernelThread, cpu: 10}, 7: {parent: 2, flags: kernelThread, cpu: 10},
		40: {parent: 1, cpu: 10}, 50: {parent: 40, cpu: 10}, 60: {parent: 50, cpu: 10},
		70: {parent: 1, cpu: 10},
	}}
}

func TestOthersAreProgramsThatAreNotOurs(t *testing.T) {
	const none = -1
	for name, c := range map[string]struct {
		change func(before, after map[int]fakeProcess)
		want   float64 // ms of 2000
	}{
		"nothing":                {func(_, _ map[int]fakeProcess) {}, 0},
		"a neighbour":            {func(_, after map[int]fakeProcess) { after[70] = fakeProcess{parent: 1, cpu: 210} }, 200},
		"this program":           {func(_, after map[int]fakeProcess) { after[50] = fakeProcess{parent: 40, cpu: 900} }, 0},
		"a role":                 {func(_, after map[int]fakeProcess) { after[60] = fakeProcess{parent: 50, cpu: 900} }, 0},
		"the child of a role":    {func(_, after map[int]fakeProcess) { after[61] = fakeProcess{parent: 60, cpu: 900} }, 0},
		"kernel work":            {func(_, after map[int]fakeProcess) { after[7] = fakeProcess{parent: 2, flags: kernelThread, cpu: 900} }, 0},
		"a neighbour that began": {func(_, after map[int]fakeProcess) { after[80] = fakeProcess{parent: 70, cpu: 100} }, 100},
		"a child of the shell":   {func(_, after map[int]fakeProcess) { after[80] = fakeProcess{parent: 40, cpu: 100} }, 100},
		"an adopted process":     {func(_, after map[int]fakeProcess) { after[80] = fakeProcess{parent: 1, cpu: 100} }, 100},
		"an adopted one of ours": {func(_, after map[int]fakeProcess) {
			after[80] = fakeProcess{parent: 1, cpu: 100, environ: "A=1\x00MARK=1\x00"}
		}, 0},
		"the child of such a one": {func(_, after map[int]fakeProcess) {
			after[80] = fakeProcess{parent: 40, cpu: 1, environ: "MARK=1\x00"}
			after[81] = fakeProcess{parent: 80, cpu: 99}
		}, 0},
		"a mark that only ends so": {func(_, after map[int]fakeProcess) {
			after[80] = fakeProcess{parent: 1, cpu: 100, environ: "BENCHMARK=1\x00"}
		}, 100},
		"children that came and went": {func(_, after map[int]fakeProcess) { after[70] = fakeProcess{parent: 1, cpu: 10, waited: 300} }, 300},
		"one of ours that came and went, adopted": {func(_, after map[int]fakeProcess) {
			after[1] = fakeProcess{cpu: 10, waited: 900}
			after[40] = fakeProcess{parent: 1, cpu: 10, waited: 900}
		}, 0},
		"a neighbour's child that was old and ended": {func(before, after map[int]fakeProcess) {
			before[71] = fakeProcess{parent: 70, cpu: 500}
			after[70] = fakeProcess{parent: 1, cpu: 10, waited: 520}
		}, 20},
		"a number that is somebody else's now": {func(_, after map[int]fakeProcess) { after[70] = fakeProcess{parent: 40, start: 9, cpu: 30} }, 30},
		"a program on a processor of its own":  {func(_, after map[int]fakeProcess) { after[70] = fakeProcess{parent: 1, on: 2, cpu: 900} }, 0},
		"processes that cannot be seen":        {func(before, _ map[int]fakeProcess) { delete(before, 1) }, none},
	} {
		before, after := quiet(), quiet()
		c.change(before.processes, after.processes)
		e := observe(before, after)
		switch {
		case c.want == none && e.Others != nil:
			t.Errorf("%s: got %v, want nothing", name, *e.Others)
		case c.want != none && (e.Others == nil || math.Abs(*e.Others-c.want/2000) > 1e-9):
			t.Errorf("%s: got %v of %v ms, want %v", name, e.Figures()["others_fraction"], 2000, c.want/2000)
		}
	}
}

// What the operating system does for a transport is busy time of nobody's program: it
// is in the rest.
func TestTicksOfTheUsableProcessors(t *testing.T) {
	stat := func(first, second, third string) map[string]string {
		return map[string]string{"proc/stat": "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 " + first + "\ncpu1 " + second + "\ncpu2 " + third + "\nintr 5\n",
			"proc/loadavg": "1.50 0.2 0.1 1/2 3"}
	}
	before, after := quiet(), quiet()
	before.files = stat("10 0 10 50 5 1 1 3 0 0", "0 0 0 0 0 0 0 0 0 0", "0 0 0 0 0 0 0 0 0 0")
	after.files = stat("20 2 15 90 9 3 4 13 0 0", "10 0 0 0 0 0 0 0 0 0", "99 0 0 0 0 0 0 99 0 0")
	after.processes[70] = fakeProcess{parent: 1, cpu: 60}
	after.processes[60] = fakeProcess{parent: 50, cpu: 30}
	delete(after.processes, 60) // ended, and this program has waited for it
	after.reaped = 10 + 20
	got := observe(before, after).Figures()
	for name, want := range map[string]float64{
		"load_average": 1.5, "stolen_fraction": 0.05, "busy_fraction": (10 + 2 + 5 + 2 + 3 + 10) / 200.0, "tick_fraction": 0.01,
		"others_fraction": 0.025, "rest_fraction": 0.16 - 0.025 - 0.01, "alu_before_ns": 1, "alu_after_ns": 1, "start_s": 1767323045.006,
	} {
		if math.Abs(got[name]-want) > 1e-9 {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
}

func TestThrottlingOfAllGroups(t *testing.T) {
	files := func(inner, outer string) map[string]string {
		return map[string]string{
			"proc/self/cgroup":              "0::/a/b\n5:cpu,cpuacct:/c\n",
			"sys/fs/cgroup/a/b/cpu.stat":    "usage_usec 5\nnr_periods 9\nnr_throttled " + inner + "\nthrottled_usec " + inner + "000\n",
			"sys/fs/cgroup/a/cpu.stat":      "usage_usec 5\n",
			"sys/fs/cgroup/cpu/c/cpu.stat":  "nr_periods 9\nnr_throttled " + outer + "\nthrottled_time " + outer + "000000\n",
			"sys/fs/cgroup/memory/cpu.stat": "nr_throttled 77\nthrottled_usec 77\n",
		}
	}
	e := observe(fakeMachine{files: files("2", "1")}, fakeMachine{files: files("5", "3")})
	if got := e.Figures(); got["throttles"] != 5 || got["throttled_ns"] != 5e6 {
		t.Errorf("got %v times, %v ns, want 5 times and 5 ms", got["throttles"], got["throttled_ns"])
	}
}

func TestFrequencyOfAllUsableProcessors(t *testing.T) {
	file := func(n int) string { return fmt.Sprintf("sys/devices/system/cpu/cpu%d/cpufreq/scaling_cur_freq", n) }
	e := observe(fakeMachine{files: map[string]string{file(0): "1000000", file(1): "3000000", file(2): "9"}}, fakeMachine{})
	if e.Frequency == nil || *e.Frequency != 2e9 {
		t.Errorf("got %v, want 2 GHz", e.Figures())
	}
	if e := observe(fakeMachine{files: map[string]string{file(0): "1000000"}}, fakeMachine{}); e.Frequency != nil {
		t.Errorf("one of two processors known: got %v, want nothing", *e.Frequency)
	}
}

// A machine that says nothing gives nothing, and no zero.
func TestUnknownIsAbsent(t *testing.T) {
	got := observe(fakeMachine{}, fakeMachine{}).Figures()
	if len(got) != 3 || got["alu_before_ns"] != 1 || got["alu_after_ns"] != 1 || got["start_s"] == 0 {
		t.Errorf("got %v, want a start and the rulers alone", got)
	}
	for _, text := range []string{"cpu0 1 2 3 4 5 6 7 8 9 10\n", "cpu0 x 2 3 4 5 6 7 8\ncpu1 1 2 3 4 5 6 7 8\n"} {
		m := fakeMachine{files: map[string]string{"proc/stat": text}}
		if e := observe(m, m); e.Busy != nil || e.Stolen != nil {
			t.Errorf("%q: got %v, want nothing", text, e.Figures())
		}
	}
}

func TestRanges(t *testing.T) {
	for want, ids := range map[string][]int{"": nil, "3": {3}, "0-2,4": {0, 1, 2, 4}, "1,3,5-6": {1, 3, 5, 6}} {
		if got := ranges(ids); got != want {
			t.Errorf("%v: got %q, want %q", ids, got, want)
		}
	}
}

func TestRulersOfThisMachine(t *testing.T) {
	o, err := NewObserver()
	if err != nil {
		t.Fatal(err)
	}
	e := o.Begin()()
	if err := e.Sense(); err != nil {
		t.Error(err)
	}
	if e.Before.ALU == nil || e.Before.Memory == nil {
		t.Fatalf("got %v, want the rulers of calculation and memory", e.Figures())
	}
	if !(*e.Before.Memory > *e.Before.ALU) {
		t.Errorf("a load from memory takes %v ns, a multiplication %v", *e.Before.Memory, *e.Before.ALU)
	}
	alone, err := newTape([]int{0}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if r := alone.read(); r.Line != nil {
		t.Errorf("a line between processors of one: got %v", *r.Line)
	}
}

// The memory ruler goes over all lines before it comes back to one.
func TestTapeIsOneCycle(t *testing.T) {
	tape, err := newTape([]int{0}, 0)
	if err != nil {
		t.Fatal(err)
	}
	n, at := 0, uint32(0)
	for {
		b := tape.lines[int(at)*lineBytes:]
		at = uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
		if n++; at == 0 || n > len(tape.lines) {
			break
		}
	}
	if want := len(tape.lines) / lineBytes; n != want {
		t.Errorf("the cycle has %d lines, want %d", n, want)
	}
}

// spinVariable makes the test binary a process that spins.
const spinVariable = "COPYTAX_TEST_SPIN"

// startSpinner starts a process that spins, in a session of its own and adopted by
// another, with or without the observer's mark, and returns its number.
func startSpinner(t *testing.T, marked bool) int {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", `setsid "$0" -test.run=TestSpin >/dev/null 2>&1 & echo $!`, exe)
	for _, v := range append(os.Environ(), spinVariable+"=1") {
		if marked || !strings.HasPrefix(v, markVariable+"=") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) }) // it may have ended
	return pid
}

// TestSpin is no test, but the process of the next one.
func TestSpin(*testing.T) {
	if os.Getenv(spinVariable) == "" {
		return
	}
	for start := time.Now(); time.Since(start) < 30*time.Second; {
	}
}

// A real neighbour that spins is among others. One that this program has started, and
// that has left its line, is not.
func TestBusyNeighbourIsSeen(t *testing.T) {
	o, err := NewObserver()
	if err != nil {
		t.Fatal(err)
	}
	for _, marked := range []bool{false, true} {
		pid := startSpinner(t, marked)
		for o.processes()[pid].cpu < 50e6 { // until it has begun to spin
			time.Sleep(10 * time.Millisecond)
		}
		before := o.count()
		for o.processes()[pid].cpu < before.processes[pid].cpu+200e6 {
			time.Sleep(10 * time.Millisecond)
		}
		after := o.count()
		with := o.others(before, after)
		delete(before.processes, pid)
		delete(after.processes, pid)
		// Other programs of a busy machine are in both.
		spun := with - o.others(before, after)
		if !marked && spun < 200e6 || marked && spun != 0 {
			t.Errorf("marked %v: %v of its CPU are others'", marked, time.Duration(spun))
		}
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// A browser's processes are adopted when it has ended, and their variables are gone: what
// nobody has waited for yet is not taken for another program's.
func TestAdoptedDeadAreNoOtherProgram(t *testing.T) {
	o := &Observer{self: 100, usable: map[int]bool{0: true}}
	before := counts{processes: map[int]process{1: {}, 100: {parent: 1}}}
	for _, ended := range []bool{true, false} {
		after := counts{processes: map[int]process{1: {}, 100: {parent: 1}, 200: {parent: 1, start: 5, cpu: 7, ended: ended}}}
		if got, want := o.others(before, after), map[bool]int64{true: 0, false: 7}[ended]; got != want {
			t.Errorf("ended %v: got %d ns of others, want %d", ended, got, want)
		}
	}
}
