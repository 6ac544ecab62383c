package lap

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/copytax/copytax"
)

// burn spends at least d of this thread's CPU.
func burn(d time.Duration) {
	for start := ThreadCPU(); ThreadCPU()-start < d; {
	}
}

// burnElsewhere burns on a thread of its own, whose clock a goroutine that
// moves would lose.
func burnElsewhere(d time.Duration, done chan<- struct{}) {
	runtime.LockOSThread()
	burn(d)
	close(done)
}

// roleOf runs ticks of a role that computes 1 ms, encodes 0.5 ms and waits
// asleep for 1 ms, sampling one in stride.
func roleOf(ticks, stride int) *Meter {
	m := New(copytax.Engine, false, Calibrate(false))
	m.Count(true)
	for i := range ticks {
		m.Tick(copytax.Engine, false, i%stride == stride-1)
		burn(time.Millisecond)
		m.Enter(copytax.Encode)
		burn(500 * time.Microsecond)
		m.Enter(copytax.Wait)
		time.Sleep(time.Millisecond)
	}
	m.Count(false)
	return m
}

func TestPhasesAreToldApart(t *testing.T) {
	for _, stride := range []int{1, 4} {
		const ticks = 40
		cpu := roleOf(ticks, stride).Metrics(copytax.Engine)
		for phase, want := range map[copytax.Phase]float64{
			copytax.Compute: ticks * 1e6, copytax.Encode: ticks * 5e5, copytax.Decode: 0,
		} {
			if got := cpu["cpu_"+phase.String()+"_ns"]; math.Abs(got-want) > 0.05*want {
				t.Errorf("stride %d: %s got %.0f ns, want %.0f ns within 5%%", stride, phase, got, want)
			}
		}
		if asleep := cpu["cpu_wait_ns"]; asleep > ticks*3e5 {
			t.Errorf("stride %d: %.0f ns of sleep were charged as CPU, slept %d ms", stride, asleep, ticks)
		}
	}
}

func TestAccountCountsTicksAndLaps(t *testing.T) {
	m := roleOf(8, 4)
	var a Account
	ticks, sampled := 0, 0
	for s := range m.accounts[copytax.Engine] {
		b := &m.accounts[copytax.Engine][s]
		ticks, sampled = ticks+b.Ticks, sampled+b.Sampled
		a.take(b, copytax.MaxPhases, false)
	}
	if ticks != 8 || sampled != 2 {
		t.Errorf("got %d ticks, %d sampled; want 8, 2", ticks, sampled)
	}
	if got := a.Phases[copytax.Encode].Sampled; got != 2 {
		t.Errorf("got %d sampled laps of encode, want 2", got)
	}
	if got := a.Phases[copytax.Encode].Laps; got != 8 {
		t.Errorf("got %d laps of encode, want 8", got)
	}
	if wait := a.Phases[copytax.Wait].Wall; wait < 8*time.Millisecond {
		t.Errorf("wall clock of wait is %v, slept 8 ms", wait)
	}
}

func TestPaceTellsLengthsApart(t *testing.T) {
	var p pace
	for i, c := range []struct {
		ms   time.Duration
		rare bool
		want int
	}{
		{10, false, even}, {12, false, even}, {50, true, even}, {9, false, even},
		{25, false, slow}, {11, false, even}, {200, false, stalled}, {10, false, even},
		{60, true, even}, {130, true, slow}, {2000, true, stalled}, {55, true, even},
	} {
		if got := p.length(c.ms*time.Millisecond, c.rare); got != c.want {
			t.Errorf("tick %d of %d ms, rare %v: length %d, want %d", i, c.ms, c.rare, got, c.want)
		}
	}
}

// A collection marks the tick in which it was seen to be over and the one
// before, in which it may have begun.
func TestCollectionsMarkTheirTicks(t *testing.T) {
	m := New(copytax.Kernel, false, Cost{})
	defer m.Close()
	m.Count(true)
	for i := range 9 {
		m.Tick(copytax.Kernel, false, false)
		if i == 4 {
			before := m.gc.cycles.Load()
			for m.gc.cycles.Load() == before {
				runtime.GC()
				runtime.Gosched()
			}
		}
	}
	m.Count(false)
	marked, all := 0, 0
	for kind := range kinds {
		for length := range lengths {
			n := m.accounts[copytax.Kernel][newStratum(kind, length)].Ticks
			all += n
			if kind&isCollecting != 0 {
				marked += n
			}
		}
	}
	if all != 9 || marked < 2 || marked > 3 {
		t.Errorf("%d of %d ticks are marked, want 2 (3 if the finalizer was late) of 9", marked, all)
	}
}

// One stalled tick of two is sampled, among a hundred even ones of which ten
// are: it stands for the other one, and not for ten.
func TestStrataAreScaledForThemselves(t *testing.T) {
	m := New(copytax.Kernel, false, Cost{})
	charge := func(s stratum, ticks, sampled int, each time.Duration) {
		a := &m.accounts[copytax.Kernel][s]
		a.Ticks, a.Sampled = ticks, sampled
		a.Phases[copytax.Compute].CPU = time.Duration(sampled) * each
		a.Phases[copytax.Compute].Wall = time.Duration(ticks) * each
	}
	charge(newStratum(0, even), 100, 10, time.Millisecond)
	charge(newStratum(0, stalled), 2, 1, 20*time.Millisecond)
	charge(newStratum(isRare, even), 4, 4, 5*time.Millisecond)
	total := m.Metrics(copytax.Kernel)
	if got, want := total["cpu_compute_ns"], 160e6; got != want {
		t.Errorf("compute is %.1f ms, want %.1f ms", got/1e6, want/1e6)
	}
	if got := total["sampled_ticks"]; got != 15 {
		t.Errorf("%v ticks sampled, want 15", got)
	}
}

func TestUnsampledStrataAreStoodFor(t *testing.T) {
	var accounts, want [numStrata]int
	of := func(kind, length, ticks int) { accounts[newStratum(kind, length)] = ticks }
	of(0, even, 90)
	of(0, slow, 7)
	of(isCollecting, stalled, 3)
	of(isRare, slow, 4)
	of(isRare, stalled, 1)
	of(isRare|isCollecting, even, 2)
	var a [numStrata]Account
	for s, ticks := range accounts {
		a[s].Ticks = ticks
	}
	a[newStratum(0, even)].Sampled = 10
	a[newStratum(isRare, slow)].Sampled = 2
	want[newStratum(0, even)], want[newStratum(isRare, slow)] = 100, 7
	if got := standing(&a); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestNothingIsChargedOutsideTheWindow(t *testing.T) {
	m := New(copytax.Kernel, false, Calibrate(false))
	m.Tick(copytax.Kernel, false, true)
	m.Enter(copytax.Encode)
	burn(time.Millisecond)
	m.Count(true)
	m.Count(false)
	burn(time.Millisecond)
	m.Enter(copytax.Send)
	if total := m.Metrics(copytax.Kernel); total["wall_encode_ns"] != 0 || total["cpu_encode_ns"] != 0 || total["wall_compute_ns"] > 1e6 {
		t.Errorf("charged %+v outside the window", total)
	}
}

// Another thread's CPU must not be taken for the role's own.
func TestOtherThreadsAreResidual(t *testing.T) {
	m := New(copytax.Engine, false, Calibrate(false))
	done := make(chan struct{})
	m.Count(true)
	m.Tick(copytax.Engine, false, true)
	go burnElsewhere(20*time.Millisecond, done)
	burn(20 * time.Millisecond)
	m.Enter(copytax.Wait) // the goroutine may still run: its rest is charged here
	<-done
	m.Count(false)
	cpu := m.Metrics(copytax.Engine)
	if got := cpu["cpu_compute_ns"]; math.Abs(got-20e6) > 1e6 {
		t.Errorf("compute is %.1f ms, the role burnt 20 ms", got/1e6)
	}
	other := cpu["cpu_residual_ns"] + cpu["cpu_wait_ns"]
	if other < 15e6 {
		t.Errorf("residual and wait are %.1f ms, another thread burnt 20 ms", other/1e6)
	}
}

// A role of its own thread has the CPU of the others measured, not sampled.
func TestResidualOfOwnThreadIsExact(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	m := New(copytax.Engine, true, Calibrate(true))
	m.Count(true)
	done := make(chan struct{})
	for i := range 20 {
		m.Tick(copytax.Engine, false, i%10 == 5)
		if i == 3 { // no tick that is sampled
			go burnElsewhere(30*time.Millisecond, done)
		}
		burn(time.Millisecond)
	}
	m.Enter(copytax.Wait)
	<-done
	m.Count(false)
	cpu := m.Metrics(copytax.Engine)
	if got := cpu["cpu_residual_ns"]; got < 29e6 || got > 40e6 {
		t.Errorf("residual is %.1f ms, another thread burnt 30 ms", got/1e6)
	}
	if got := cpu["cpu_compute_ns"]; math.Abs(got-20e6) > 2e6 {
		t.Errorf("compute is %.1f ms, the role burnt 20 ms", got/1e6)
	}
}

// One sampled tick of ten is read as longer than all of them lasted.
func TestThreadCannotOutrunTheWall(t *testing.T) {
	m := New(copytax.Kernel, false, Cost{})
	a := &m.accounts[copytax.Kernel][newStratum(0, even)]
	a.Ticks, a.Sampled = 10, 1
	a.Phases[copytax.Compute].CPU, a.Phases[copytax.Compute].Wall = 3*time.Millisecond, 12*time.Millisecond
	a.Phases[copytax.Send].CPU, a.Phases[copytax.Send].Wall = 3*time.Millisecond, 12*time.Millisecond
	cpu := m.Metrics(copytax.Kernel)
	if got := cpu["cpu_compute_ns"]; got != 12e6 {
		t.Errorf("compute is %.1f ms, its laps lasted 12 ms", got/1e6)
	}
	if got := cpu["cpu_send_ns"]; got != 30e6 {
		t.Errorf("send is %.1f ms, want 30 ms: several threads may work in it", got/1e6)
	}
}

func TestPhasesCanBeDefined(t *testing.T) {
	m := New(copytax.Viewer, true, Cost{})
	cull, err := m.Define("cull", false)
	if err != nil || cull != copytax.StandardPhases {
		t.Fatalf("got phase %d (%v), want %d", cull, err, copytax.StandardPhases)
	}
	sync, err := m.Define("v_sync", true)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]copytax.Phase{"cull": cull, "draw": copytax.Draw, "compute": copytax.Compute} {
		if got, err := m.Define(name, false); err != nil || got != want {
			t.Errorf("%s again: got phase %d (%v), want %d", name, got, err, want)
		}
	}
	for name, blocking := range map[string]bool{
		"cull": true, "present": false, "residual": false, "meter": false, "": false, "Cull": false, "a b": true, "2d": false,
	} {
		if p, err := m.Define(name, blocking); err == nil {
			t.Errorf("%q, blocking %v, is phase %d, want an error", name, blocking, p)
		}
	}
	m.Count(true)
	m.Tick(copytax.Viewer, false, true)
	for _, p := range []copytax.Phase{cull, sync, copytax.Upload} {
		m.Enter(p)
		burn(time.Millisecond)
	}
	m.Count(false)
	total := m.Metrics(copytax.Viewer)
	for _, name := range []string{"cull", "v_sync", "upload"} {
		if total["cpu_"+name+"_ns"] < 9e5 || total["wall_"+name+"_ns"] < 1e6 {
			t.Errorf("%s took %v ns of CPU in %v ns, want 1 ms", name, total["cpu_"+name+"_ns"], total["wall_"+name+"_ns"])
		}
	}
	for n := m.phases.n; n < copytax.MaxPhases; n++ {
		if _, err := m.Define(fmt.Sprint("phase_", n), false); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.Define("one_more", false); err == nil {
		t.Errorf("a phase more than %d, want an error", copytax.MaxPhases)
	}
}

// What a role or a link does is never charged to the schedule, whether there is one
// or not.
func TestPaceIsTheRunnersOwn(t *testing.T) {
	for _, blocking := range []bool{false, true} {
		for _, paced := range []bool{false, true} {
			m := New(copytax.Kernel, true, Cost{})
			if _, err := m.DefinePace(); paced && err != nil {
				t.Fatal(err)
			}
			if p, err := m.Define(Pace, blocking); err == nil || !strings.Contains(err.Error(), "the runner's own") {
				t.Errorf("blocking %v, paced %v: got phase %d, %v; want it refused", blocking, paced, p, err)
			}
		}
	}
}

// The time of a device is counted in the window, whoever's turn it is, and is no
// CPU time.
func TestDevicesAreTimedApart(t *testing.T) {
	m := New(copytax.Kernel, true, Cost{})
	m.Device(copytax.Draw, 1000)
	m.Count(true)
	m.Tick(copytax.Kernel, false, false)
	m.Turn(copytax.Viewer)
	m.Device(copytax.Draw, 7)
	m.Device(copytax.Draw, 5)
	m.Tick(copytax.Kernel, false, false)
	m.Count(false)
	m.Device(copytax.Draw, 1000)
	if got := m.Metrics(copytax.Kernel)["gpu_draw_ns"]; got != 0 {
		t.Errorf("the kernel has %v ns of a device, want 0", got)
	}
	total := m.Metrics(copytax.Viewer)
	if total["gpu_draw_ns"] != 12 || total["cpu_draw_ns"] != 0 || total["wall_draw_ns"] != 0 {
		t.Errorf("got %+v, want 12 ns of a device", total)
	}
}

// A role is charged with what it burns, and not with what its process does while it
// waits.
func TestRolesOfOneProcessAreToldApart(t *testing.T) {
	cost := Calibrate(true)
	begin, over := make(chan bool), make(chan map[string]float64)
	role := func(role copytax.Role, busy time.Duration) {
		m := NewBeside(role, cost)
		<-begin
		m.Count(true)
		m.Tick(role, false, true)
		burn(busy)
		m.Enter(copytax.Wait)
		done := make(chan struct{})
		go burnElsewhere(20*time.Millisecond, done)
		<-done
		m.Count(false)
		over <- m.Metrics(role)
	}
	for i, busy := range []time.Duration{10 * time.Millisecond, 30 * time.Millisecond} {
		go role(copytax.Role(i), busy)
		begin <- true
		got := <-over
		if math.Abs(got["cpu_compute_ns"]-float64(busy)) > 2e6 {
			t.Errorf("compute is %.1f ms, the role burnt %v", got["cpu_compute_ns"]/1e6, busy)
		}
		if got["cpu_wait_ns"] != 0 || got["cpu_residual_ns"] != 0 || got["wall_wait_ns"] < 15e6 {
			t.Errorf("it is charged with what others did while it waited: %v", got)
		}
	}
}

func TestMeterDoesNotAllocate(t *testing.T) {
	m := New(copytax.Viewer, false, Calibrate(false))
	m.Count(true)
	n := testing.AllocsPerRun(100, func() {
		m.Tick(copytax.Viewer, false, true)
		m.Enter(copytax.Receive)
		m.Enter(copytax.Decode)
		m.Device(copytax.Draw, 1)
		m.Tick(copytax.Viewer, false, false)
	})
	if n != 0 {
		t.Errorf("a tick allocates %v times, want 0", n)
	}
}

func TestCalibrationIsPlausible(t *testing.T) {
	c := Calibrate(false)
	if own := Calibrate(true); own.Sampled >= c.Sampled || own.Other != 0 {
		t.Errorf("one clock costs %+v, two cost %+v", own, c)
	}
	if c.Plain <= 0 || c.Sampled <= c.Plain || c.Seen <= 0 || c.Seen > c.Sampled*1.5 {
		t.Errorf("calibration %+v: want 0 < plain < sampled, 0 < seen ≲ sampled", c)
	}
}

func BenchmarkLap(b *testing.B) {
	for name, sampled := range map[string]bool{"plain": false, "sampled": true} {
		b.Run(name, func(b *testing.B) {
			m := New(copytax.Kernel, false, Cost{})
			m.Count(true)
			m.Tick(copytax.Kernel, false, sampled)
			for b.Loop() {
				m.Enter(copytax.Compute)
			}
			m.Tick(copytax.Kernel, false, false)
		})
	}
}

// What a meter is at can be seen from another goroutine as long as a phase blocks.
func TestDoing(t *testing.T) {
	m := New(copytax.Viewer, false, Cost{})
	defer m.Close()
	asking, err := m.Define("asking", true)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		enter copytax.Phase
		want  string
		since bool
	}{
		{copytax.Compute, "", false}, {copytax.Encode, "", false},
		{copytax.Wait, "wait", true}, {asking, "asking", true}, {copytax.Compute, "", true}, {copytax.Decode, "", true},
	} {
		m.Enter(c.enter)
		seen := make(chan string)
		go func() {
			phase, since := m.Doing()
			seen <- phase + fmt.Sprint(since > 0)
		}()
		if got, want := <-seen, c.want+fmt.Sprint(c.since); got != want {
			t.Errorf("in %d: got %s, want %s", c.enter, got, want)
		}
	}
}
